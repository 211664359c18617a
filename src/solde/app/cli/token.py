"""solde token create: a token for a program or a person."""

from __future__ import annotations

import typer

from .session import Session, at_work, read_instant


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.callback()
    def group() -> None:
        """API tokens."""

    app.command("create")(create)


def create(
    name: str = typer.Option("cli", help="What it is for."),
    role: str = typer.Option(
        "program", help="viewer, agent, cashier, controller, accountant, admin, auditor or program."
    ),
    seller: str | None = typer.Option(None, help="Only the accounts of this seller."),
    expires_at: str | None = typer.Option(None, "--expires-at", help="Instant after which it is refused."),
    as_json: bool = typer.Option(False, "--json", help="Print it as JSON."),
) -> None:
    """Create an API token and print its secret, this once."""
    expires = read_instant(expires_at, "expires_at")

    async def work(session: Session) -> None:
        from solde.access import create_token
        from solde.customers import list_sellers
        from solde.db import Connection, transaction

        from .output import print_json

        async def make(conn: Connection):  # type: ignore[no-untyped-def]
            sellers = [one.code for one in await list_sellers(conn)]
            return await create_token(
                conn,
                name=name,
                role=role,
                seller=seller,
                expires_at=expires,
                sellers=sellers,
                actor=session.actor,
                now=session.now,
            )

        made = await transaction(session.pool, make)
        if as_json:
            print_json(
                {"token": made.secret, "id": made.token.token_id, "name": made.token.name, "role": made.token.role}
            )
        else:
            print(made.secret)

    at_work(work)
