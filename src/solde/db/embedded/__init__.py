"""An embedded PostgreSQL server: nothing to install, nothing listening on the network."""

from .login import make_login
from .owner import find_owner
from .server import known_place, running_dsn, start, stop
from .watching import keep_running

__all__ = ["find_owner", "keep_running", "known_place", "make_login", "running_dsn", "start", "stop"]
