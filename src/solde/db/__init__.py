"""The database: an embedded server or a given one, its schema, connections, transactions and named SQL."""

from .database import application_dsn, data_disk, ensure_database, stop
from .disk import Disk
from .dumps import backup, restore
from .merger import Merger
from .migrations import SchemaStatus, check_schema, reset, status, upgrade
from .pool import WEB_STATEMENT_TIMEOUT_MS, Connection, Pool, open_pool
from .settings import Settings
from .statements import Statements, load
from .transaction import CommitUnknown, Work, is_lost, transaction

__all__ = [
    "WEB_STATEMENT_TIMEOUT_MS",
    "CommitUnknown",
    "Connection",
    "Disk",
    "Merger",
    "Pool",
    "SchemaStatus",
    "Settings",
    "Statements",
    "Work",
    "application_dsn",
    "backup",
    "check_schema",
    "data_disk",
    "ensure_database",
    "is_lost",
    "load",
    "open_pool",
    "reset",
    "restore",
    "status",
    "stop",
    "transaction",
    "upgrade",
]
