"""The people of the demo company: one for each role, all with a password that everybody may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from solde.access import LABELS, NewUser, Passwords, Role, add_user, find_user
from solde.db import Connection

from .adjusting import ACTOR

PASSWORD = "solde-demo"  # noqa: S105 - of a demo, shown on its sign-in page


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to sign in as; the login is the code of the role."""

    name: str
    role: Role

    @property
    def login(self) -> str:
        return self.role.value

    @property
    def label(self) -> str:
        return LABELS[self.role]


PEOPLE = (
    Person("Vera Lindqvist", Role.VIEWER),
    Person("Amara Okafor", Role.AGENT),
    Person("Carlo Bianchi", Role.CASHIER),
    Person("Kim Larsen", Role.CONTROLLER),
    Person("Anna Keller", Role.ACCOUNTANT),
    Person("Alex Martin", Role.ADMIN),
    Person("Odile Renard", Role.AUDITOR),
)


async def add_people(conn: Connection, now: datetime) -> None:
    """Add those who lack; who is there stays as they are."""
    passwords = Passwords()
    for person in PEOPLE:
        if await find_user(conn, person.login) is None:
            new = NewUser(person.login, person.name, person.role)
            await add_user(
                conn, new, password=PASSWORD, passwords=passwords, sellers=[], actor=ACTOR, now=now, must_change=False
            )
