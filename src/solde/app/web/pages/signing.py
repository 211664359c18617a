"""Sign in with an API token, and out again."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from solde.access import Permission, may
from solde.db import transaction
from solde.kernel.refusals import Refused

from .. import store
from ..addresses import is_own_path
from ..render import page
from ..visitors import COOKIE, digest_of, session_cookie, sign_in

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/sign-in", name="sign_in", include_in_schema=False)
async def sign_in_page(request: Request[Any, Any, State]) -> Response[str]:
    """The form that asks for a token."""
    return _form(request, request.query_params.get("next"))


@post("/sign-in", status_code=303, include_in_schema=False)
async def sign_in_submit(request: Request[Any, Any, State], data: Form) -> Response[str] | Redirect:
    """Check the token, keep the sign-in, lead back to where it was asked for."""
    state, following = request.app.state, data.get("next")
    try:
        caller = await state.tokens.caller_of(data.get("token", "").strip())
        if (refusal := may(caller, Permission.READ)) is not None:
            raise Refused(refusal)
    except Refused as refused:
        return _form(request, following, wrong=refused.refusals[0].message)
    now = state.clock()
    secret, expires_at = await transaction(state.pool, lambda conn: sign_in(conn, caller, now))
    seconds = int((expires_at - now).total_seconds())
    cookie = session_cookie(secret, seconds, secure=request.url.scheme == "https")
    return Redirect(following if following and is_own_path(following) else "/", status_code=303, cookies=[cookie])


def _form(request: Request[Any, Any, State], following: str | None, wrong: str = "") -> Response[str]:
    return page(
        "sign_in.html",
        request,
        status=422 if wrong else 200,
        visitor=None,
        title="Sign in",
        following=following if is_own_path(following) else "",
        wrong=wrong,
    )


@post("/sign-out", status_code=303, include_in_schema=False)
async def sign_out(request: Request[Any, Any, State]) -> Redirect:
    """End the sign-in here and in the database."""
    secret = request.cookies.get(COOKIE)
    if secret:
        async with request.app.state.pool.connection() as conn:
            await store.delete_session(conn, digest_of(secret))
    return Redirect("/sign-in", status_code=303, cookies=[session_cookie("", 0, secure=request.url.scheme == "https")])


route_handlers = [sign_in_page, sign_in_submit, sign_out]
