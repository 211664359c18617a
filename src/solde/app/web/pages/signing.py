"""Sign in with a password or an API token, and out again."""

from __future__ import annotations

from litestar import Response
from litestar.datastructures import Cookie
from litestar.response import Redirect

from solde.access import Client, SignedIn, has_chief
from solde.access.sessions import find_present, sign_in, sign_in_by_token, sign_out
from solde.db import transaction
from solde.kernel.refusals import Refusal, Refused

from .. import preferences, store
from ..addresses import is_own_path
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..render import speak
from ..texts import written
from ..visitors import client_of, device_cookie, is_secure, session_cookie, session_secret

WAITS = 429


@web_page("/sign-in", name="sign_in", is_open=True)
async def sign_in_page(page: Page) -> Response[str]:
    """The form that asks for login and password, or for a token."""
    return await _form(page, {"next": page.query.get("next") or ""})


@web_form("/sign-in", is_open=True)
async def sign_in_submit(page: Page, data: Form) -> Response[str] | Redirect:
    """Check who it is, keep the sign-in, lead back to where it was asked for."""
    client = client_of(page.request)
    try:
        signed_in = await _sign_in(page, data, client)
    except Refused as refused:
        return await _form(page, data, refused.refusals[0])
    following = data.get("next")
    device = device_cookie(client.device, secure=is_secure(page.request))
    cookies = [cookie_of(page, signed_in), device, *await _liked(page, signed_in)]
    return Redirect(following if following and is_own_path(following) else "/", status_code=303, cookies=cookies)


async def _liked(page: Page, signed_in: SignedIn) -> list[Cookie]:
    """How this person likes pages, for a browser that does not know it yet."""
    async with page.services.pool.connection() as conn:
        present = await find_present(conn, signed_in.secret, page.now())
        kept = None if present is None else await store.find_preferences(conn, present.caller.actor)
    return [] if kept is None else [preferences.cookie(preferences.read(kept), secure=is_secure(page.request))]


async def _sign_in(page: Page, data: Form, client: Client) -> SignedIn:
    services, replaced = page.services, session_secret(page.request)
    now = page.now()
    if token := data.get("token", "").strip():
        return await sign_in_by_token(
            services.pool, token, client=client, replaced=replaced, tokens=services.tokens, now=now
        )
    login, password = data.get("login", ""), data.get("password", "")
    return await sign_in(
        services.pool, login, password, client=client, replaced=replaced, passwords=services.passwords, now=now
    )


def cookie_of(page: Page, signed_in: SignedIn) -> Cookie:
    """The cookie of a sign-in just made."""
    seconds = int((signed_in.expires_at - page.now()).total_seconds())
    return session_cookie(signed_in.secret, seconds, secure=is_secure(page.request))


async def _form(page: Page, data: Form, refusal: Refusal | None = None) -> Response[str]:
    services, following = page.services, data.get("next")
    async with services.pool.connection() as conn:
        administered = await has_chief(conn)
    speak(page.request)
    status = 200 if refusal is None else WAITS if refusal.code == "sign_in_waits" else 422
    return page.show(
        "sign_in.html",
        status=status,
        title=t("Sign in"),
        following=following if is_own_path(following) else "",
        login=data.get("login", ""),
        by_token=bool(data.get("token")),
        wrong="" if refusal is None else written(refusal.text),
        administered=administered,
        demo_users=_demo_users() if services.settings.demo else [],
    )


def _demo_users() -> list[dict[str, str]]:
    """Whom a guest of the demo may sign in as."""
    from solde.app.demo.people import PASSWORD, PEOPLE

    return [{"login": one.login, "name": one.name, "label": one.label, "password": PASSWORD} for one in PEOPLE]


@web_form("/sign-out", is_open=True)
async def sign_out_submit(page: Page) -> Redirect:
    """End the sign-in here and in the database."""
    secret, services = session_secret(page.request), page.services
    if secret:
        now = page.now()
        await transaction(services.pool, lambda conn: sign_out(conn, secret, now))
    return Redirect("/sign-in", status_code=303, cookies=[session_cookie("", 0, secure=is_secure(page.request))])


route_handlers = [sign_in_page, sign_in_submit, sign_out_submit]
