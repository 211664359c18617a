"""Users and roles: who may sign in, with which role, and where they are signed in."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from urllib.parse import quote

from litestar import Response
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
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from ...texts import sentence
from ..me import browser_of
from .saving import Done, Form, act_once, number_of, text_of

LIST = "/settings/users"
FIELDS = ("login", "name", "role", "seller", "password")
PASSWORD_BYTES = 12


def path_of(login: str) -> str:
    """The page of a user."""
    return f"{LIST}/{quote(login, safe='')}"


@web_page(LIST, name="settings_users", permission=Permission.USERS)
async def users_page(page: Page) -> Response[str]:
    """The people who sign in; who is kept to a seller sees those kept to it."""
    async with page.reading() as conn:
        found = await list_users(conn, page.visitor.seller)
    users = [_shown(one) for one in sorted(found, key=lambda one: (not one.is_active, one.login))]
    return page.show("settings/users.html", title=t("Users"), users=users)


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


@web_page("/settings/users/{login:str}", name="settings_user", permission=Permission.USERS)
async def user_page(page: Page, login: str) -> Response[str]:
    """One person: what they may do and where they are signed in."""
    async with page.reading() as conn:
        user = await get_user(conn, login, page.visitor.seller)
        sessions = await list_sessions_of(conn, user, page.now())
    return page.show(
        "settings/user.html",
        title=user.name,
        user=_shown(user),
        allowed=[t(WORDS[p]) for p in Permission if p in PERMISSIONS[user.role]],
        own=user.login == page.visitor.actor,
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


@web_page("/settings/new-user", name="settings_new_user", permission=Permission.USERS)
async def new_user_dialog(page: Page) -> Response[str]:
    """The form of a new user."""
    return await _form(page, "add", {"seller": page.visitor.seller or "", "role": Role.AGENT.value}, None)


@web_form("/settings/new-user", everywhere=False, permission=Permission.USERS)
async def make_user(page: Page, data: Form) -> Redirect | Response[str]:
    """Add a person; a password made here is shown this once."""
    new = NewUser(text_of(data, "login"), text_of(data, "name"), data.get("role", ""), text_of(data, "seller") or None)
    made_up = not data.get("password")
    password = data.get("password") or secrets.token_urlsafe(PASSWORD_BYTES)
    shown: list[User] = []

    async def work(conn: Connection) -> Done:
        user = await add_user(
            conn,
            new,
            password=password,
            passwords=page.services.passwords,
            sellers=await _sellers(conn),
            actor=page.visitor.actor,
            now=page.now(),
            within=page.visitor.seller,
            giver=page.visitor.permissions,
        )
        shown[:] = [user]
        return Done(path_of(user.login), t("{name} may sign in.", name=user.name))

    try:
        answer = await act_once(page, _without_password(data), work)
    except Refused as refused:
        return await _form(page, "add", data, None, refused)
    return _once_shown(page, shown[0], password) if shown and made_up else answer


def _without_password(form: Mapping[str, str]) -> dict[str, str]:
    """What may be kept of a form to know it again."""
    return {name: value for name, value in form.items() if name != "password"}


def _once_shown(page: Page, user: User, password: str) -> Response[str]:
    """A password made here, shown this once."""
    return page.show(
        "settings/password_shown.html",
        title=t("Password of {name}", name=user.name),
        back=path_of(user.login),
        login=user.login,
        password=password,
    )


# Each by itself: beside a path that forms are sent to, the router finds no page of a path with a parameter there.
@web_page(
    [f"/settings/users/{{login:str}}/{verb}" for verb in ("edit", "password", "deactivate", "activate")],
    name="settings_user_dialog",
    permission=Permission.USERS,
)
async def user_dialog(page: Page, login: str) -> Response[str]:
    """The form of a change, of a new password, or the question before a deactivation."""
    async with page.reading() as conn:
        user = await get_user(conn, login, page.visitor.seller)
    values = {"name": user.name, "role": user.role.value, "seller": user.seller or ""}
    return await _form(page, page.path.rpartition("/")[2], values, user)


@web_form("/settings/users/{login:str}/edit", everywhere=False)
async def save_user(page: Page, login: str, data: Form) -> Redirect | Response[str]:
    """Change name, role and seller."""
    change = UserChange(text_of(data, "name"), data.get("role", ""), text_of(data, "seller"))
    return await _change(page, login, "edit", data, change)


@web_form("/settings/users/{login:str}/deactivate", everywhere=False)
async def deactivate_user(page: Page, login: str, data: Form) -> Redirect | Response[str]:
    """Take somebody's right to sign in away, at once."""
    return await _change(page, login, "deactivate", data, UserChange(is_active=False))


