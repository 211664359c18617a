"""The commands, and how each ends: 0 done, 1 refused, 2 wrong usage."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from solde import __version__
from solde.kernel.refusals import Refused

if TYPE_CHECKING:
    import typer


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    try:
        _application()(arguments, standalone_mode=True)
    except Refused as refused:
        from .output import print_refusals

        print_refusals(refused.refusals)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output went away; leave quietly.
        sys.stderr.close()
        sys.exit(1)


def _application() -> Callable[..., None]:
    import typer

    from . import (
        accounting,
        adjust,
        balance,
        cards,
        database,
        demo,
        deposits,
        export,
        importing,
        instalments,
        litigation,
        match,
        operations,
        payments,
        periods,
        rejected,
        run,
        serve,
        statement,
        token,
        user,
        verify,
    )
    from .commands import Commands, group_of

    app = typer.Typer(
        name="solde",
        cls=Commands,
        help="Customer balances and receivables: what a customer owes, why, and what to do about it.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(invoke_without_command=True)
    def start(version: bool = typer.Option(False, "--version", help="Show the version.")) -> None:
        if version:
            print(f"solde {__version__}")
            raise typer.Exit

    for module in (serve, demo, balance, statement, operations, match, payments, adjust, verify, run):
        module.add_to(app)
    for name, module, feature, words in (
        ("accounting", accounting, None, "The books: entries of operations, and files of them."),
        ("db", database, None, "The database: schema, server, backups."),
        ("import", importing, None, "Bring files in."),
        ("export", export, None, "Write files out."),
        (
            "deposits", deposits, "security_deposits",
            "Security deposits: ask for them, fund them, pay with them, give them back.",
        ),
        ("instalments", instalments, "instalment_plans", "Plans to pay what is owed on agreed days."),
        ("litigation", litigation, "litigation", "What is disputed."),
        ("periods", periods, None, "Accounting years and their periods."),
        ("rejected", rejected, None, "Operations that accounting rejected."),
        ("cards", cards, "card_payments", "Card payments."),
        ("token", token, None, "API tokens."),
        ("user", user, None, "People who sign in."),
    ):  # fmt: skip
        group = typer.Typer(cls=group_of(name), no_args_is_help=True, help=words)
        module.add_to(group)
        _switch(group, feature)
        app.add_typer(group, name=name)
    return typer.main.get_command(app)


def _switch(group: typer.Typer, feature: str | None) -> None:
    """The commands of a feature are there only while it is on."""
    from .session import of_feature

    if feature is None:
        return
    for command in group.registered_commands:
        assert command.callback is not None, "a command does something"
        command.callback = of_feature(feature)(command.callback)


if __name__ == "__main__":
    main()
