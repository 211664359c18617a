"""An invoice number is there once in an account, however many send it at once."""

from __future__ import annotations

import asyncio

from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.db import Connection, Pool, transaction
from solde.kernel.refusals import Refused
from solde.operations import NewOperation, Posted, PostingMerger, PostRequest, TypeCatalogue, load_types, post
from solde.operations.actions import Answer
from solde.payments import CreditNoteRequest, ReversalRequest, credit_note, reverse_credit_note


async def numbers_of(conn: Connection) -> list[tuple[object, ...]]:
    return await rows(conn, "select account_id, reference, count(*) from operation group by 1, 2 having count(*) > 1")


async def test_the_second_invoice_of_a_number_is_refused(conn: Connection) -> None:
    account, other = await make_account(conn), await make_account(conn)
    await post_all(conn, invoice(account, "100", reference="INV-77"), invoice(other, "100", reference="INV-77"))
    again = PostRequest((invoice(account, "5"), invoice(account, "100", reference="INV-77")), "test")
    twice = PostRequest((invoice(other, "1", reference="A"), invoice(other, "1", reference="A")), "test")
    fine = PostRequest((invoice(other, "1", reference="A"),), "test")
    answers = await post(conn, [again, twice, fine], await load_types(conn))
    found = [[(bad.code, bad.row, bad.field) for bad in one] for one in answers[:2] if isinstance(one, tuple)]
    assert found == [[("invoice_number_taken", 1, "reference")]] * 2
    assert isinstance(answers[2], Posted)


async def test_blanks_around_a_number_do_not_make_another_and_a_blank_one_is_none(conn: Connection) -> None:
    account, types = await make_account(conn), await load_types(conn)
    await post_all(conn, invoice(account, "1", reference=" N-1\u00a0"))
    (answer,) = await post(conn, [PostRequest((invoice(account, "1", reference="N-1 "),), "test")], types)
    assert isinstance(answer, tuple)
    await post_all(conn, *(invoice(account, "1", reference=blank) for blank in ("", "", " ", "\u00a0")))
    assert await rows(conn, "select distinct reference from operation order by 1") == [("N-1",), (None,)]


async def test_payments_and_credit_notes_may_repeat_a_reference(conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "100", reference="N-1"), payment(account, "1", reference="N-1"))
    await post_all(
        conn, payment(account, "1", reference="N-1"), NewOperation(account, "INV_CRN", D(1), TODAY, reference="N-1")
    )
    types = await load_types(conn)
    note = CreditNoteRequest(account, 1, "test", "why", D(10), reference="C-1")
    assert not isinstance((await credit_note(conn, [note], types, today=TODAY))[0], tuple)
    for number in (5,):
        back = ReversalRequest(account, number, "test", "why", reference="N-1")
        assert not isinstance((await reverse_credit_note(conn, [back], types, today=TODAY))[0], tuple)


async def test_of_many_at_once_one_is_taken_in_every_way_of_posting(pool: Pool) -> None:
    async with pool.connection() as conn:
        account = await make_account(conn)
    poster = PostingMerger(pool, TypeCatalogue(pool))

    async def merged() -> str:
        try:
            await poster.post(PostRequest((invoice(account, "10", reference="INV-1"),), "test"))
        except Refused as refused:
            return refused.refusals[0].code
        return "posted"

    async def alone() -> str:
        request = PostRequest((invoice(account, "10", reference="INV-1"),), "test")
        (answer,) = await transaction(pool, lambda conn: _post(conn, request))
        return "posted" if isinstance(answer, Posted) else answer[0].code

    async def _post(conn: Connection, request: PostRequest) -> list[Answer]:
        return await post(conn, [request], await load_types(conn))

    answers = await asyncio.gather(*(merged() for _ in range(12)), *(alone() for _ in range(4)))
    assert sorted(answers) == ["invoice_number_taken"] * 15 + ["posted"]
