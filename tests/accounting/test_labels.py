"""What journals are called and which account takes which tax can be changed; what was written stays."""

from __future__ import annotations

import pytest
from ledger import D, invoice, make_account, post_all, rows

from solde.accounting import generate
from solde.accounting.journal_labels import list_journals, list_taxes, save_journal, save_tax
from solde.accounting.model import Journal
from solde.accounting.rules import TaxRate
from solde.db import Connection, Pool
from solde.kernel.refusals import Refused

VERBS = "select verb, before ->> 'label', after ->> 'label' from audit_record where verb = %(verb)s"


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [one.code for one in refused.value.refusals]


async def test_a_journal_is_called_otherwise_and_the_audit_log_says_so(conn: Connection) -> None:
    saved = await save_journal(conn, Journal("SAL", "Ventes", 1), known=1, actor="anna")
    assert (saved.label, saved.version) == ("Ventes", 2)
    assert {one.code: one.label for one in await list_journals(conn)}["SAL"] == "Ventes"
    found = await rows(conn, VERBS, verb="accounting_journal_save")
    assert found == [("accounting_journal_save", "Sales", "Ventes")]


async def test_a_journal_changed_meanwhile_is_refused(conn: Connection) -> None:
    await save_journal(conn, Journal("SAL", "Ventes", 1), known=1, actor="anna")
    with pytest.raises(Refused) as refused:
        await save_journal(conn, Journal("SAL", "Verkauf", 1), known=1, actor="bert")
    assert codes(refused) == ["version_differs"]
    with pytest.raises(Refused) as refused:
        await save_journal(conn, Journal("SAL", "Verkauf", 0), known=None, actor="bert")
    assert codes(refused) == ["accounting_code_taken"]


@pytest.mark.parametrize(
    ("code", "label"), [("", "x"), ("A B", "x"), ("X" * 21, "x"), ("PUR", " "), ("PUR", "x" * 101)]
)
async def test_an_impossible_journal_is_refused(conn: Connection, code: str, label: str) -> None:
    with pytest.raises(Refused) as refused:
        await save_journal(conn, Journal(code, label, 0), known=None, actor="anna")
    assert codes(refused) == ["journal_invalid"]


async def test_entries_made_after_a_change_have_the_new_tax_account(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    await post_all(conn, invoice(account, "120", net=D(100), tax=D(20)))
    await generate(pool, actor="test")
    await save_tax(conn, TaxRate("VAT_20", "VAT 20 %", D(20), "445712"), known=1, actor="anna")
    await post_all(conn, invoice(account, "60", net=D(50), tax=D(10)))
    await generate(pool, actor="test")
    of_tax = "select general_account, amount from journal_entry where tax_code = 'VAT_20' order by number"
    assert await rows(conn, of_tax) == [("44571", D(20)), ("445712", D(10))]


async def test_a_new_rate_takes_what_was_mixed_before(pool: Pool, conn: Connection) -> None:
    account = await make_account(conn)
    await save_tax(conn, TaxRate("VAT_33", "VAT 33 %", D(33), "445733"), known=None, actor="anna")
    await post_all(conn, invoice(account, "133", net=D(100), tax=D(33)))
    await generate(pool, actor="test")
    assert await rows(conn, "select tax_code from journal_entry where tax_code is not null") == [("VAT_33",)]


async def test_each_rate_has_one_tax_also_the_one_without_a_rate(conn: Connection) -> None:
    for rate in (D(20), None):
        with pytest.raises(Refused) as refused:
            await save_tax(conn, TaxRate("OTHER", "Other", rate, None), known=None, actor="anna")
        assert codes(refused) == ["tax_rate_taken"]
    assert [one.code for one in await list_taxes(conn)][-1] == "VAT_MIXED"


@pytest.mark.parametrize(
    "tax",
    [
        TaxRate("vat", "x", D(3), None),
        TaxRate("VAT", "", D(3), None),
        TaxRate("VAT", "x", D(-1), None),
        TaxRate("VAT", "x", D("100.001"), None),
        TaxRate("VAT", "x", D("2.12345"), None),
        TaxRate("VAT", "x", D(3), "44 57"),
    ],
)
async def test_an_impossible_tax_is_refused(conn: Connection, tax: TaxRate) -> None:
    with pytest.raises(Refused) as refused:
        await save_tax(conn, tax, known=None, actor="anna")
    assert codes(refused) == ["tax_invalid"]


async def test_what_is_not_there_is_not_changed(conn: Connection) -> None:
    with pytest.raises(Refused) as refused:
        await save_tax(conn, TaxRate("NONE", "x", D(3), None), known=1, actor="anna")
    assert codes(refused) == ["unknown_tax"]
    with pytest.raises(Refused) as refused:
        await save_journal(conn, Journal("NONE", "x", 1), known=1, actor="anna")
    assert codes(refused) == ["unknown_journal"]
