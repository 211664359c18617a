"""An embedded PostgreSQL server: nothing to install, nothing listening on the network."""

from .server import running_dsn, start, stop

__all__ = ["running_dsn", "start", "stop"]
