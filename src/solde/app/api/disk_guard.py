"""Nothing is written to a disk that is nearly full: requests are told so before they begin."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from solde.access.http import services_of

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
SIGNING = {"/sign-in", "/sign-out"}
"""Who is to look what is wrong must come in; that writes little."""


def check_disk(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """A guard of every route.

    Refuses: disk_filling for files to import, disk_full for all that changes something.
    """
    disk = services_of(connection).disk
    path = connection.scope["path"]
    if disk is None or connection.scope.get("method") in SAFE_METHODS or path in SIGNING:
        return
    if path.endswith(":import") or path.startswith("/import"):
        disk.check_import()
    disk.check_write()
