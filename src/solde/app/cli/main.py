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

    from . import adjust, balance, demo, match, operations, payments, run, serve, statement, verify
    from .commands import Commands

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
    return typer.main.get_command(app)


if __name__ == "__main__":
    main()
