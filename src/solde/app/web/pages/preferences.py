"""Keep what a person likes: in a cookie for the next page, and with the person for the next browser."""

from __future__ import annotations

from litestar import Response
from litestar.response import Redirect

from solde.db import transaction

from .. import preferences, store
from ..addresses import is_own_path
from ..page import Form, Page, web_form
from ..visitors import is_secure


@web_form("/preferences", everywhere=False)
async def keep_preferences(page: Page, data: Form) -> Response[str] | Redirect:
    """Keep a choice; nonsense changes nothing."""
    rows = data.get("rows", "")
    change = preferences.Change(
        theme=data.get("theme"),
        density=data.get("density"),
        language=data.get("language"),
        rows=int(rows) if rows.isdecimal() and len(rows) < 4 else None,
        grid=data.get("grid"),
        hidden=data["hidden"].split() if "hidden" in data else None,
        order=data["order"].split() if "order" in data else None,
    )
    chosen = preferences.changed(page.preferences, change)
    if page.visitor.user_id is not None:
        text = preferences.written(chosen)
        await transaction(page.services.pool, lambda conn: store.keep_preferences(conn, page.visitor.actor, text))
    kept = [preferences.cookie(chosen, secure=is_secure(page.request))]
    if page.request.headers.get("solde-script"):
        return Response("", status_code=200, cookies=kept)
    back = data.get("back", "/")
    return Redirect(back if is_own_path(back) else "/", status_code=303, cookies=kept)
