"""solde user add|password|role|list|deactivate|activate: the people who sign in."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import typer

from .session import Session, at_work

if TYPE_CHECKING:
    from solde.access import User, UserChange
    from solde.db import Connection

FROM_STDIN = typer.Option(False, "--password-stdin", help="Read the password from standard input.")
AS_JSON = typer.Option(False, "--json", help="Print it as JSON.")
ROLES = "viewer, agent, cashier, controller, accountant, admin or auditor."


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("add")(add)
    app.command("password")(password)
    app.command("role")(role)
    app.command("list")(show)
    app.command("deactivate")(deactivate)
    app.command("activate")(activate)


def add(
    login: str = typer.Argument(help="Login: an e-mail address or a short name."),
    role: str = typer.Option(help=ROLES),
    name: str | None = typer.Option(None, help="Name by which colleagues know them; the login unless given."),
    seller: str | None = typer.Option(None, help="Only the customers of this seller."),
    password_stdin: bool = FROM_STDIN,
) -> None:
    """Add a person; without a terminal or --password-stdin a password is made and printed, to be changed at the first sign-in."""
    chosen, made = _ask_password(password_stdin)

    async def work(session: Session) -> None:
        from solde.access import NewUser, Passwords, add_user
        from solde.db import transaction

        new = NewUser(login, name or login, role, seller)

        async def keep(conn: Connection) -> User:
            return await add_user(
                conn,
                new,
                password=chosen,
                passwords=Passwords(),
                sellers=await _sellers(conn),
                actor=session.actor,
                now=session.now,
                must_change=made,
            )

        user = await transaction(session.pool, keep)
        print(f"{user.login} is added, with the role {user.role}")
        _tell_password(chosen, made)

    at_work(work)


def password(login: str = typer.Argument(help="Login."), password_stdin: bool = FROM_STDIN) -> None:
    """Give a person a new password; they are signed out everywhere."""
    chosen, made = _ask_password(password_stdin)

    async def work(session: Session) -> None:
        from solde.access import Passwords, set_password
        from solde.db import transaction

        async def keep(conn: Connection) -> User:
            return await set_password(
                conn,
                login,
                chosen,
                passwords=Passwords(),
                actor=session.actor,
                now=session.now,
                must_change=made,
            )

        user = await transaction(session.pool, keep)
        print(f"{user.login} has a new password")
        _tell_password(chosen, made)

    at_work(work)


def role(
    login: str = typer.Argument(help="Login."),
    role: str = typer.Argument(help=ROLES),
    seller: str | None = typer.Option(None, help="Only the customers of this seller; an empty text lets them see all."),
) -> None:
    """Give a person another role."""

    def change() -> UserChange:
        from solde.access import UserChange

        return UserChange(role=role, seller=seller)

    at_work(_changing(login, change, lambda user: f"{user.login} has the role {user.role}"))


def deactivate(login: str = typer.Argument(help="Login.")) -> None:
    """Let a person sign in no more; they are signed out everywhere."""
    at_work(_changing(login, lambda: _activity(active=False), lambda user: f"{user.login} can sign in no more"))


def activate(login: str = typer.Argument(help="Login.")) -> None:
    """Let a person who was deactivated sign in again."""
    at_work(_changing(login, lambda: _activity(active=True), lambda user: f"{user.login} can sign in again"))


def show(as_json: bool = AS_JSON) -> None:
    """List the people who sign in."""

    async def work(session: Session) -> None:
        from solde.access import list_users
        from solde.app.api.users import shape_of

        from .output import print_json, table

        async with session.pool.connection() as conn:
            users = await list_users(conn)
        if as_json:
            print_json({"items": [shape_of(user) for user in users], "next": None})
            return
        rows = [
            (u.login, u.name, u.role.value, u.seller or "all", "yes" if u.is_active else "no", _day(u)) for u in users
        ]
        print(table(("Login", "Name", "Role", "Seller", "Active", "Last sign-in"), rows))

    at_work(work)


def _day(user: User) -> str:
    return "never" if user.last_sign_in_at is None else f"{user.last_sign_in_at:%Y-%m-%d %H:%M}"


def _activity(*, active: bool) -> UserChange:
    from solde.access import UserChange

    return UserChange(is_active=active)


def _changing(
    login: str, change: Callable[[], UserChange], words: Callable[[User], str]
) -> Callable[[Session], Awaitable[None]]:
    async def work(session: Session) -> None:
        from solde.access import change_user
        from solde.db import transaction

        async def keep(conn: Connection) -> User:
            return await change_user(conn, login, change(), sellers=await _sellers(conn), actor=session.actor)

        print(words(await transaction(session.pool, keep)))

    return work


async def _sellers(conn: Connection) -> list[str]:
    from solde.customers import list_sellers

    return [seller.code for seller in await list_sellers(conn)]


def _ask_password(from_stdin: bool) -> tuple[str, bool]:
    """The password, and whether it was made here."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        return typer.prompt("Password", hide_input=True, confirmation_prompt=True), False
    return "-".join(secrets.token_hex(2) for _ in range(4)), True


def _tell_password(password: str, made: bool) -> None:
    if made:
        print(f"Password, to be changed at the first sign-in: {password}")
