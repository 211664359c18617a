"""API tokens: what programs sign in with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
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
from ...i18n import t
from ...reading import reading
from ...refused import by_field, sentence
from ...render import page
from ...visitors import Visitor
from .acting import Done, Form, act_once, text_of

LIST = "/settings/tokens"
FIELDS = ("name", "role", "permissions", "seller", "expires_at")


@get(LIST, name="settings_tokens", include_in_schema=False)
async def tokens_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The tokens, those in use first; never their secrets."""
    visitor.require(Permission.TOKENS)
    now = request.app.state.clock()
    async with reading(request) as conn:
        found = await list_tokens(conn, visitor.seller)
    tokens = sorted((_shown(one, now) for one in found), key=lambda one: one["state"] != "green")
    return page("settings/tokens.html", request, visitor=visitor, title=t("API tokens"), tokens=tokens)


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


@get("/settings/new-token", name="settings_new_token", include_in_schema=False)
async def new_token_dialog(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The form of a new token."""
    visitor.require(Permission.TOKENS)
    return await _form(request, visitor, {"seller": visitor.seller or "", "role": Role.PROGRAM.value}, ())


@post("/settings/new-token", status_code=200, include_in_schema=False, everywhere=False)
async def make_token(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Redirect | Response[str]:
    """Make a token and show its secret, this once."""
    visitor.require(Permission.TOKENS)
    data, permissions = await _read(request)
    shown: list[CreatedToken] = []
    try:
        expires_at = _expiry(request, data)

        async def work(conn: Connection) -> Done:
            made = await create_token(
                conn,
                name=text_of(data, "name"),
                role=data.get("role") or None,
                permissions=permissions or None,
                seller=text_of(data, "seller") or None,
                expires_at=expires_at,
                sellers=[one.code for one in await list_sellers(conn)],
                actor=visitor.actor,
                now=request.app.state.clock(),
                within=visitor.seller,
                giver=visitor.permissions,
                in_application=True,
            )
            shown[:] = [made]
            return Done(
                LIST, t("The token was made before; its secret was shown then. Revoke it if it was lost."), "wait"
            )

        answer = await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _form(request, visitor, data, permissions, refused)
    if not shown:
        return answer
    (made,) = shown
    title = t("Token {name}", name=made.token.name)
    return page("settings/token_shown.html", request, visitor=visitor, title=title, back=LIST, secret=made.secret)


async def _read(request: Request[Any, Any, State]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The form, and the permissions ticked in it."""
    data = await request.form()
    permissions = tuple(dict.fromkeys(str(one)[:60] for one in data.getall("permissions", [])))
    texts = {name: str(value) for name, value in data.items() if name != "permissions"}
    return {**texts, "permissions": ",".join(permissions)}, permissions


def _expiry(request: Request[Any, Any, State], form: Mapping[str, str]) -> datetime | None:
    """The end of the day typed, in UTC; refuses date_not_readable."""
    text = text_of(form, "expires_at")
    if not text:
        return None
    day = read_day(text)
    if isinstance(day, Refusal):
        raise Refused(day.at(field="expires_at"))
    now: datetime = request.app.state.clock()
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=now.tzinfo)


@get("/settings/tokens/{token_id:int}/revoke", name="settings_token_revoke", include_in_schema=False)
async def revoke_dialog(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], token_id: FromPath[int]
) -> Response[str]:
    """Ask whether a token is revoked."""
    visitor.require(Permission.TOKENS)
    return await _revocation(request, visitor, token_id)


async def _revocation(
    request: Request[Any, Any, State], visitor: Visitor, token_id: int, refused: Refused | None = None
) -> Response[str]:
    async with reading(request) as conn:
        token = next((one for one in await list_tokens(conn, visitor.seller) if one.token_id == token_id), None)
    if token is None:
        raise Refused(refuse(UNKNOWN_TOKEN, f"there is no token {token_id}"))
    return page(
        "settings/token_revoke.html",
        request,
        visitor=visitor,
        status=200 if refused is None else 422,
        title=t("Revoke {name}", name=token.name),
        back=LIST,
        token=token,
        rest=[] if refused is None else [sentence(r.message) for r in refused.refusals],
    )


@post("/settings/tokens/{token_id:int}/revoke", status_code=303, include_in_schema=False, everywhere=False)
async def revoke(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], token_id: FromPath[int], data: Form
) -> Redirect | Response[str]:
    """Take a token out of use."""
    visitor.require(Permission.TOKENS)

    async def work(conn: Connection) -> Done:
        now = request.app.state.clock()
        token = await revoke_token(conn, token_id, actor=visitor.actor, now=now, within=visitor.seller)
        return Done(LIST, t("{name} no longer works.", name=token.name))

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _revocation(request, visitor, token_id, refused)


async def _form(
    request: Request[Any, Any, State],
    visitor: Visitor,
    values: Mapping[str, str],
    ticked: Collection[str],
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        sellers = [(one.code, f"{one.name} ({one.code})") for one in await list_sellers(conn)]
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return page(
        "settings/token.html",
        request,
        visitor=visitor,
        status=200 if refused is None else 422,
        title=t("New API token"),
        back=LIST,
        values={**dict.fromkeys((*FIELDS, "key"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
        roles=[(role.value, t(LABELS[role])) for role in Role if PERMISSIONS[role] <= visitor.permissions],
        permissions=[
            (one.value, t(WORDS[one]), one.value in ticked)
            for one in Permission
            if one is not Permission.READ and visitor.may(one)
        ],
        sellers=[one for one in sellers if visitor.seller in {None, one[0]}],
        every="" if visitor.seller else t("Every seller"),
    )


route_handlers = [tokens_page, new_token_dialog, make_token, revoke_dialog, revoke]
