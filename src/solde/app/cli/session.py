"""What every command on the ledger needs: the settings, a ready database, a pool, the clock, who acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from solde.app.opening import ready_dsn, settings
from solde.kernel.dates import today_in, utc_now
from solde.kernel.refusals import Refusal, Refused, refuse

if TYPE_CHECKING:
    from solde.access import Caller
    from solde.customers import AccountRef
    from solde.db import Connection, Pool

T = TypeVar("T")
Command = Callable[..., object]
_feature: ContextVar[str | None] = ContextVar("feature", default=None)
"""The feature of the command that runs."""


@dataclass(frozen=True, slots=True)
class Session:
    """A command at work: its pool, its clock, its actor."""

    pool: Pool
    now: datetime
    actor: str

    @property
    def caller(self) -> Caller:
        """Who sits at the command line: they may do everything, for every seller."""
        from solde.access import PERMISSIONS, Caller, Role

        return Caller(self.actor, self.actor, Role.ADMIN, PERMISSIONS[Role.ADMIN])

    async def account(self, conn: Connection, code: str, field: str = "account") -> AccountRef:
        """The account of a code; refuses unknown_account."""
        from solde.customers import find_account
        from solde.kernel.refusals import UNKNOWN_ACCOUNT

        found = await find_account(conn, code)
        if found is None:
            raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no account {code!r}", code=code, field=field))
        return found

    async def check_feature(self, code: str) -> None:
        """Refuses feature_off."""
        from solde.features import Features

        await Features(self.pool).check(code)

    def today(self, zone: str) -> date:
        """The day it is for a seller."""
        return today_in(zone, self.now)


def actor() -> str:
    """Who sits at the command line."""
    try:
        import getpass

        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"


def of_feature(code: str) -> Callable[[Command], Command]:
    """A command that is there only while its feature is on: its work refuses feature_off otherwise."""

    def guard(command: Command) -> Command:
        @wraps(command)
        def guarded(*values: object, **named: object) -> object:
            before = _feature.set(code)
            try:
                return command(*values, **named)
            finally:
                _feature.reset(before)

        guarded.feature = code  # type: ignore[attr-defined]
        return guarded

    return guard


def at_work(work: Callable[[Session], Awaitable[T]], *, imports: bool = False) -> T:
    """Run a command's work on the database.

    Refuses: feature_off where the command is of a feature that is off, disk_full when it is to write, disk_filling when it imports.
    """

    async def run() -> T:
        from solde.db import data_disk, open_pool

        disk = data_disk(settings())
        async with open_pool(dsn, min_size=1, max_size=4) as pool:
            if disk is not None:
                pool.before_writing = disk.check_write
                if imports:
                    disk.check_import()
            session = Session(pool, utc_now(), actor())
            if (feature := _feature.get()) is not None:
                await session.check_feature(feature)
            return await work(session)

    dsn = ready_dsn()
    # Half a command's start, where it only tells what it does.
    import asyncio

    return asyncio.run(run())


def amount_of(text: str | None, field: str = "amount") -> Decimal | None:
    """An amount option; refuses amount_not_a_number."""
    from solde.kernel.money import parse_amount

    found = None if text is None else parse_amount(text)
    if isinstance(found, Refusal):
        raise Refused(found.at(field=field))
    return found


def read_day(text: str | None, field: str) -> date | None:
    """A date option; refuses date_not_readable."""
    from solde.kernel.dates import parse_date

    found = None if text is None else parse_date(text)
    if isinstance(found, Refusal):
        raise Refused(found.at(field=field))
    return found


def read_instant(text: str | None, field: str) -> datetime | None:
    """An instant option; refuses instant_not_readable."""
    from solde.kernel.dates import parse_instant

    found = None if text is None else parse_instant(text)
    if isinstance(found, Refusal):
        raise Refused(found.at(field=field))
    return found
