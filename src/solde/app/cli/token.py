"""solde token create|list|revoke: what programs sign in with."""

from __future__ import annotations

import typer

from .session import Session, at_work, read_instant


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.callback()
    def group() -> None:
        """API tokens."""

    app.command("create")(create)
    app.command("list")(show)
    app.command("revoke")(revoke)


def create(
    name: str = typer.Option("cli", help="What it is for."),
    role: str | None = typer.Option(
        None,
        help="viewer, agent, cashier, controller, accountant, admin, auditor or program; program unless permissions are given.",
    ),
    permission: list[str] | None = typer.Option(
        None,
        "--permission",
        help="One thing it may do beside reading, in the place of a role; may be given many times.",
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
                role=role if role or permission else "program",
                permissions=permission or None,
                seller=seller,
                expires_at=expires,
                sellers=sellers,
                actor=session.actor,
                now=session.now,
            )

        made = await transaction(session.pool, make)
        if as_json:
            role_given = made.token.role if made.token.listed is None else None
            print_json({"token": made.secret, "id": made.token.token_id, "name": made.token.name, "role": role_given})
        else:
            print(made.secret)

    at_work(work)


def show(as_json: bool = typer.Option(False, "--json", help="Print it as JSON.")) -> None:
    """List the API tokens, without their secrets."""

    async def work(session: Session) -> None:
        from solde.access import list_tokens
        from solde.app.api.administration import shape_of

        from .output import print_json, table

        async with session.pool.connection() as conn:
            tokens = [shape_of(token) for token in await list_tokens(conn)]
        if as_json:
            print_json({"items": tokens, "next": None})
            return
        rows = [
            (
                str(one.id),
                one.name,
                one.prefix,
                one.role or ",".join(one.permissions),
                one.seller or "all",
                "revoked" if one.revoked_at else one.expires_at or "in use",
                one.last_used_at or "never",
            )
            for one in tokens
        ]
        print(table(("Id", "Name", "Begins with", "May", "Seller", "Ends", "Last used"), rows))

    at_work(work)


def revoke(token_id: int = typer.Argument(metavar="ID", help="Its number, from `solde token list`.")) -> None:
    """Take an API token out of use; it stops working within seconds."""

    async def work(session: Session) -> None:
        from solde.access import revoke_token
        from solde.db import transaction

        token = await transaction(
            session.pool, lambda conn: revoke_token(conn, token_id, actor=session.actor, now=session.now)
        )
        print(f"{token.name} ({token.prefix}…) no longer works")

    at_work(work)
