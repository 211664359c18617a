"""My account: who I am here, my password, where I am signed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from solde.access import WORDS, Permission
from solde.access.sessions import change_own_password, end_other_sessions, end_session, list_own_sessions
from solde.db import transaction
from solde.kernel.refusals import Refusal, Refused

from .. import formats
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..render import speak
from ..texts import written
from ..toasts import done
from ..visitors import client_of, session_secret
from .signing import WAITS, cookie_of

REPEATED = "the two new passwords differ"


def ask_for_password(request: Request[Any, Any, State], _: Exception) -> Response[object]:
    """Lead to the page where the password is changed. A part of a page cannot be led anywhere, so the whole page is."""
    if request.headers.get("hx-request"):
        return Response("", status_code=403, headers={"HX-Redirect": "/me"})
    return Redirect("/me", status_code=303)


@web_page("/me", name="me")
async def my_account(page: Page) -> Response[str]:
    """Who I am here and where I am signed in."""
    return await _shown(page)


@web_form("/me/password", everywhere=False)
async def change_password(page: Page, data: Form) -> Response[str] | Redirect:
    """Change the password; every other sign-in ends."""
    if page.visitor.user_id is None:
        raise NotFoundException("a token has no password")
    if data.get("password", "") != data.get("repeated", ""):
        return await _shown(page, wrong={"repeated": REPEATED}, status=422)
    services = page.services
    try:
        signed_in = await change_own_password(
            services.pool,
            page.visitor,
            data.get("current", ""),
            data.get("password", ""),
            client=client_of(page.request),
            replaced=session_secret(page.request) or "",
            passwords=services.passwords,
            now=page.now(),
        )
    except Refused as refused:
        status = WAITS if refused.refusals[0].code == "sign_in_waits" else 422
        return await _shown(page, wrong=_beside(refused.refusals), status=status)
    speak(page.request)
    answer = done("/me", t("The password is changed. You are signed out everywhere else."))
    answer.cookies.append(cookie_of(page, signed_in))
    return answer


def _beside(refusals: Sequence[Refusal]) -> dict[str, str]:
    """Each reason beside its field; what has no field belongs to the password given first."""
    wrong: dict[str, str] = {}
    for refusal in refusals:
        wrong.setdefault(refusal.field or "current", written(refusal.text))
    return wrong


@web_form("/me/sessions/{session_id:int}/end", everywhere=False)
async def end_one(page: Page, session_id: int) -> Redirect:
    """Sign out elsewhere."""
    await transaction(page.services.pool, lambda conn: end_session(conn, page.visitor, session_id))
    speak(page.request)
    return done("/me", t("That sign-in has ended."))


@web_form("/me/sessions/end-others", everywhere=False)
async def end_others(page: Page) -> Redirect:
    """Sign out everywhere else."""
    kept = page.visitor.session_id or 0
    await transaction(page.services.pool, lambda conn: end_other_sessions(conn, page.visitor, kept))
    speak(page.request)
    return done("/me", t("You are signed out everywhere else."))


_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def browser_of(called: str) -> str:
    """What a browser calls itself, as people call it: `Firefox on Linux`. Several claim to be another; the first counts."""
    names = [next((name for sign, name in known if sign in called), "") for known in (_BROWSERS, _SYSTEMS)]
    return " on ".join(name for name in names if name) or called[:60]


async def _shown(page: Page, *, wrong: dict[str, str] | None = None, status: int = 200) -> Response[str]:
    services = page.services
    async with services.pool.connection() as conn:
        sessions = await list_own_sessions(conn, page.visitor, page.now())
    speak(page.request)
    wrong = {"current": "", "password": "", "repeated": "", **(wrong or {})}
    return page.show(
        "me.html",
        status=status,
        title=t("My account"),
        allowed=[WORDS[permission] for permission in Permission if page.visitor.may(permission)],
        sessions=[
            {
                "id": one.session_id,
                "here": one.session_id == page.visitor.session_id,
                "browser": browser_of(one.browser),
                "called": one.browser,
                "address": one.address,
                "seen": formats.instant_with_zone(one.seen_at),
                "since": formats.instant_with_zone(one.created_at),
            }
            for one in sessions
        ],
        wrong=wrong,
    )


route_handlers = [my_account, change_password, end_one, end_others]
