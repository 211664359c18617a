"""solde periods list|create|policy|close|reopen|sweep: accounting years, and which of their periods are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from .session import Session, at_work, read_day

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from solde.db import Connection
    from solde.periods import Period, Year

AS_JSON = typer.Option(False, "--json", help="Print what the API answers.")
DRY_RUN = typer.Option(False, "--dry-run", help="Try it; nothing is kept.")
YEAR = typer.Argument(help="Label of the year, such as 2026.")
SCOPE = typer.Option("regular", "--for", help="regular or all.")
REGULAR_AFTER = typer.Option(None, help="Close for regular users so many days after the end of a period.")
ALL_AFTER = typer.Option(None, help="Close for all so many days after the end of a period.")
ON_CLOSED = typer.Option("BLOCK", help="BLOCK rejects what is dated in a closed period, FORCE moves it.")
FORCE_DAY = typer.Option(1, help="Which day of the next open period takes what is moved.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("list")(show)
    app.command("create")(create)
    app.command("policy")(policy)
    app.command("close")(close)
    app.command("reopen")(reopen)
    app.command("sweep")(sweep)


def show(as_json: bool = AS_JSON) -> None:
    """List the years with their periods."""

    async def work(session: Session) -> None:
        from solde.periods import list_years

        async with session.pool.connection() as conn:
            _tell(await list_years(conn), as_json=as_json)

    at_work(work)


def create(
    label: str = YEAR,
    starts_on: str = typer.Argument(help="First day."),
    ends_on: str = typer.Argument(help="Last day."),
    cut: str = typer.Option("MONTHLY", help="MONTHLY, QUARTERLY, HALF_YEARLY or NONE."),
    on_closed: str = ON_CLOSED,
    force_day: int = FORCE_DAY,
    regular_after: int | None = REGULAR_AFTER,
    all_after: int | None = ALL_AFTER,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Make an accounting year and its periods, all open."""
    first, last = read_day(starts_on, "starts_on"), read_day(ends_on, "ends_on")
    assert first is not None, "the argument is mandatory"
    assert last is not None, "the argument is mandatory"

    async def act(conn: Connection, session: Session) -> list[Year]:
        from solde.periods import Cut, NewYear, create_year

        new = NewYear(
            label, first, last, _word(Cut, cut, "cut"), _policy(on_closed, force_day, regular_after, all_after)
        )
        return [await create_year(conn, new, actor=session.actor)]

    _act(act, dry_run=dry_run, as_json=as_json)


def policy(
    label: str = YEAR,
    on_closed: str = ON_CLOSED,
    force_day: int = FORCE_DAY,
    regular_after: int | None = REGULAR_AFTER,
    all_after: int | None = ALL_AFTER,
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Give a year another policy, whole: what is not named is the default."""

    async def act(conn: Connection, session: Session) -> list[Year]:
        from solde.periods import change_policy

        wanted = _policy(on_closed, force_day, regular_after, all_after)
        return [await change_policy(conn, label, wanted, version=None, actor=session.actor)]

    _act(act, dry_run=dry_run, as_json=as_json)


def close(
    label: str = YEAR,
    number: int | None = typer.Argument(None, help="Number of the period; the whole year unless given."),
    scope: str = SCOPE,
    reason: str | None = typer.Option(None, help="Why."),
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Close a period, or every period of a year."""
    _turn(label, number, scope, reason, closes=True, dry_run=dry_run, as_json=as_json)


def reopen(
    label: str = YEAR,
    number: int | None = typer.Argument(None, help="Number of the period; the whole year unless given."),
    scope: str = SCOPE,
    reason: str = typer.Option(help="Why."),
    dry_run: bool = DRY_RUN,
    as_json: bool = AS_JSON,
) -> None:
    """Open a period again: first for all, then for regular users."""
    _turn(label, number, scope, reason, closes=False, dry_run=dry_run, as_json=as_json)


def sweep(dry_run: bool = DRY_RUN, as_json: bool = AS_JSON) -> None:
    """Close the periods that are due by the policies of their years."""

    async def work(session: Session) -> None:
        from solde.app.jobs.sweeping import day_everywhere
        from solde.db import transaction
        from solde.periods import PeriodTurn
        from solde.periods import sweep as action

        from .output import print_json

        async def act(conn: Connection) -> list[PeriodTurn]:
            today = await day_everywhere(conn, lambda: session.now)
            return await action(conn, today=today, actor=session.actor)

        turns = await transaction(session.pool, act, dry_run=dry_run)
        if as_json:
            closed = [{"year": t.label, "period": t.number, "for": t.scope.value} for t in turns]
            print_json({"closed": closed, "dry_run": dry_run})
            return
        for turn in turns:
            print(f"{turn.label} {turn.number}: closed for {'regular users' if turn.scope == 'regular' else 'all'}")
        print(f"{len(turns)} periods {'would be ' if dry_run else ''}closed")

    at_work(work)


def _turn(
    label: str, number: int | None, scope: str, reason: str | None, *, closes: bool, dry_run: bool, as_json: bool
) -> None:
    async def act(conn: Connection, session: Session) -> list[Year]:
        from solde.periods import PeriodScope, PeriodTurn, find_year, turn_period, turn_year

        whom = _word(PeriodScope, scope, "for")
        if number is None:
            years = await turn_year(conn, label, whom, closes=closes, actor=session.actor, reason=reason)
        else:
            turns = [PeriodTurn(label, number, whom, closes)]
            years = await turn_period(conn, turns, actor=session.actor, reason=reason)
        return [find_year(years, label)]

    _act(act, dry_run=dry_run, as_json=as_json)


def _act(act: Callable[[Connection, Session], Awaitable[list[Year]]], *, dry_run: bool, as_json: bool) -> None:
    async def work(session: Session) -> None:
        from solde.db import transaction

        _tell(await transaction(session.pool, lambda conn: act(conn, session), dry_run=dry_run), as_json=as_json)

    at_work(work)


def _policy(on_closed: str, force_day: int, regular_after: int | None, all_after: int | None) -> Any:
    from solde.periods import OnClosed, Policy

    return Policy(_word(OnClosed, on_closed, "on-closed"), force_day, regular_after, all_after)


def _word(kind: Any, text: str, option: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise typer.BadParameter(f"--{option} is one of {', '.join(kind)}") from None


def _tell(years: list[Year], *, as_json: bool) -> None:
    from .output import print_json, table

    if as_json:
        from solde.periods.shapes import year_shape

        print_json({"items": [year_shape(year) for year in years], "next": None})
        return
    for year in years:
        print(f"{year.label}: {year.starts_on} to {year.ends_on}, {year.policy.on_closed}")
        print(table(["", "from", "until", "state"], [_row(period) for period in year.periods], right=[0]))


def _row(period: Period) -> list[str]:
    from solde.periods import PeriodScope

    state = "open"
    if period.is_closed(PeriodScope.ALL):
        state = "closed for all"
    elif period.is_closed(PeriodScope.REGULAR):
        state = "closed for regular users"
    return [str(period.number), str(period.starts_on), str(period.ends_on), state]
