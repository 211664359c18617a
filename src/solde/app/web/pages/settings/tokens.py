"""API tokens: what programs sign in with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from litestar import Response
from litestar.response import Redirect

from solde.access import (
    LABELS,
    PERMISSIONS,
    WORDS,
    CreatedToken,
    Permission,
    Role,
    Token,
    create_token,
    list_tokens,
    revoke_token,
)
from solde.access.actions import UNKNOWN_TOKEN
from solde.customers import list_sellers
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused, refuse

from ... import formats
from ...days import read_day
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from ...texts import sentence
from .saving import Done, Form, act_once, text_of

LIST = "/settings/tokens"
FIELDS = ("name", "role", "permissions", "seller", "expires_at")


@web_page(LIST, name="settings_tokens", permission=Permission.TOKENS)
async def tokens_page(page: Page) -> Response[str]:
    """The tokens, those in use first; never their secrets."""
    now = page.now()
    async with page.reading() as conn:
        found = await list_tokens(conn, page.visitor.seller)
    tokens = sorted((_shown(one, now) for one in found), key=lambda one: one["state"] != "green")
    return page.show("settings/tokens.html", title=t("API tokens"), tokens=tokens)


def _shown(token: Token, now: datetime) -> dict[str, object]:
    over = token.expires_at is not None and token.expires_at <= now
    words = t("Revoked") if token.revoked_at else t("Expired") if over else t("In use")
    return {
        "id": token.token_id,
        "name": token.name,
        "prefix": token.prefix,
        "role": t(LABELS[token.role]) if token.listed is None else "",
        "permissions": ""
        if token.listed is None
        else ", ".join(one.value for one in Permission if one in token.listed),
        "seller": token.seller or "",
        "since": formats.day(token.created_at.date()),
        "until": "" if token.expires_at is None else formats.day(token.expires_at.date()),
        "used": "" if token.last_used_at is None else formats.instant(token.last_used_at),
        "words": words,
        "state": "red" if token.revoked_at else "grey" if over else "green",
    }


@web_page("/settings/new-token", name="settings_new_token", permission=Permission.TOKENS)
async def new_token_dialog(page: Page) -> Response[str]:
    """The form of a new token."""
    return await _form(page, {"seller": page.visitor.seller or "", "role": Role.PROGRAM.value}, ())


@web_form("/settings/new-token", everywhere=False, permission=Permission.TOKENS)
async def make_token(page: Page) -> Redirect | Response[str]:
    """Make a token and show its secret, this once."""
    data, permissions = await _read(page)
    shown: list[CreatedToken] = []
    try:
        expires_at = _expiry(page, data)

        async def work(conn: Connection) -> Done:
            made = await create_token(
                conn,
                name=text_of(data, "name"),
                role=data.get("role") or None,
                permissions=permissions or None,
                seller=text_of(data, "seller") or None,
                expires_at=expires_at,
                sellers=[one.code for one in await list_sellers(conn)],
                actor=page.visitor.actor,
                now=page.now(),
                within=page.visitor.seller,
                giver=page.visitor.permissions,
                in_application=True,
            )
            shown[:] = [made]
            return Done(
                LIST, t("The token was made before; its secret was shown then. Revoke it if it was lost."), "wait"
            )

        answer = await act_once(page, data, work)
    except Refused as refused:
        return await _form(page, data, permissions, refused)
    if not shown:
        return answer
    (made,) = shown
    title = t("Token {name}", name=made.token.name)
    return page.show("settings/token_shown.html", title=title, back=LIST, secret=made.secret)


async def _read(page: Page) -> tuple[dict[str, str], tuple[str, ...]]:
    """The form, and the permissions ticked in it."""
    data = await page.request.form()
    permissions = tuple(dict.fromkeys(str(one)[:60] for one in data.getall("permissions", [])))
    texts = {name: str(value) for name, value in data.items() if name != "permissions"}
    return {**texts, "permissions": ",".join(permissions)}, permissions


def _expiry(page: Page, form: Mapping[str, str]) -> datetime | None:
    """The end of the day typed, in UTC; refuses date_not_readable."""
    text = text_of(form, "expires_at")
    if not text:
        return None
    day = read_day(text)
    if isinstance(day, Refusal):
        raise Refused(day.at(field="expires_at"))
    now = page.now()
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=now.tzinfo)


@web_page("/settings/tokens/{token_id:int}/revoke", name="settings_token_revoke", permission=Permission.TOKENS)
async def revoke_dialog(page: Page, token_id: int) -> Response[str]:
    """Ask whether a token is revoked."""
    return await _revocation(page, token_id)


async def _revocation(page: Page, token_id: int, refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        token = next((one for one in await list_tokens(conn, page.visitor.seller) if one.token_id == token_id), None)
    if token is None:
        raise Refused(refuse(UNKNOWN_TOKEN, "there is no token {token_id}", token_id=token_id))
    return page.show(
        "settings/token_revoke.html",
        status=200 if refused is None else 422,
        title=t("Revoke {name}", name=token.name),
        back=LIST,
        token=token,
        rest=[] if refused is None else [sentence(r.text) for r in refused.refusals],
    )


@web_form("/settings/tokens/{token_id:int}/revoke", everywhere=False, permission=Permission.TOKENS)
async def revoke(page: Page, token_id: int, data: Form) -> Redirect | Response[str]:
    """Take a token out of use."""

    async def work(conn: Connection) -> Done:
        now = page.now()
        token = await revoke_token(conn, token_id, actor=page.visitor.actor, now=now, within=page.visitor.seller)
        return Done(LIST, t("{name} no longer works.", name=token.name))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _revocation(page, token_id, refused)


async def _form(
    page: Page, values: Mapping[str, str], ticked: Collection[str], refused: Refused | None = None
) -> Response[str]:
    async with page.reading() as conn:
        sellers = [(one.code, f"{one.name} ({one.code})") for one in await list_sellers(conn)]
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return page.show(
        "settings/token.html",
        status=200 if refused is None else 422,
        title=t("New API token"),
        back=LIST,
        values={**dict.fromkeys((*FIELDS, "key"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
        roles=[(role.value, t(LABELS[role])) for role in Role if PERMISSIONS[role] <= page.visitor.permissions],
        permissions=[
            (one.value, t(WORDS[one]), one.value in ticked)
            for one in Permission
            if one is not Permission.READ and page.visitor.may(one)
        ],
        sellers=[one for one in sellers if page.visitor.seller in {None, one[0]}],
        every="" if page.visitor.seller else t("Every seller"),
    )


route_handlers = [tokens_page, new_token_dialog, make_token, revoke_dialog, revoke]
