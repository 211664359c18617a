"""solde instalments: plans to pay what is owed on agreed days."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from .payments import ACCOUNT, AS_JSON, DRY_RUN, act, only_one
from .session import Session, amount_of, at_work, read_day

if TYPE_CHECKING:
    from solde.customers import AccountRef
    from solde.db import Connection
    from solde.instalments import Plan, PlanRequest
    from solde.operations import Types

DEBITS = typer.Argument(help="Numbers of the debits to put off, such as 1,4.")
COUNT = typer.Option(None, help="How many instalments; as the seller's rule says unless given.")
FIRST = typer.Option(None, "--first", help="When the first is due, YYYY-MM-DD.")
UNIT = typer.Option(None, help="How far they are apart: DAY, WEEK or MONTH.")
REMAINDER = typer.Option(None, help="Where what equal parts leave over goes: FIRST, LAST or ADDITIONAL.")
EACH = typer.Option(None, "--instalment", help="How much one instalment is; equal parts unless given.")
NOTE = typer.Option(None, help="A note, such as who agreed to it.")


def add_to(app: typer.Typer) -> None:
    """Add the commands; those on plans that are drafted are described."""
    app.command("list")(list_them)
    app.command("propose")(propose)
    app.command("create")(create)
    app.command("sweep")(sweep)


def list_them(
    account: str | None = typer.Option(None, help="Only those of a customer account."),
    state: str | None = typer.Option(None, help="Only some of DRAFT,ACTIVE,COMPLETED,BROKEN,CANCELED."),
    overdue: bool = typer.Option(False, "--overdue", help="Only active ones with an instalment overdue."),
    as_json: bool = AS_JSON,
) -> None:
    """List plans, newest first."""

    async def work(session: Session) -> None:
        from solde.instalments import PlanFilter
        from solde.instalments.reading import list_plans
        from solde.instalments.shapes import PlanList, plan_head

        from .output import money, print_json, table

        plans: list[Plan] = []
        cursor = None
        async with session.pool.connection() as conn:
            of = None if account is None else (await session.account(conn, account)).account_id
            wanted = PlanFilter(of, None, None if state is None else tuple(state.split(",")), overdue)
            while True:
                page = await list_plans(conn, wanted, now=session.now, cursor=cursor, limit=200)
                plans += page.items
                cursor = page.next
                if cursor is None:
                    break
        if as_json:
            print_json(PlanList([plan_head(plan) for plan in plans], None))
            return
        rows = [
            (
                p.account, str(p.plan_number), p.state.value.lower(), money(p.amount, p.currency),
                money(p.paid, p.currency), money(p.overdue, p.currency), p.currency, f"{p.next_due_on or '—'}",
            )
            for p in plans
        ]  # fmt: skip
        heads = ("Account", "Plan", "State", "Amount", "Paid", "Overdue", "", "Next due")
        print(table(heads, rows, right=(1, 3, 4, 5)) if rows else "No plan.")

    at_work(work)


def propose(
    account: str = ACCOUNT, debits: str = DEBITS, count: int | None = COUNT, first: str | None = FIRST,
    unit: str | None = UNIT, remainder: str | None = REMAINDER, instalment: str | None = EACH, as_json: bool = AS_JSON,
) -> None:  # fmt: skip
    """Show the schedule a plan would have; nothing is written."""
    request = _request(debits, count, first, unit, remainder, instalment, None)

    async def make(conn: Connection, session: Session, ref: AccountRef, types: Types) -> Any:
        from solde.instalments import propose as action
        from solde.instalments.shapes import proposal_shape

        made = only_one(await action(conn, [request(ref, session.actor)], types, today=session.today(ref.time_zone)))
        return proposal_shape(made, ref.code, ref.currency)

    def tell(shape: Any) -> str:
        head = f"{shape.amount} {shape.currency} in {len(shape.instalments)} instalments"
        return "\n".join([head, *(f"  {i.number:>3}  {i.due_date}  {i.amount}" for i in shape.instalments)])

    act(account, make, tell, dry_run=False, as_json=as_json)


def create(
    account: str = ACCOUNT, debits: str = DEBITS, count: int | None = COUNT, first: str | None = FIRST,
    unit: str | None = UNIT, remainder: str | None = REMAINDER, instalment: str | None = EACH, note: str | None = NOTE,
    dry_run: bool = DRY_RUN, as_json: bool = AS_JSON,
) -> None:  # fmt: skip
    """Draft a plan; no money moves until it is activated."""
    request = _request(debits, count, first, unit, remainder, instalment, note)

    async def make(conn: Connection, session: Session, ref: AccountRef, types: Types) -> Any:
        from solde.instalments import draft

        made = only_one(await draft(conn, [request(ref, session.actor)], types, today=session.today(ref.time_zone)))
        return await _shape(conn, session, ref, made.plan_number, None, dry_run=dry_run)

    from .answers import plan_words

    act(account, make, plan_words, dry_run=dry_run, as_json=as_json)


def sweep(dry_run: bool = DRY_RUN, as_json: bool = AS_JSON) -> None:
    """Break every plan overdue for longer than its seller's grace, as the periodic job does."""

    async def work(session: Session) -> None:
        from solde.instalments.sweeping import break_overdue

        from .output import print_json
        from .progress import show_progress

        with show_progress({"break": "Breaking overdue plans"}) as told:
            broken = await break_overdue(
                session.pool, now=session.now, actor=session.actor, dry_run=dry_run,
                progress=lambda plans: told("break", plans, None),
            )  # fmt: skip
        if as_json:
            print_json({"plans": len(broken), "dry_run": dry_run})
        else:
            print(("Would happen: " if dry_run else "") + f"{len(broken):,} overdue plans broken")

    at_work(work)


async def _shape(conn: Connection, session: Session, ref: AccountRef, plan: int, effect: Any, *, dry_run: bool) -> Any:
    from solde.instalments.reading import read_plan
    from solde.instalments.shapes import plan_shape

    return plan_shape(await read_plan(conn, ref.account_id, plan, session.now), effect, dry_run=dry_run)


def _request(
    debits: str,
    count: int | None,
    first: str | None,
    unit: str | None,
    remainder: str | None,
    instalment: str | None,
    note: str | None,
) -> Callable[[AccountRef, str], PlanRequest]:
    """A plan as it is asked for, of an account by an actor."""
    from solde.instalments import PlanRequest, PlanTerms, Remainder, Unit

    numbers = debits.split(",")
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise typer.BadParameter(f"{debits!r} are no numbers such as 1,4")
    wish = PlanTerms(
        count, read_day(first, "first_date"), None, None if unit is None else _named(Unit, unit),
        None if remainder is None else _named(Remainder, remainder), amount_of(instalment, "instalment"),
    )  # fmt: skip
    return lambda ref, actor: PlanRequest(
        ref.account_id, tuple(int(number) for number in numbers), actor, wish, None, note
    )


def _named(choices: Any, text: str) -> Any:
    try:
        return choices(text.upper())
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(choices)}") from None
