"""The command of the wizard, as a person runs it."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from commands import run_solde

from solde.customers import NewCustomer, create_customers
from solde.db import Connection, Pool, transaction


async def test_a_balance_is_adjusted_at_the_command_line(pool: Pool, database_url: str, tmp_path: Path) -> None:
    async def work(conn: Connection) -> None:
        new = NewCustomer(code="ACME", name="Acme", country="FR", currency="EUR", payment_mode="PREPAID")
        await create_customers(conn, [new], actor="test", now=datetime(2026, 11, 22, tzinfo=UTC), allow_incomplete=True)

    await transaction(pool, work)
    environment = {"SOLDE_DATABASE_URL": database_url, "SOLDE_HOME": str(tmp_path)}

    def solde(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_solde(["adjust", "ACME", *arguments], environment)

    tried = solde("manual_payment", "100", "--dry-run")
    said = "manual_payment 1 of 100 EUR: done, operation 1; funds 0 before, 100 after\n"
    assert (tried.stdout, tried.stderr) == ("Would happen: " + said, "")
    assert solde("manual_payment", "100").stdout == said
    charged = json.loads(solde("manual_charge", "12", "--service", "CALLS", "--visible", "calls", "--json").stdout)
    assert (charged["funds"], charged["item"]["tax"]) == ({"before": "100", "after": "88"}, "2")
    refused = solde("refund", "88.01")
    assert (refused.returncode, refused.stderr.partition(":")[0]) == (1, "refund_over_funds")
    assert solde("ecommerce_payment", "5").stderr.startswith("no_card")
