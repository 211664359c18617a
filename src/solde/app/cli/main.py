"""The commands, and how each ends: 0 done, 1 refused, 2 wrong usage."""

from __future__ import annotations

import sys
from collections.abc import Callable

from solde import __version__
from solde.kernel.refusals import Refused


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

    app = typer.Typer(
        name="solde",
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
    for name, module, words in (
        ("accounting", accounting, "The books: entries of operations, and files of them."),
        ("db", database, "The database: schema, server, backups."),
        ("import", importing, "Bring files in."),
        ("export", export, "Write files out."),
        ("deposits", deposits, "Security deposits: ask for them, fund them, pay with them, give them back."),
        ("instalments", instalments, "Plans to pay what is owed on agreed days."),
        ("litigation", litigation, "What is disputed."),
        ("periods", periods, "Accounting years and their periods."),
        ("rejected", rejected, "Operations that accounting rejected."),
        ("cards", cards, "Card payments."),
        ("token", token, "API tokens."),
        ("user", user, "People who sign in."),
    ):
        group = typer.Typer(no_args_is_help=True, help=words)
        module.add_to(group)
        app.add_typer(group, name=name)
    return typer.main.get_command(app)


if __name__ == "__main__":
    main()
