"""Sign in with a password or an API token, and out again."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie, State
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from solde.access import Client, SignedIn, has_chief
from solde.access.sessions import find_present, sign_in, sign_in_by_token, sign_out
from solde.db import transaction
from solde.kernel.refusals import Refusal, Refused

from .. import preferences, store
from ..addresses import is_own_path
from ..i18n import t
from ..render import page, speak
from ..visitors import client_of, device_cookie, is_secure, session_cookie, session_secret
from ..wording import worded

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
WAITS = 429


@get("/sign-in", name="sign_in", include_in_schema=False)
async def sign_in_page(request: Request[Any, Any, State]) -> Response[str]:
    """The form that asks for login and password, or for a token."""
    return await _form(request, {"next": request.query_params.get("next") or ""})


@post("/sign-in", status_code=303, include_in_schema=False)
async def sign_in_submit(request: Request[Any, Any, State], data: Form) -> Response[str] | Redirect:
    """Check who it is, keep the sign-in, lead back to where it was asked for."""
    client = client_of(request)
    try:
        signed_in = await _sign_in(request, data, client)
    except Refused as refused:
        return await _form(request, data, refused.refusals[0])
    following = data.get("next")
    device = device_cookie(client.device, secure=is_secure(request))
    cookies = [cookie_of(request, signed_in), device, *await _liked(request, signed_in)]
    return Redirect(following if following and is_own_path(following) else "/", status_code=303, cookies=cookies)


async def _liked(request: Request[Any, Any, State], signed_in: SignedIn) -> list[Cookie]:
    """How this person likes pages, for a browser that does not know it yet."""
    async with request.app.state.pool.connection() as conn:
        present = await find_present(conn, signed_in.secret, request.app.state.clock())
        kept = None if present is None else await store.find_preferences(conn, present.caller.actor)
    return [] if kept is None else [preferences.cookie(preferences.read(kept), secure=is_secure(request))]


async def _sign_in(request: Request[Any, Any, State], data: Form, client: Client) -> SignedIn:
    state, replaced = request.app.state, session_secret(request)
    now = state.clock()
    if token := data.get("token", "").strip():
        return await sign_in_by_token(state.pool, token, client=client, replaced=replaced, tokens=state.tokens, now=now)
    login, password = data.get("login", ""), data.get("password", "")
    return await sign_in(
        state.pool, login, password, client=client, replaced=replaced, passwords=state.passwords, now=now
    )


def cookie_of(request: Request[Any, Any, State], signed_in: SignedIn) -> Cookie:
    """The cookie of a sign-in just made."""
    seconds = int((signed_in.expires_at - request.app.state.clock()).total_seconds())
    return session_cookie(signed_in.secret, seconds, secure=is_secure(request))


async def _form(request: Request[Any, Any, State], data: Form, refusal: Refusal | None = None) -> Response[str]:
    state, following = request.app.state, data.get("next")
    async with state.pool.connection() as conn:
        administered = await has_chief(conn)
    speak(request)
    status = 200 if refusal is None else WAITS if refusal.code == "sign_in_waits" else 422
    return page(
        "sign_in.html",
        request,
        status=status,
        visitor=None,
        title=t("Sign in"),
        following=following if is_own_path(following) else "",
        login=data.get("login", ""),
        by_token=bool(data.get("token")),
        wrong="" if refusal is None else worded(refusal.message),
        administered=administered,
        demo_users=_demo_users() if state.settings.demo else [],
    )


def _demo_users() -> list[dict[str, str]]:
    """Whom a guest of the demo may sign in as."""
    from solde.app.demo.people import PASSWORD, PEOPLE

    return [{"login": one.login, "name": one.name, "label": one.label, "password": PASSWORD} for one in PEOPLE]


@post("/sign-out", status_code=303, include_in_schema=False)
async def sign_out_submit(request: Request[Any, Any, State]) -> Redirect:
    """End the sign-in here and in the database."""
    secret, state = session_secret(request), request.app.state
    if secret:
        now = state.clock()
        await transaction(state.pool, lambda conn: sign_out(conn, secret, now))
    return Redirect("/sign-in", status_code=303, cookies=[session_cookie("", 0, secure=is_secure(request))])


route_handlers = [sign_in_page, sign_in_submit, sign_out_submit]
