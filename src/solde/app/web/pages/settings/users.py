"""Users and roles: who may sign in, with which role, and where they are signed in."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from solde.access import (
    LABELS,
    PEOPLE,
    PERMISSIONS,
    WORDS,
    NewUser,
    Permission,
    Role,
    User,
    UserChange,
    add_user,
    change_user,
    get_user,
    list_users,
    set_password,
)
from solde.access.sessions import end_sessions_of, list_sessions_of
from solde.customers import list_sellers
from solde.db import Connection
from solde.kernel.refusals import Refused

from ... import formats
from ...i18n import t
from ...reading import reading
from ...refused import by_field, sentence
from ...render import page
from ...visitors import Visitor
from ..me import browser_of
from .acting import Done, Form, act_once, number_of, text_of

LIST = "/settings/users"
FIELDS = ("login", "name", "role", "seller", "password")
PASSWORD_BYTES = 12


def path_of(login: str) -> str:
    """The page of a user."""
    return f"{LIST}/{quote(login, safe='')}"


@get(LIST, name="settings_users", include_in_schema=False)
async def users_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The people who sign in; who is kept to a seller sees those kept to it."""
    visitor.require(Permission.USERS)
    async with reading(request) as conn:
        found = await list_users(conn, visitor.seller)
    users = [_shown(one) for one in sorted(found, key=lambda one: (not one.is_active, one.login))]
    return page("settings/users.html", request, visitor=visitor, title=t("Users"), users=users)


def _shown(user: User) -> dict[str, object]:
    seen = user.last_sign_in_at
    return {
        "login": user.login,
        "href": path_of(user.login),
        "name": user.name,
        "role": t(LABELS[user.role]),
        "seller": user.seller or "",
        "active": user.is_active,
        "must_change": user.must_change_password,
        "seen": "" if seen is None else formats.instant(seen),
        "since": formats.day(user.created_at.date()),
    }


@get("/settings/users/{login:str}", name="settings_user", include_in_schema=False)
async def user_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], login: FromPath[str]
) -> Response[str]:
    """One person: what they may do and where they are signed in."""
    visitor.require(Permission.USERS)
    async with reading(request) as conn:
        user = await get_user(conn, login, visitor.seller)
        sessions = await list_sessions_of(conn, user, request.app.state.clock())
    return page(
        "settings/user.html",
        request,
        visitor=visitor,
        title=user.name,
        user=_shown(user),
        allowed=[t(WORDS[p]) for p in Permission if p in PERMISSIONS[user.role]],
        own=user.login == visitor.actor,
        sessions=[
            {
                "browser": browser_of(one.browser) or t("Unknown browser"),
                "address": one.address,
                "seen": formats.instant(one.seen_at),
                "since": formats.instant(one.created_at),
            }
            for one in sessions
        ],
    )


@get("/settings/new-user", name="settings_new_user", include_in_schema=False)
async def new_user_dialog(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The form of a new user."""
    visitor.require(Permission.USERS)
    return await _form(request, visitor, "add", {"seller": visitor.seller or "", "role": Role.AGENT.value}, None)


@post("/settings/new-user", status_code=200, include_in_schema=False, everywhere=False)
async def make_user(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], data: Form
) -> Redirect | Response[str]:
    """Add a person; a password made here is shown this once."""
    visitor.require(Permission.USERS)
    new = NewUser(text_of(data, "login"), text_of(data, "name"), data.get("role", ""), text_of(data, "seller") or None)
    made_up = not data.get("password")
    password = data.get("password") or secrets.token_urlsafe(PASSWORD_BYTES)
    shown: list[User] = []

    async def work(conn: Connection) -> Done:
        user = await add_user(
            conn,
            new,
            password=password,
            passwords=request.app.state.passwords,
            sellers=await _sellers(conn),
            actor=visitor.actor,
            now=request.app.state.clock(),
            within=visitor.seller,
            giver=visitor.permissions,
        )
        shown[:] = [user]
        return Done(path_of(user.login), t("{name} may sign in.", name=user.name))

    try:
        answer = await act_once(request, visitor, _without_password(data), work)
    except Refused as refused:
        return await _form(request, visitor, "add", data, None, refused)
    return _once_shown(request, visitor, shown[0], password) if shown and made_up else answer


def _without_password(form: Mapping[str, str]) -> dict[str, str]:
    """What may be kept of a form to know it again."""
    return {name: value for name, value in form.items() if name != "password"}


def _once_shown(request: Request[Any, Any, State], visitor: Visitor, user: User, password: str) -> Response[str]:
    """A password made here, shown this once."""
    return page(
        "settings/password_shown.html",
        request,
        visitor=visitor,
        title=t("Password of {name}", name=user.name),
        back=path_of(user.login),
        login=user.login,
        password=password,
    )


# Each by itself: beside a path that forms are sent to, the router finds no page of a path with a parameter there.
@get(
    [f"/settings/users/{{login:str}}/{verb}" for verb in ("edit", "password", "deactivate", "activate")],
    name="settings_user_dialog",
    include_in_schema=False,
)
async def user_dialog(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], login: FromPath[str]
) -> Response[str]:
    """The form of a change, of a new password, or the question before a deactivation."""
    visitor.require(Permission.USERS)
    async with reading(request) as conn:
        user = await get_user(conn, login, visitor.seller)
    values = {"name": user.name, "role": user.role.value, "seller": user.seller or ""}
    return await _form(request, visitor, request.url.path.rpartition("/")[2], values, user)


@post("/settings/users/{login:str}/edit", status_code=303, include_in_schema=False, everywhere=False)
async def save_user(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], login: FromPath[str], data: Form
) -> Redirect | Response[str]:
    """Change name, role and seller."""
    change = UserChange(text_of(data, "name"), data.get("role", ""), text_of(data, "seller"))
    return await _change(request, visitor, login, "edit", data, change)


@post("/settings/users/{login:str}/deactivate", status_code=303, include_in_schema=False, everywhere=False)
async def deactivate_user(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], login: FromPath[str], data: Form
) -> Redirect | Response[str]:
    """Take somebody's right to sign in away, at once."""
    return await _change(request, visitor, login, "deactivate", data, UserChange(is_active=False))


@post("/settings/users/{login:str}/activate", status_code=303, include_in_schema=False, everywhere=False)
async def activate_user(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], login: FromPath[str], data: Form
) -> Redirect | Response[str]:
    """Let somebody sign in again."""
    return await _change(request, visitor, login, "activate", data, UserChange(is_active=True))


