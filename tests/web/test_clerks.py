"""What a clerk sees at a desk: signs that add up, buttons that say why not, a way to every payment, words in one's language."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from web.company import Company
from web.desk import Client, key_in, own_books, read, send, signed_in

from solde.app.web import i18n

FRENCH = "%7B%22language%22%3A%22fr%22%7D"


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


@pytest.fixture
async def ada(books: tuple[str, Company]) -> AsyncIterator[Client]:
    """An administrator."""
    async with signed_in(books[0], "admin", "Ada of the desk") as client:
        yield client


def bare(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


async def adjusted(client: Client, path: str, **fields: str) -> str:
    """Go through the wizard; gives the summary in words."""
    form = await read(client, f"{path}?type={fields['type']}")
    summary = await send(client, f"{path}/summary", 200, key=key_in(form), **fields)
    await send(client, path, 303, key=key_in(summary), **fields)
    return bare(summary)


async def test_net_and_tax_of_unbilled_items_have_the_sign_and_the_decimals_of_their_gross(
    ada: Client, books: tuple[str, Company]
) -> None:
    path = f"/accounts/{books[1].easycall}/adjust"
    await adjusted(ada, path, type="manual_charge", amount="5.00", service="CALLS", visible="", internal="")
    await adjusted(ada, path, type="manual_credit", amount="5.50", service="CALLS", visible="", internal="")
    tab = await read(ada, f"/customers/{books[1].easycall}/unbilled")
    minus = "\N{MINUS SIGN}"
    assert re.findall(r'title="[^"]*">(\S+)</span></td>', tab) == [f"{minus}4.58", f"{minus}0.92", "4.17", "0.83"]
    assert f"Gross {minus}0.50 EUR to be credited Net {minus}0.42 EUR Tax {minus}0.08 EUR" in bare(tab).replace(
        "GBP", "EUR"
    )
    assert "overpaid" not in bare(tab)


async def test_a_payment_of_the_wizard_has_its_day_and_its_reference_and_says_what_it_pays(
    ada: Client, books: tuple[str, Company]
) -> None:
    code = books[1].easycall
    said = await adjusted(
        ada, f"/accounts/{code}/adjust", type="manual_payment", amount="150", method="CHECK", date="22/11/2026",
        reference="cheque 4711", visible="", internal="",
    )  # fmt: skip
    assert re.search(r"What it pays Operation Due Amount \w{3} INV-\S+ \d+ \w{3} 2026 ", said), said
    assert "Date 22 Nov 2026 Reference cheque 4711" in said
    found = await read(ada, f"/accounts/{code}?q=cheque+4711")
    assert "22 Nov 2026" in bare(found)


async def test_payments_lead_to_the_form_of_the_account_that_is_named_or_found(
    ada: Client, books: tuple[str, Company]
) -> None:
    for page in ("/payments", "/payments/registered"):
        assert 'href="/payments/register"' in await read(ada, page)
    code = books[1].easycall
    for asked in (code, "EasyCall"):
        answer = await ada.get(f"/payments/register?account={asked}", follow_redirects=False)
        assert answer.headers["location"] == f"/accounts/{code}/actions/pay"
    assert "No account fits" in await read(ada, "/payments/register?account=nobody+at+all", 422)


async def test_who_may_not_register_payments_is_not_led_there(books: tuple[str, Company]) -> None:
    async with signed_in(books[0], "viewer", "Vera of the desk") as vera:
        assert 'href="/payments/register"' not in await read(vera, "/payments/registered")
        await read(vera, "/payments/register", 403)


async def test_paying_with_a_deposit_says_why_it_cannot_be_where_none_holds_money(
    ada: Client, books: tuple[str, Company]
) -> None:
    tab = await read(ada, f"/accounts/{books[1].easycall}")
    button = re.search(r"<a [^>]*actions/pay-by-deposit[^>]*>", tab)
    assert button is not None
    assert "No security deposit of this account holds money" in button[0]


async def test_a_limit_of_a_role_that_may_not_act_at_all_is_said_so(ada: Client) -> None:
    page = bare(await read(ada, "/settings/limits"))
    refund = re.search(r" Refund (?:may not|no limit|\d)[^A-Z]*", page)
    assert refund is not None
    assert refund[0].startswith(" Refund may not "), "a viewer may not refund"
    assert "Adjustment: E-commerce refund" in page


async def test_an_export_begins_with_a_form_that_works_as_offered(ada: Client) -> None:
    form = await read(ada, "/accounting/exports/new")
    assert re.search(r'<option value="csv" selected', form)
    fields = {"format": "csv", "from": "1 Jan 2026", "until": "30/11/2026", "seller": "", "currency": "", "siren": ""}
    assert (await send(ada, "/accounting/exports/new", key=key_in(form), **fields)).startswith("/jobs/")
    wrong = await send(ada, "/accounting/exports/new", 422, key="fec", **fields | {"format": "fec"})
    assert "the SIREN of the company is missing" in wrong.lower().replace("siren", "SIREN")


async def test_credit_notes_are_a_kind_of_their_own_beside_invoices(ada: Client, books: tuple[str, Company]) -> None:
    code = books[1].easycall
    before = await read(ada, f"/accounts/{code}")
    invoices, notes = _count(before, "Invoice"), int(_count(before, "Credit note"))
    form = await read(ada, f"/accounts/{code}/actions/credit-note?n={await _open_invoice(ada, code)}")
    await send(
        ada, f"/accounts/{code}/actions/credit-note", key=key_in(form), n=await _open_invoice(ada, code), amount="1",
        date="", reference="CN-1", reason="wrong price", comment="",
    )  # fmt: skip
    whole = await read(ada, f"/accounts/{code}")
    assert (_count(whole, "Invoice"), _count(whole, "Credit note")) == (invoices, str(notes + 1))
    listed = await read(ada, f"/accounts/{code}?class=CRN")
    assert len(re.findall("<tr data-key=", listed)) == notes + 1
    assert _count(listed, "Invoice") == invoices, "the other kinds are counted as before"


def _count(text: str, kind: str) -> str:
    found = re.search(rf'aria-label="Classes".*?>{kind} <span>(\d+)</span>', text, re.DOTALL)
    assert found is not None, kind
    return found[1]


async def _open_invoice(client: Client, code: str) -> str:
    listed = await read(client, f"/accounts/{code}?class=I&matching_status=O")
    found = re.search(r'<tr data-key="(\d+)"', listed)
    assert found is not None
    return found[1]


async def test_what_is_shipped_has_its_name_in_french(ada: Client, books: tuple[str, Company]) -> None:
    ada.cookies.set("solde_likes", FRENCH)
    text = bare(await read(ada, f"/accounts/{books[1].easycall}"))
    assert "Solde par défaut" in text
    assert "Dépôts de garantie" in text
    for english in ("Payment by", "Default balance", "Write-off", "Invoice "):
        assert english not in text, english


def test_every_shipped_name_has_its_french() -> None:
    from pathlib import Path

    shipped = Path(__file__).parents[2] / "src/solde/db/migrations/sql"
    named = "operation_type|service|customer_category|billing_cycle|tax_category|payment_method|payment_terms|delivery|litigation_reason|general_account|accounting_journal|accounting_tax"
    labels = {
        label
        for file in shipped.glob("*.sql")
        for block in re.findall(
            rf"^insert into (?:{named}) \(code, label.*?;$", file.read_text(), re.DOTALL | re.MULTILINE
        )
        for label in re.findall(r"^\('[A-Z0-9_]+', '([^']+)'", block, re.MULTILINE)
    }
    assert len(labels) > 80
    assert sorted(labels - set(i18n.catalogue("fr"))) == []
