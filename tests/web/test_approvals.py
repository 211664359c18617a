"""The work list of approvals: who sees what, the exact content and its effect, and deciding it once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from web.company import NOW, TODAY, Company
from web.desk import guest, key_in, own_books, read, send, signed_in

from solde.actions.requests import content_of
from solde.app.approving import make_approvals
from solde.approvals import Proposal, Waiting
from solde.db import open_pool
from solde.kernel.dates import Clock
from solde.operations import TypeCatalogue
from solde.payments import WriteOffRequest

HOSTILE = '<img src=x onerror=alert(1)>"'


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


async def propose(dsn: str, *, actor: str = "Carla", amount: str = "60", reason: str = "gone away") -> int:
    """Let somebody propose to write off a part of the first invoice; gives the number of the approval."""
    clock: Clock = lambda: NOW  # noqa: E731
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        approvals = make_approvals(clock, TypeCatalogue(pool))
        row = await (
            await conn.execute("select account_id from account_directory where code = 'CUST-00412'")
        ).fetchone()
        assert row is not None
        request = WriteOffRequest(row[0], 1, actor, reason, Decimal(amount))
        proposal = Proposal("write_off", row[0], Decimal(amount), "EUR", content_of(request), actor, "agent", reason)
        made = await approvals.submit(conn, proposal, now=NOW - timedelta(hours=1), today=TODAY)
        assert isinstance(made, Waiting), made
        return made.approval_id


async def test_who_decides_sees_what_waits_and_its_count_on_every_page(books: tuple[str, Company]) -> None:
    number = await propose(books[0], reason=HOSTILE)
    async with signed_in(books[0], "controller", "Kim 1") as kim:
        raw = (await kim.get("/approvals", headers={"accept": "text/html"})).text
        assert HOSTILE not in raw
        assert f'href="/approvals/{number}"' in unescape(raw)
        assert "nav-count" in await read(kim, "/")
    async with guest(books[0]) as client:
        assert "nav-count" not in await read(client, "/")
        assert f'href="/approvals/{number}"' in await read(client, "/approvals")


async def test_the_detail_says_exactly_what_is_done_and_what_it_would_change(books: tuple[str, Company]) -> None:
    number = await propose(books[0], amount="60.25")
    async with signed_in(books[0], "controller", "Kim 2") as kim:
        text = await read(kim, f"/approvals/{number}")
    assert "60.25 EUR" in text
    assert "/accounts/CUST-00412/operations/1" in text
    assert "INV-2026-04151" in text
    assert "above the limit of 50" in text
    assert "Open, before and after" in text
    assert f'href="/approvals/{number}/approve"' in text


async def test_approving_does_it_once_and_a_second_send_leads_to_the_same(books: tuple[str, Company]) -> None:
    number = await propose(books[0], amount="61")
    async with signed_in(books[0], "controller", "Kim 3") as kim:
        key = key_in(await read(kim, f"/approvals/{number}/approve"))
        for _ in range(2):
            assert await send(kim, f"/approvals/{number}/approve", key=key, reason="checked") == f"/approvals/{number}"
        text = await read(kim, f"/approvals/{number}")
        assert "by Kim 3" in text
        assert "checked" in text
        assert await read(kim, "/approvals?show=decided")
        again = await send(kim, f"/approvals/{number}/approve", 422, key="another", reason="")
        assert "APPROVED already" in again


async def test_nobody_approves_their_own(books: tuple[str, Company]) -> None:
    number = await propose(books[0], actor="Kim 4", amount="62")
    async with signed_in(books[0], "controller", "Kim 4") as kim:
        text = await read(kim, f"/approvals/{number}")
        assert "You proposed it, so another person decides." in text
        assert f'href="/approvals/{number}/approve"' not in text
        assert "Kim 4 proposed it" in await send(kim, f"/approvals/{number}/approve", 422, key="k4")
        await send(kim, f"/approvals/{number}/withdraw", key="k5", reason="not needed")
        assert "Withdrawn" in await read(kim, f"/approvals/{number}")


async def test_a_rejection_says_why_and_loses_nothing(books: tuple[str, Company]) -> None:
    number = await propose(books[0], amount="63")
    async with signed_in(books[0], "controller", "Kim 5") as kim:
        text = await send(kim, f"/approvals/{number}/reject", 422, key="same", reason=" ")
        assert "No reason" in text
        assert key_in(text) == "same"
        assert "600" in await send(kim, f"/approvals/{number}/reject", 422, key="same", reason="x" * 600)
        await send(kim, f"/approvals/{number}/reject", key="same", reason="ask the customer first")
        assert "ask the customer first" in await read(kim, f"/approvals/{number}")


async def test_who_may_not_decide_is_refused(books: tuple[str, Company]) -> None:
    number = await propose(books[0], amount="64")
    async with signed_in(books[0], "cashier", "Carlo") as carlo:
        assert f"/approvals/{number}/approve" not in await read(carlo, f"/approvals/{number}")
        await read(carlo, f"/approvals/{number}/approve", 403)
        await send(carlo, f"/approvals/{number}/reject", 403, key="k", reason="no")
    async with guest(books[0]) as client:
        await send(client, f"/approvals/{number}/approve", 403, key="k")


async def test_what_cannot_be_done_any_more_says_so_and_goes_on_waiting(books: tuple[str, Company]) -> None:
    number = await propose(books[0], amount="9999999")
    async with signed_in(books[0], "admin", "Root") as root:
        assert "it cannot be done" in await read(root, f"/approvals/{number}")
        assert "is available" in await send(root, f"/approvals/{number}/approve", 422, key="k9")
        assert "Waiting" in await read(root, f"/approvals/{number}")


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999999"])
async def test_an_unknown_approval_is_not_found(books: tuple[str, Company], number: str) -> None:
    async with guest(books[0]) as client:
        await read(client, f"/approvals/{number}", 404)
        await read(client, f"/approvals/{number}/eat", 404)
