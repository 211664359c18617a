"""solde demo: load the demo company and serve it."""

from __future__ import annotations

from datetime import timedelta

import typer

from solde.app.opening import ready_dsn

from .serve import HOST, PORT, run_server
from .session import Session, at_work

STEPS = {
    "customers": "Making customers",
    "read": "Writing invoices",
    "post": "Posting invoices and payments",
    "adjust": "Credit notes, refunds",
}
TOKEN_DAYS = 30


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    no_serve: bool = typer.Option(False, "--no-serve", help="Load it and stop."),
    host: str = typer.Option(HOST, help="Address to listen on."),
    port: int = typer.Option(PORT, help="Port to listen on."),
) -> None:
    """Load a made-up company with three thousand customers, then serve it."""
    from solde.app.demo.people import PASSWORD, PEOPLE

    secret = at_work(_load)
    print(f"\nOpen http://{host}:{port} in a browser and sign in as one of these, each with the password {PASSWORD}:\n")
    for person in PEOPLE:
        print(f"    {person.login:<12}{person.label}")
    print(f"\nThis token of an administrator signs in too, and is taken by the API:\n\n    {secret}\n")
    print(
        f'    curl -H "Authorization: Bearer {secret}" http://{host}:{port}/api/v1/accounts/DEMO-00001/balances\n',
        flush=True,
    )
    if not no_serve:
        run_server(ready_dsn(), host, port, 1, demo=True)


async def _load(session: Session) -> str:
    from solde.app.demo import load_company
    from solde.app.demo.company import last_day

    from .progress import show_progress

    with show_progress(STEPS) as told:
        loaded = await load_company(session.pool, now=session.now, today=last_day(session.now), progress=told)
    said = (
        "The demo company is loaded"
        if loaded.now
        else f"The demo company is there already, made for {loaded.made_for}; it stays"
    )
    print(f"{said}. All of its customers are made up.")
    return await _make_token(session)


async def _make_token(session: Session) -> str:
    from solde.access import CreatedToken, create_token
    from solde.db import Connection, transaction

    async def make(conn: Connection) -> CreatedToken:
        expires = session.now + timedelta(days=TOKEN_DAYS)
        return await create_token(
            conn, name="demo", role="admin", expires_at=expires, sellers=[], actor=session.actor, now=session.now
        )

    return (await transaction(session.pool, make)).secret
