"""The form of a customer: created, checked field by field, changed, two people at once; states and closing."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator

import pytest
from web.company import LONG_NAME, NOW, Company
from web.desk import OWN, Client, guest, key_in, own_books, read, send, signed_in

from solde.access import Permission
from solde.access.rules.permissions import PEOPLE, PERMISSIONS
from solde.app.web import i18n
from solde.app.web.pages import customer_fields, customer_form, customer_levels, customer_state
from solde.customers import (
    CustomerKind,
    Level,
    NewAccount,
    NewCustomer,
    account_form,
    add_accounts,
    billing_account_form,
    create_customers,
    creation_form,
    edit_form,
    user_account_form,
)
from solde.db import Connection, open_pool

NEW = "/new/customer"
HOSTILE = '"><script>alert(1)</script>{{ 7*7 }}'
PERSON = {
    "last_name": "Martin", "first_name": "Léa", "email": "lea@example.com", "payment_method": "DIRECTDEBIT",
}  # fmt: skip


@pytest.fixture(scope="module")
def own(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as books:
        yield books


async def filled(client: Client, kind: str = "company", **fields: str) -> dict[str, str]:
    """The fields of a new form as it opens, with some filled in."""
    text = await read(client, f"{NEW}?kind={kind}")
    return {**values_in(text), **PERSON, **fields}


def values_in(text: str) -> dict[str, str]:
    """What stands in the fields of the form on a page."""
    form = text[text.index('class="customer-form"') :]
    found = dict(re.findall(r'<input[^>]* name="([^"]+)" value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else ""
    seen = re.search(r'name="seen" value="(.*?)">', form)
    return found | ({"seen": seen.group(1)} if seen else {})


async def make(client: Client, **fields: str) -> str:
    """Create a company; gives its code."""
    return (await send(client, NEW, **await filled(client, **{"name": "Hélios SARL", **fields}))).rpartition("/")[2]


async def opened(client: Client, code: str, query: str = "") -> dict[str, str]:
    """What stands in the form by which a customer is changed."""
    return values_in(await read(client, f"/customers/{code}/edit{query}"))


async def test_a_new_form_is_filled_with_what_most_customers_of_the_seller_have(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-defaults") as client:
        values = await filled(client)
    wanted = {"country": "FR", "language": "fr", "currency": "EUR", "billing_cycle": "MONTHLY", "seller": "MAIN"}
    assert {name: values[name] for name in wanted} == wanted


async def test_a_company_is_created_and_leads_to_its_page(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-new") as client:
        code = await make(client, country="Germany", vat_number="DE136695976", credit_limit="1 500,50")
        values = await opened(client, code)
    assert code.startswith("CUST-")
    assert (values["country"], values["vat_number"], values["account-credit_limit"]) == ("DE", "DE136695976", "1500.5")


async def test_an_individual_is_created_with_a_name_made_of_the_names(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-person") as client:
        place = await send(client, NEW, **await filled(client, "individual", birth_date="1990-02-03"))
        text = await read(client, f"{place}/edit")
    assert "Edit Léa Martin" in text


async def test_everything_wrong_is_told_beside_its_field_and_counted_on_its_tab(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-wrong") as client:
        wrong = await filled(client, name="", registration_number="12", email="no", payment_method="", iban="FR76")
        text = await send(client, NEW, 422, **wrong)
    assert "5 fields are to be corrected" in text
    assert re.findall(r'id="to-(\w+)">[^<]*<span class="count" data-count>(\d)', text) == [
        ("general", "2"), ("contact", "1"), ("paying_account", "2"),
    ]  # fmt: skip
    assert "'12' is no registration number of FR." in text
    assert key_in(text) == wrong["key"]
    assert values_in(text)["last_name"] == "Martin"


async def test_a_form_sent_twice_makes_one_customer(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-twice") as client:
        fields = await filled(client, name="Once Ltd.")
        assert await send(client, NEW, **fields) == await send(client, NEW, **fields)
        await send(client, NEW, 422, **{**fields, "name": "Another Ltd."})


async def test_a_code_that_is_taken_is_told_beside_it(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-taken") as client:
        await make(client, code="TAKEN-1")
        text = await send(client, NEW, 422, **await filled(client, name="Other", code="TAKEN-1"))
    assert "There is already a customer 'TAKEN-1'." in text


async def test_another_kind_keeps_what_is_typed(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-switch") as client:
        text = await send(client, NEW, 200, **await filled(client, city="Ulm", switch="INDIVIDUAL"))
    assert "New individual" in text
    assert values_in(text)["city"] == "Ulm"


async def check(client: Client, field: str, **fields: str) -> dict[str, dict[str, str]]:
    answer = await client.post("/new/customer/check", data={"field": field, **fields}, headers=OWN)
    assert answer.status_code == 200, answer.text
    told: dict[str, dict[str, str]] = answer.json()
    return told


async def test_a_field_is_checked_as_it_is_left(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-check") as client:
        code = await make(client, code="CHECKED")
        bad = await check(client, "vat_number", vat_number="FR12", country="FR", email="also wrong")
        assert bad["wrong"] == {"vat_number": "'FR12' is no VAT number of FR."}
        again = await check(client, "country", country="Germany", vat_number="FR40303265045", phone="030 12")
        assert again["codes"] == {"country": "DE"}
        assert set(again["checked"]) == {"country", "vat_number", "phone"}
        assert "already" in (await check(client, "code", code=code))["wrong"]["code"]
        assert (
            "no account"
            in (await check(client, "account-payer", **{"account-payer": "NOBODY"}))["wrong"]["account-payer"]
        )
        assert (await check(client, "email", email=""))["wrong"] == {}
        for odd in ("", "no-such", "seller", "__class__", "a-b-c", "payer", "birth_date"):
            assert "wrong" in await check(client, odd, **{odd or "x": "\0\ud7ff" + HOSTILE})


async def test_what_is_typed_is_never_markup(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-hostile") as client:
        code = await make(client, name=HOSTILE, city=HOSTILE[:90])
        fields = await filled(client, **dict.fromkeys(("name", "city", "email", "country", "payer", "code"), HOSTILE))
        for answer in (
            await client.post(NEW, data=fields, headers=OWN),
            await client.get(f"/customers/{code}/edit"),
            await client.get(f"/customers/{code}/close"),
        ):
            assert "<script>alert" not in answer.text
            assert "&lt;script&gt;alert(1)" in answer.text or answer.status_code == 403
            assert "49" not in answer.text.partition("<h1>")[2].partition("</h1>")[0]


async def test_only_what_was_changed_is_saved_and_told(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-edit") as client:
        code = await make(client)
        values = await opened(client, code)
        changed = {**values, "city": "Lyon", "billing-billing_cycle": "YEARLY", "reason": "They moved"}
        assert await send(client, f"/customers/{code}/edit", **changed) == f"/customers/{code}"
        now = await opened(client, code)
    assert (now["city"], now["billing-billing_cycle"], now["name"]) == ("Lyon", "YEARLY", "Hélios SARL")


async def test_a_form_without_changes_saves_nothing(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-same") as client:
        code = await make(client)
        values = await opened(client, code)
        await send(client, f"/customers/{code}/edit", **values)
        assert (await opened(client, code))["seen"] == values["seen"]


async def test_what_is_wrong_below_the_customer_stands_at_its_own_field(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-below") as client:
        code = await make(client)
        bad = {"city": "Lyon", "account-iban": "FR1", "billing-email": "no", "account-payment_terms": ""}
        text = await send(client, f"/customers/{code}/edit", 422, **{**await opened(client, code), **bad})
        assert set(re.findall(r'aria-invalid="true" aria-describedby="n-([\w-]+)"', text)) >= {
            "account-iban",
            "billing-email",
        }
        assert (await opened(client, code))["city"] == ""


async def test_two_people_at_once_lose_nothing_of_each_other(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "ann") as ann, signed_in(own[0], "agent", "bob") as bob:
        code = await make(ann)
        edit, hers, his = f"/customers/{code}/edit", await opened(ann, code), await opened(bob, code)
        await send(ann, edit, **{**hers, "city": "Lyon", "region": "Rhône"})
        text = await send(bob, edit, 409, **{**his, "city": "Paris", "legal_form": "SARL"})
        assert "Changed meanwhile by ann" in text
        again = values_in(text)
        assert (again["city"], again["region"], again["legal_form"]) == ("Paris", "Rhône", "SARL")
        assert await send(bob, edit, **again) == f"/customers/{code}"
        now = await opened(bob, code)
    assert (now["city"], now["region"], now["legal_form"]) == ("Paris", "Rhône", "SARL")


async def test_a_form_of_another_customer_is_not_taken(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-mixed") as client:
        one, other = await make(client), await make(client)
        mixed = {**await opened(client, one), "seen": (await opened(client, other))["seen"], "city": "Lyon"}
        await send(client, f"/customers/{one}/edit", 422, **mixed)
        for broken in ("", "[]x", "{}", '[{"level":"customer"}]'):
            await send(client, f"/customers/{one}/edit", 422, **{**mixed, "seen": broken})
        assert (await opened(client, other))["city"] == ""


async def test_an_account_is_blocked_with_a_reason_and_activated_again(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "admin", "admin-block") as client:
        code = await make(client)
        path = f"/accounts/{code}/state"
        text = await read(client, f"{path}?state=BLOCKED")
        fields = {"key": key_in(text), "state": "BLOCKED", "back": f"/customers/{code}"}
        assert "A reason of 1 to 500" in await send(client, path, 422, **fields)
        assert await send(client, path, **fields, reason="Card stolen") == f"/customers/{code}"
        assert "Card stolen" in await read(client, f"{path}?state=ACTIVE")
        assert "in that state already" in await read(client, f"{path}?state=BLOCKED")
        away = {"key": "k2", "state": "ACTIVE", "reason": "Found", "back": "//elsewhere.example"}
        assert await send(client, path, **away) == f"/accounts/{code}"


async def test_without_a_state_named_those_it_may_have_are_offered(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "admin", "admin-choose") as client:
        code = await make(client)
        path = f"/accounts/{code}/state"
        text = await read(client, path)
        assert re.findall(r'type="radio" name="state" value="(\w+)"', text) == ["BLOCKED", "SUSPENDED", "CLOSED"]
        assert "Choose a state" in await send(client, path, 422, key=key_in(text), reason="Late")
        assert "Choose a state" in await send(client, path, 422, key=key_in(text), state="GONE", reason="Late")
        await send(client, path, key=key_in(text), state="SUSPENDED", reason="Late")


async def test_what_holds_an_account_open_is_told_with_amounts(own: tuple[str, Company]) -> None:
    dsn, company = own
    async with signed_in(dsn, "controller", "controller-close") as client:
        text = await read(client, f"/accounts/{company.easycall}/state?state=CLOSED")
        assert "What holds it open" in text
        assert re.search(r"Owes.*?<abbr>DR</abbr></span> EUR", text, re.DOTALL)
        fields = {"key": key_in(text), "state": "CLOSED", "reason": "Left"}
        assert "What holds it open" in await send(client, f"/accounts/{company.easycall}/state", 422, **fields)


async def test_a_customer_that_owes_nothing_is_closed_with_its_accounts(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "admin", "admin-close") as client:
        code = await make(client)
        path = f"/customers/{code}/close"
        text = await read(client, path)
        fields = {"key": key_in(text), "reason": "Left"}
        assert await send(client, path, **fields) == f"/customers/{code}"
        assert await send(client, path, **fields) == f"/customers/{code}"
        assert "closed already" in await read(client, path)
        opened_again = {"key": "again", "state": "ACTIVE", "reason": "Came back"}
        assert await send(client, f"/accounts/{code}/state", **opened_again) == f"/accounts/{code}"


@pytest.mark.parametrize("role", ["viewer", "cashier", "auditor"])
async def test_a_role_that_may_not_change_customers_is_told_so(own: tuple[str, Company], role: str) -> None:
    code = own[1].easycall
    async with signed_in(own[0], role, f"{role}-none") as client:
        for path in (
            NEW,
            f"/customers/{code}/edit",
            f"/customers/{code}/close",
            f"/accounts/{code}/state?state=BLOCKED",
        ):
            await read(client, path, 403)
            await send(client, path.partition("?")[0], 403, key="k", state="BLOCKED", reason="x")


@pytest.mark.parametrize("state", ["ACTIVE", "BLOCKED", "SUSPENDED", "CLOSED"])
async def test_every_state_is_for_those_who_may_block_activate_and_close(own: tuple[str, Company], state: str) -> None:
    path = f"/accounts/{own[1].easycall}/state?state={state}"
    for role in PEOPLE:
        may = Permission.CUSTOMER_CLOSE in PERMISSIONS[role]
        async with signed_in(own[0], role, f"{role}-{state}") as client:
            assert (await client.get(path)).status_code == (200 if may else 403), role


async def test_who_changes_customers_need_not_close_them(own: tuple[str, Company]) -> None:
    code = own[1].easycall
    async with signed_in(own[0], "agent", "agent-only") as client:
        await read(client, f"/accounts/{code}/state?state=CLOSED", 403)
        await read(client, f"/customers/{code}/close", 403)
        await send(client, f"/accounts/{code}/state", 403, key="k", state="CLOSED", reason="x")
    async with guest(own[0]) as client:
        await send(client, f"/accounts/{code}/state", 403, key="k", state="BLOCKED", reason="x")


async def test_a_customer_of_another_seller_is_not_there(own: tuple[str, Company]) -> None:
    code = own[1].easycall
    async with signed_in(own[0], "admin", "admin-other", "OTHER") as client:
        for path in (f"/customers/{code}/edit", f"/customers/{code}/close", f"/accounts/{code}/state?state=BLOCKED"):
            await read(client, path, 404)
            await send(client, path.partition("?")[0], 404, key="k", state="BLOCKED", reason="x")


async def test_a_long_name_and_a_customer_that_is_not_there(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-long") as client:
        assert LONG_NAME in await read(client, f"/customers/{own[1].long_name}/edit")
        await read(client, "/customers/NOBODY/edit", 404)


async def write(dsn: str, work: Callable[[Connection], Awaitable[object]]) -> None:
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        await work(conn)


async def test_an_incomplete_customer_says_what_is_missing_and_is_complete_once_it_is_there(
    own: tuple[str, Company],
) -> None:
    bare = NewCustomer(code="BARE", name="Bare", payment_mode=None, currency=None, **PERSON)
    await write(own[0], lambda c: create_customers(c, [bare], actor="test", now=NOW, allow_incomplete=True))
    async with signed_in(own[0], "agent", "agent-incomplete") as client:
        text = await read(client, "/customers/BARE/edit")
        assert "This customer is incomplete" in text
        assert 'href="#f-billing-billing_cycle"' in text
        assert "Currency, which saving confirms" in text
        given = {"country": "FR", "language": "fr", "category": "BUSINESS", "account-payment_terms": "NET30"}
        more = {"billing-billing_cycle": "MONTHLY", "billing-tax_category": "STANDARD"}
        await send(client, "/customers/BARE/edit", **{**values_in(text), **given, **more})
        now = await read(client, "/customers/BARE/edit")
    assert "This customer is incomplete" not in now
    # The billing account, which had none of its own, follows the customer.
    assert values_in(now)["billing-country"] == "FR"


async def test_each_account_of_a_customer_is_reached_and_changed_by_itself(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-several") as client:
        code = await make(client, code="SEVERAL")
        more = NewAccount(code, account_code="SECOND", currency="USD", billing_cycle="MONTHLY", tax_category="STANDARD",
                          payment_method="CARD", payment_terms="NET30", payment_mode="POSTPAID")  # fmt: skip
        await write(own[0], lambda c: add_accounts(c, [more], actor="test", now=NOW))
        assert "/customers/SEVERAL/edit?account=SECOND" in await read(client, f"/customers/{code}/edit")
        second = await opened(client, code, "?account=SECOND")
        assert second["currency"] == "USD"
        await send(client, f"/customers/{code}/edit", **{**second, "account-payment_terms": "NET60"})
        assert (await opened(client, code, "?account=SECOND"))["account-payment_terms"] == "NET60"
        assert (await opened(client, code))["account-payment_terms"] == "NET30"


def test_what_the_forms_say_is_said_in_french() -> None:
    kinds = list(CustomerKind)
    tabs = [tab for kind in kinds for tab in creation_form(kind)]
    tabs += [tab for kind in kinds for level in Level for tab in edit_form(level, kind)]
    tabs += [*account_form(), *billing_account_form(), *user_account_form()]
    tables = (
        customer_fields.LEGENDS, customer_form.TITLES, customer_form.KINDS, customer_levels.LEGENDS,
        customer_state.TITLES, customer_state.CONFIRMS, customer_state.EFFECTS, customer_state.DONE,
        customer_state.BLOCKERS,
    )  # fmt: skip
    said = {words for table in tables for words in table.values()}
    said |= {tab.label for tab in tabs} | {
        text for tab in tabs for f in tab.fields for text in (f.label, f.hint) if text
    }
    assert sorted(said - i18n.catalogue("fr").keys()) == []


async def test_a_customer_that_may_be_there_already_is_pointed_out_when_it_is_made(own: tuple[str, Company]) -> None:
    async with signed_in(own[0], "agent", "agent-twice") as client:
        first = await make(client, name="Doppel Beispiel GmbH", country="DE")
        place = await send(client, NEW, **await filled(client, name="DOPPEL Beispiel GmbH", country="DE"))
        text = await read(client, place)
    assert f"Perhaps there already: {first}, Doppel Beispiel GmbH (same name and country)" in text
