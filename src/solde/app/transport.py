"""How a request came: over TLS, or not."""

from __future__ import annotations

from litestar.types import Scope


def is_over_tls(scope: Scope, *, behind_proxy: bool) -> bool:
    """Does the browser ask over TLS? Behind a proxy the proxy tells."""
    if behind_proxy:
        asked = [value for name, value in scope["headers"] if name == b"x-forwarded-proto"]
        if asked and asked[-1]:
            return asked[-1].rpartition(b",")[2].strip().lower() == b"https"
    return scope["scheme"] == "https"