@web_form("/settings/users/{login:str}/activate", everywhere=False)
async def activate_user(page: Page, login: str, data: Form) -> Redirect | Response[str]:
    """Let somebody sign in again."""
    return await _change(page, login, "activate", data, UserChange(is_active=True))


async def _change(
    page: Page, login: str, verb: str, form: Mapping[str, str], change: UserChange
) -> Redirect | Response[str]:
    page.visitor.require(Permission.USERS)

    async def work(conn: Connection) -> Done:
        user = await change_user(
            conn,
            login,
            change,
            sellers=await _sellers(conn),
            actor=page.visitor.actor,
            version=number_of(form, "version") or None,
            within=page.visitor.seller,
            giver=page.visitor.permissions,
        )
        said = {
            "edit": t("{name} is changed.", name=user.name),
            "deactivate": t("{name} can no longer sign in.", name=user.name),
            "activate": t("{name} may sign in again.", name=user.name),
        }
        return Done(path_of(user.login), said[verb])

    try:
        return await act_once(page, form, work)
    except Refused as refused:
        async with page.reading() as conn:
            user = await get_user(conn, login, page.visitor.seller)
        return await _form(page, verb, form, user, refused)


@web_form("/settings/users/{login:str}/password", everywhere=False, permission=Permission.USERS)
async def reset_password(page: Page, login: str, data: Form) -> Redirect | Response[str]:
    """Give a person a new password, which they must change; one made here is shown this once."""
    made_up = not data.get("password")
    password = data.get("password") or secrets.token_urlsafe(PASSWORD_BYTES)
    shown: list[User] = []

    async def work(conn: Connection) -> Done:
        services = page.services
        user = await set_password(
            conn,
            login,
            password,
            passwords=services.passwords,
            actor=page.visitor.actor,
            now=page.now(),
            within=page.visitor.seller,
            giver=page.visitor.permissions,
        )
        shown[:] = [user]
        return Done(path_of(user.login), t("{name} has a new password and is signed out everywhere.", name=user.name))

    try:
        answer = await act_once(page, _without_password(data), work)
    except Refused as refused:
        async with page.reading() as conn:
            user = await get_user(conn, login, page.visitor.seller)
        return await _form(page, "password", data, user, refused)
    return _once_shown(page, shown[0], password) if shown and made_up else answer


@web_form("/settings/users/{login:str}/sign-out", everywhere=False, permission=Permission.USERS)
async def sign_out_user(page: Page, login: str, data: Form) -> Redirect | Response[str]:
    """Sign a person out everywhere."""

    async def work(conn: Connection) -> Done:
        user = await get_user(conn, login, page.visitor.seller)
        ended = await end_sessions_of(conn, user, actor=page.visitor.actor)
        return Done(path_of(user.login), t("{n} sign-ins have ended.", n=ended))

    return await act_once(page, data, work)


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
    page: Page, verb: str, values: Mapping[str, str], user: User | None, refused: Refused | None = None
) -> Response[str]:
    async with page.reading() as conn:
        sellers = [(one.code, f"{one.name} ({one.code})") for one in await list_sellers(conn)]
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    if refused and verb in {"deactivate", "activate"}:
        wrong, rest = {}, [sentence(r.text) for r in refused.refusals]
    conflict = refused is not None and refused.refusals[0].code == "version_differs"
    return page.show(
        "settings/user_dialog.html",
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
        sellers=[one for one in sellers if page.visitor.seller in {None, one[0]}],
        every="" if page.visitor.seller else t("Every seller"),
    )


@web_page("/settings/roles", name="settings_roles")
async def roles_page(page: Page) -> Response[str]:
    """What each role may do."""
    return page.show(
        "settings/roles.html",
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
