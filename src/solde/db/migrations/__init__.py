"""The database schema: its versions, and where a database stands."""

from .actions import HEAD, SchemaStatus, check_schema, reset, status, upgrade

__all__ = ["HEAD", "SchemaStatus", "check_schema", "reset", "status", "upgrade"]
