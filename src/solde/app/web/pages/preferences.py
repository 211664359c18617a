"""Keep what a person likes: in a cookie for the next page, and with the person for the next browser."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from solde.db import transaction

from .. import preferences, store
from ..addresses import is_own_path
from ..visitors import Visitor, is_secure

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@post("/preferences", status_code=200, include_in_schema=False, everywhere=False)
async def keep_preferences(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], data: Form
) -> Response[str] | Redirect:
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
    chosen = preferences.changed(preferences.of(request), change)
    if visitor.user_id is not None:
        text = preferences.written(chosen)
        await transaction(request.app.state.pool, lambda conn: store.keep_preferences(conn, visitor.actor, text))
    kept = [preferences.cookie(chosen, secure=is_secure(request))]
    if request.headers.get("solde-script"):
        return Response("", status_code=200, cookies=kept)
    back = data.get("back", "/")
    return Redirect(back if is_own_path(back) else "/", status_code=303, cookies=kept)
