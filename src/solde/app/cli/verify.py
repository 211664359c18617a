"""solde verify: prove the books."""

from __future__ import annotations

import typer

from .session import Session, at_work


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


SHOWN = 15
"""Of the checks that took longest so many are told."""


def verify(
    as_json: bool = typer.Option(False, "--json", help="Print the report as JSON."),
    times: bool = typer.Option(False, "--times", help="Tell which checks took longest."),
) -> None:
    """Recompute everything from the facts and list every difference; exit 1 on any."""

    async def work(session: Session) -> bool:
        from solde.verification import verify

        from .output import print_json
        from .progress import show_checks

        if as_json:
            report = await verify(session.pool, now=session.now)
            print_json(report_json(report))
        else:
            with show_checks() as told:
                report = await verify(session.pool, now=session.now, progress=told)
            for found in report.differences:
                place = f"account {found.account_id}, {found.place}"
                print(f"{found.check}: {place}: stored {found.stored}, computed {found.computed}")
            counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in report.counts.items())
            if times:
                longest = sorted(report.seconds.items(), key=lambda one: -one[1])[:SHOWN]
                print("\n".join(f"{seconds:9.2f} s  {name}" for name, seconds in longest))
            print(f"{'Clean' if report.clean else f'{len(report.differences)} differences'}: {counts}")
        return report.clean

    if not at_work(work):
        raise typer.Exit(1)


def report_json(report: object) -> dict[str, object]:
    """The report as JSON: when, how much, which checks, which differences."""
    from dataclasses import asdict

    from solde.kernel.dates import format_instant
    from solde.verification import Report

    assert isinstance(report, Report), "the command passes a report"
    told = asdict(report)
    return {**told, "verified_at": format_instant(report.verified_at), "clean": report.clean}