async def _change(
    request: Request[Any, Any, State],
    visitor: Visitor,
    login: str,
    verb: str,
    form: Mapping[str, str],
    change: UserChange,
) -> Redirect | Response[str]:
    visitor.require(Permission.USERS)

    async def work(conn: Connection) -> Done:
        user = await change_user(
            conn,
            login,
            change,
            sellers=await _sellers(conn),
            actor=visitor.actor,
            version=number_of(form, "version") or None,
            within=visitor.seller,
            giver=visitor.permissions,
        )
        said = {
            "edit": t("{name} is changed.", name=user.name),
            "deactivate": t("{name} can no longer sign in.", name=user.name),
            "activate": t("{name} may sign in again.", name=user.name),
        }
        return Done(path_of(user.login), said[verb])

    try:
        return await act_once(request, visitor, form, work)
    except Refused as refused:
        async with reading(request) as conn:
            user = await get_user(conn, login, visitor.seller)
        return await _form(request, visitor, verb, form, user, refused)


@post("/settings/users/{login:str}/password", status_code=200, include_in_schema=False, everywhere=False)
async def reset_password(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], login: FromPath[str], data: Form
) -> Redirect | Response[str]:
    """Give a person a new password, which they must change; one made here is shown this once."""
    visitor.require(Permission.USERS)
    made_up = not data.get("password")
    password = data.get("password") or secrets.token_urlsafe(PASSWORD_BYTES)
    shown: list[User] = []

    async def work(conn: Connection) -> Done:
        state = request.app.state
        user = await set_password(
            conn,
            login,
            password,
            passwords=state.passwords,
            actor=visitor.actor,
            now=state.clock(),
            within=visitor.seller,
            giver=visitor.permissions,
        )
        shown[:] = [user]
        return Done(path_of(user.login), t("{name} has a new password and is signed out everywhere.", name=user.name))

    try:
        answer = await act_once(request, visitor, _without_password(data), work)
    except Refused as refused:
        async with reading(request) as conn:
            user = await get_user(conn, login, visitor.seller)
        return await _form(request, visitor, "password", data, user, refused)
    return _once_shown(request, visitor, shown[0], password) if shown and made_up else answer


@post("/settings/users/{login:str}/sign-out", status_code=303, include_in_schema=False, everywhere=False)
async def sign_out_user(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], login: FromPath[str], data: Form
) -> Redirect | Response[str]:
    """Sign a person out everywhere."""
    visitor.require(Permission.USERS)

    async def work(conn: Connection) -> Done:
        user = await get_user(conn, login, visitor.seller)
        ended = await end_sessions_of(conn, user, actor=visitor.actor)
        return Done(path_of(user.login), t("{n} sign-ins have ended.", n=ended))

    return await act_once(request, visitor, data, work)


async def _sellers(conn: Connection) -> Collection[str]:
    return [one.code for one in await list_sellers(conn)]


TITLES = {
    "add": "New user",
    "edit": "Change {name}",
    "password": "New password for {name}",
    "deactivate": "Deactivate {name}",
    "activate": "Activate {name}",
}


async def _form(
    request: Request[Any, Any, State],
    visitor: Visitor,
    verb: str,
    values: Mapping[str, str],
    user: User | None,
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        sellers = [(one.code, f"{one.name} ({one.code})") for one in await list_sellers(conn)]
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    if refused and verb in {"deactivate", "activate"}:
        wrong, rest = {}, [sentence(r.message) for r in refused.refusals]
    conflict = refused is not None and refused.refusals[0].code == "version_differs"
    return page(
        "settings/user_dialog.html",
        request,
        visitor=visitor,
        status=200 if refused is None else 422,
        title=t(TITLES[verb], name=user.name if user else ""),
        verb=verb,
        action="/settings/new-user" if user is None else f"{path_of(user.login)}/{verb}",
        back=LIST if user is None else path_of(user.login),
        user=user,
        values={**dict.fromkeys((*FIELDS, "key"), ""), **values, **({"key": ""} if conflict else {}), "password": ""},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
        roles=[(role.value, t(LABELS[role])) for role in PEOPLE],
        sellers=[one for one in sellers if visitor.seller in {None, one[0]}],
        every="" if visitor.seller else t("Every seller"),
    )


@get("/settings/roles", name="settings_roles", include_in_schema=False)
async def roles_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """What each role may do."""
    return page(
        "settings/roles.html",
        request,
        visitor=visitor,
        title=t("Roles"),
        roles=[t(LABELS[role]) for role in Role],
        permissions=[(t(WORDS[p]), [p in PERMISSIONS[role] for role in Role]) for p in Permission],
    )


route_handlers = [
    users_page,
    user_page,
    new_user_dialog,
    make_user,
    user_dialog,
    save_user,
    deactivate_user,
    activate_user,
    reset_password,
    sign_out_user,
    roles_page,
]
