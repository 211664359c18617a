"""solde run: every job by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import typer

from .match import match_every
from .session import Session, at_work


async def seal_audit(session: Session) -> None:
    """Seal the audit records of decided actions into the chain."""
    from solde.verification import seal

    print(f"{await seal(session.pool):,} audit records sealed")


async def snapshots(session: Session) -> None:
    """Bring the snapshots of totals up to date."""
    from solde.balances import take_snapshots

    print(f"{await take_snapshots(session.pool):,} accounts brought up to date")


async def ranking(session: Session) -> None:
    """Bring the kept order of accounts up to date."""
    from solde.balances.ranking_cache import refresh_ranking

    print(f"{await refresh_ranking(session.pool):,} accounts stood otherwise")


async def match_all(session: Session) -> None:
    """Match every account, oldest due first."""
    await match_every(session, as_json=False)


async def break_overdue_plans(session: Session) -> None:
    """Break the instalment plans that are overdue for longer than their seller's grace."""
    from solde.instalments.sweeping import break_overdue

    print(f"{len(await break_overdue(session.pool, now=session.now)):,} overdue plans broken")


async def deliver(session: Session) -> None:
    """Send the events and mails that are due."""
    from solde.kernel.dates import utc_now
    from solde.outbox import OutboxSettings, deliver

    tally = await deliver(session.pool, OutboxSettings.from_environment(), clock=utc_now)
    print(
        f"{tally.relayed:,} new deliveries; {tally.delivered:,} delivered, {tally.failed:,} failed, {tally.dead:,} given up"
    )
    if tally.waiting_mails:
        print(f"{tally.waiting_mails:,} mails wait: SOLDE_SMTP_URL is not set")


ACTIONS: dict[str, Callable[[Session], Awaitable[None]]] = {
    "seal-audit": seal_audit,
    "take-snapshots": snapshots,
    "refresh-ranking": ranking,
    "match-all": match_all,
    "break-overdue-plans": break_overdue_plans,
    "deliver": deliver,
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(action: str = typer.Argument(help=", ".join(ACTIONS))) -> None:
    """Run a job by hand."""
    if action not in ACTIONS:
        raise typer.BadParameter(f"{action!r} is no job; use {', '.join(ACTIONS)}")
    at_work(ACTIONS[action])
