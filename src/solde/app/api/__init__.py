"""The HTTP API: the application factory, problem documents, the OpenAPI document."""

from .factory import create_app
from .settings import ApiSettings

__all__ = ["ApiSettings", "create_app"]
