"""An embedded PostgreSQL server: nothing to install, nothing listening on the network."""

from .server import known_place, running_dsn, start, stop
from .watching import keep_running

__all__ = ["keep_running", "known_place", "running_dsn", "start", "stop"]
