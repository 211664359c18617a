"""What an operation belongs to, on its page and in its list: taken back, of a deposit, of a plan; and the ways back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from web.desk import Client, key_in, own_books, read, send, signed_in

from solde.db import open_pool
from solde.features import switch

ACCOUNT = "/accounts/CUST-00412"
ACTIONS = f"{ACCOUNT}/actions"


@pytest.fixture
def dsn(server_url: str, template: str) -> Iterator[str]:
    with own_books(server_url, template) as (made, _):
        yield made


async def do(client: Client, action: str, query: str = "", **fields: str) -> None:
    """Open a dialog and send its form."""
    key = key_in(await read(client, f"{ACTIONS}/{action}{query}"))
    await send(client, f"{ACTIONS}/{action}", key=key, **fields)


async def rows_of(client: Client, query: str) -> dict[str, set[str]]:
    """The rows of the list by number, with their kinds; the newest first."""
    text = await read(client, f"{ACCOUNT}?{query}")
    return {n: set(kinds.split()) for n, kinds in re.findall(r'<tr data-key="(\d+)"[^>]*?data-kinds="([^"]*)"', text)}


def refused(page: str, action: str) -> str:
    """Why an action beside an operation is not possible; empty where it is."""
    acts = page[page.index('class="detail-acts"') : page.index("</header>", page.index('class="detail-acts"'))]
    stopped: dict[str, str] = dict(re.findall(r"([^<>]+)<span class=\"sr-only\">: ([^<]*)</span></span>", acts))
    offered = re.findall(r"([^<>]+)</a>", acts)
    assert action in {*stopped, *offered}, f"{action} is not offered: {acts}"
    return stopped.get(action, "")


async def an_invoice(client: Client) -> str:
    """The number of an open invoice of no dispute."""
    found = await rows_of(client, "class=I&side=debit&matching_status=O")
    return next(n for n, kinds in found.items() if not kinds & {"in_litigation", "not_invoice"})


@pytest.mark.parametrize(
    ("make", "take_back", "type_"),
    [("write-off", "write-off-reversal", "EXP_WRT"), ("credit-note", "credit-note-reversal", "INV_CRN")],
)
async def test_what_was_taken_back_is_not_taken_back_again(dsn: str, make: str, take_back: str, type_: str) -> None:
    async with signed_in(dsn, "admin", "Alex") as alex:
        invoice = await an_invoice(alex)
        await do(alex, make, f"?n={invoice}", n=invoice, amount="10", reason="gone")
        number = max(await rows_of(alex, f"type={type_}"), key=int)
        page = await read(alex, f"{ACCOUNT}/operations/{number}")
        assert refused(page, "Reverse") == ""
        dialog = await read(alex, f"{ACCOUNT}/actions/{take_back}?n={number}")
        assert "available" not in dialog, "the whole of it is reversed, although nothing of it is open"
        assert re.search(r'class="amount"><b>\d', dialog)
        await do(alex, take_back, f"?n={number}", n=number, reason="came after all")
        page = await read(alex, f"{ACCOUNT}/operations/{number}")
        assert refused(page, "Reverse") == "Reversed already"
        assert f'href="{ACCOUNT}/operations/{int(number) + 1}"' in page[page.index("Taken back by") :]
        assert "taken_back" in (await rows_of(alex, f"type={type_}"))[number]


async def test_a_rejected_payment_is_not_rejected_again(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex") as alex:
        await do(alex, "pay", amount="40", payment_method="WIRETRANSFER", allocate="none", reference="R-77")
        (number,) = await rows_of(alex, "reference=R-77")
        await do(alex, "rejection", f"?n={number}", n=number, reason="no money")
        assert refused(await read(alex, f"{ACCOUNT}/operations/{number}"), "Reject payment") == "Rejected already"


async def test_an_operation_leads_to_its_deposit_and_the_deposit_to_its_operations(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex") as alex:
        await do(alex, "deposit-request", template="STANDARD", amount="100", name="Büro <1>")
        await do(alex, "deposit-fund", "?deposit=1", deposit="1", amount="100", method="WIRETRANSFER", reference="F-1")
        (payment,) = await rows_of(alex, "definition=security_deposit&reference=F-1")
        operation = await read(alex, f"{ACCOUNT}/operations/{payment}")
        assert f'<a class="row-link" href="{ACCOUNT}/deposits/1">Büro <1></a>' in operation
        assert refused(operation, "Unmatch") == "A security deposit has its own actions"
        assert f'href="{ACCOUNT}/operations/{payment}"' in await read(alex, f"{ACCOUNT}/deposits/1")
        async with open_pool(dsn) as pool, pool.connection() as conn:
            await switch(conn, "security_deposits", False, "root")
    async with signed_in(dsn, "admin", "Ada") as ada:
        assert "/deposits/1" not in await read(ada, f"{ACCOUNT}/operations/{payment}")


async def test_an_operation_leads_to_its_plans_and_the_plan_to_its_operations(dsn: str) -> None:
    wish = {
        "unit": "MONTH",
        "start": "FIRST_DAY_OF_NEXT_MONTH",
        "first_date": "",
        "remainder": "FIRST",
        "instalment": "",
    }
    async with signed_in(dsn, "admin", "Alex") as alex:
        debit = await an_invoice(alex)
        await do(alex, "plan", f"?n={debit}", n=debit, count="2", **wish, **{"as": "activate"})
        plan = await read(alex, f"{ACCOUNT}/plans/1")
        posted = re.findall(rf'href="{ACCOUNT}/operations/(\d+)"', plan)
        assert len(posted) == 4
        assert debit in posted
        for number in posted:
            assert f'href="{ACCOUNT}/plans/1"' in await read(alex, f"{ACCOUNT}/operations/{number}")
        (creation,) = await rows_of(alex, "type=PPL_CREATION")
        page = await read(alex, f"{ACCOUNT}/operations/{creation}")
        assert refused(page, "Unmatch") == "Break the instalment plan instead"
        assert refused(await read(alex, f"{ACCOUNT}/operations/{debit}"), "Unmatch") == ""
