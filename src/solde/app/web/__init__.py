"""The web pages: `route_handlers` are mounted in the application by `app/api`."""

from .routes import route_handlers

__all__ = ["route_handlers"]
