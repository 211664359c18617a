"""Random ledgers for tests that hold two ways of doing the same against each other."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from ledger import TODAY, make_account, post_all

from solde.db import Connection
from solde.litigation import DisputeRequest, DisputeVerb, dispute
from solde.operations import NewOperation


async def random_ledger(conn: Connection, seed: int) -> list[int]:
    """Accounts with random open items of both sides: equal amounts, equal dates, disputes, traces, deposits."""
    random = Random(seed)
    accounts = []
    for _ in range(random.randint(1, 8)):
        account = await make_account(conn, random.choice(["EUR", "JPY", "TND"]))
        accounts.append(account)
        operations = []
        for _ in range(random.randint(0, 14)):
            code = random.choice(
                ["INV_STD", "INV_STD", "PAY_WIRE", "PAY_WIRE", "INV_CRN", "REF_CRD", "INV_SD", "CRD_SD"]
            )
            amount = random.choice(
                [Decimal(random.randint(1, 9) * 10), Decimal(random.randint(1, 10**7)).scaleb(-random.randint(2, 6))]
            )
            on = date(2026, 1, 1) + timedelta(days=random.randint(0, 60))
            operations.append(
                NewOperation(account, code, amount, on, on + timedelta(days=random.choice([0, 0, 15, 30])))
            )
        if not operations:
            continue
        numbers = await post_all(conn, *operations)
        invoices = [n for n, o in zip(numbers, operations, strict=True) if o.type_code == "INV_STD"]
        wishes = [
            DisputeRequest(account, n, DisputeVerb.ENTER, "test", random.choice([None, Decimal("0.5")]), reason="why")
            for n in random.sample(invoices, min(len(invoices), 2))
        ]
        await dispute(conn, wishes, today=TODAY)
    return accounts
