"""The HTTP API: the application factory, problem documents, the OpenAPI document."""

from solde.app.settings import ApiSettings

from .factory import create_app

__all__ = ["ApiSettings", "create_app"]
