"""Instalment plans on the pages: who may, what needs a second person, what is gone while the feature is off, the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from web.company import NOW, Company
from web.desk import OWN, key_in, own_books, read, send, signed_in

from solde.db import open_pool
from solde.instalments.settings import load_rules
from solde.verification import verify

ACCOUNT, PLANS, SETTINGS = "/accounts/CUST-00412", "/customers/CUST-00412/plans", "/settings/plans"
WIZARD = f"{ACCOUNT}/actions/plan"


@pytest.fixture
def dsn(server_url: str, template: str) -> Iterator[str]:
    with own_books(server_url, template) as (made, _):
        yield made


@pytest.fixture
def company(books: tuple[str, Company]) -> Company:
    return books[1]


async def open_debits(dsn: str) -> list[int]:
    """Open invoices of the account that are not disputed."""
    query = (
        "select i.number from open_item i join account_directory d using (account_id) "
        "where d.code = 'CUST-00412' and i.side = 1 and i.class = 'I' and i.disputed = 0 order by i.number"
    )
    async with open_pool(dsn) as pool, pool.connection() as conn:
        return [row[0] for row in await (await conn.execute(query.encode())).fetchall()]


async def states(dsn: str) -> list[str]:
    async with open_pool(dsn) as pool:
        async with pool.connection() as conn:
            found = await (
                await conn.execute("select state from instalment_plan_state order by plan_number")
            ).fetchall()
        assert (await verify(pool, now=NOW)).differences == ()
    return [row[0] for row in found]


def row_fields(text: str) -> dict[str, list[str]]:
    """The rows of the table as a browser would send them."""
    return {
        "due": re.findall(r'name="due" value="([^"]*)"', text),
        "amount": re.findall(r'name="amount" value="([^"]*)"', text),
        "made_for": re.findall(r'name="made_for" value="([^"]*)"', text)[:1],
    }


WISH = {"unit": "MONTH", "start": "FIRST_DAY_OF_NEXT_MONTH", "first_date": "", "remainder": "FIRST", "instalment": ""}


async def test_the_wizard_proposes_and_the_rows_that_were_changed_count(dsn: str) -> None:
    number = (await open_debits(dsn))[0]
    async with signed_in(dsn, "admin", "alex") as alex:
        page = await read(alex, f"{WIZARD}?n={number}")
        rows = row_fields(page)
        assert rows["due"] == ["1 Dec 2026", "1 Jan 2027", "1 Feb 2027"]
        fields = {"key": key_in(page), "n": str(number), "count": "3", **WISH, "note": "by letter"}
        wrong = {**rows, "amount": ["1", *rows["amount"][1:]]}
        refused = await alex.post(WIZARD, data={**fields, **wrong, "as": "draft"}, headers=OWN, follow_redirects=False)
        assert refused.status_code == 422
        assert "add up to" in refused.text
        late = {**rows, "due": ["2026-12-01", "2027-01-01", "2027-08-02"]}
        done = await alex.post(WIZARD, data={**fields, **late, "as": "draft"}, headers=OWN, follow_redirects=False)
        assert (done.status_code, done.headers["location"]) == (303, PLANS)
        assert "2 Aug 2027" in await read(alex, f"{ACCOUNT}/plans/1")
        other = {**rows, "due": ["2026-12-01", "2027-01-01", "2027-08-02"]}
        fresh = await alex.post(
            f"{WIZARD}/preview", data={**fields, **other, "count": "2"}, headers={**OWN, "solde-dialog": "1"}
        )
        assert row_fields(fresh.text)["due"] == ["1 Dec 2026", "1 Jan 2027"]
    assert await states(dsn) == ["DRAFT"]


async def test_a_form_sent_twice_makes_one_plan(dsn: str) -> None:
    number = (await open_debits(dsn))[0]
    async with signed_in(dsn, "admin", "alex") as alex:
        fields = {"key": "once", "n": str(number), "count": "2", **WISH, "as": "activate"}
        assert await send(alex, WIZARD, **fields) == await send(alex, WIZARD, **fields) == ACCOUNT
    assert await states(dsn) == ["ACTIVE"]


async def test_above_the_limit_the_draft_waits_for_a_second_person(dsn: str) -> None:
    number = (await open_debits(dsn))[0]
    async with open_pool(dsn) as pool, pool.connection() as conn:
        await conn.execute("update approval_limit set single_most = 1 where kind = 'instalment_plan'")
    async with signed_in(dsn, "controller", "cleo") as cleo:
        page = await read(cleo, f"{WIZARD}?n={number}")
        await send(cleo, WIZARD, key=key_in(page), n=str(number), count="2", **WISH, **{"as": "activate"})
        assert "Draft" in await read(cleo, PLANS)
    assert await states(dsn) == ["DRAFT"]
    async with signed_in(dsn, "admin", "alex") as alex:
        shown = await read(alex, "/approvals/1")
        assert "Instalment plan" in shown
        decide = await read(alex, "/approvals/1/approve")
        await send(alex, "/approvals/1/approve", key=key_in(decide), reason="fine")
    assert await states(dsn) == ["ACTIVE"]


@pytest.mark.parametrize("role", ["viewer", "agent", "cashier", "auditor"])
async def test_other_roles_look_and_do_nothing(dsn: str, role: str) -> None:
    number = (await open_debits(dsn))[0]
    async with signed_in(dsn, "admin", "alex") as alex:
        await send(alex, WIZARD, key="k", n=str(number), count="2", **WISH, **{"as": "draft"})
    async with signed_in(dsn, role, "vera") as vera:
        assert "Create instalment plan" not in await read(vera, ACCOUNT)
        assert "plan-activate" not in await read(vera, f"{ACCOUNT}/plans/1")
        await read(vera, f"{WIZARD}?n={number}", 403)
        await read(vera, f"{ACCOUNT}/actions/plan-activate?plan=1", 403)
        await read(vera, f"{SETTINGS}/rules/-", 403)


async def test_while_the_feature_is_off_there_is_none_of_it(dsn: str) -> None:
    number = (await open_debits(dsn))[0]
    async with signed_in(dsn, "admin", "alex") as alex:
        await send(alex, WIZARD, key="k", n=str(number), count="2", **WISH, **{"as": "draft"})
        page = await read(alex, "/settings/features/instalment_plans")
        await send(alex, "/settings/features/instalment_plans", key=key_in(page), version="1", on="false")
        balance = await read(alex, ACCOUNT)
        assert PLANS not in balance
        assert "Create instalment plan" not in balance
        assert SETTINGS not in await read(alex, "/settings")
        for gone in (PLANS, f"{ACCOUNT}/plans/1", f"{WIZARD}?n={number}", SETTINGS, f"{SETTINGS}/rules/-"):
            await read(alex, gone, 404)
    assert await states(dsn) == ["DRAFT"]


async def test_the_rule_is_changed_on_the_settings_page(dsn: str) -> None:
    async with signed_in(dsn, "admin", "alex") as alex:
        page = await read(alex, f"{SETTINGS}/rules/-")
        fields = {
            "version": "1", "default_count": "6", "most_count": "12", "start": "TODAY", "unit": "WEEK",
            "remainder": "LAST", "shift": "PREVIOUS", "grace_days": "", "interest": "2,5", "currency-0": "*",
            "currency-1": "gbp", "least-1": "50", "most-1": "1 000", "least_instalment-1": "10", "fee-1": "5",
        }  # fmt: skip
        assert await send(alex, f"{SETTINGS}/rules/-", key=key_in(page), **fields) == SETTINGS
        text = await read(alex, SETTINGS)
        assert "6, 12 at most" in text
        assert "2.5 % a year" in text
        assert "from 50.00, to 1 000.00, instalment from 10.00, fee 5.00" in text.replace("\u202f", " ")
        stale = await send(alex, f"{SETTINGS}/rules/-", 422, key="k2", **fields)
        assert "version" in stale
        bad = await send(
            alex,
            f"{SETTINGS}/rules/-",
            422,
            key="k3",
            **{**fields, "version": "2", "least-1": "2000", "grace_days": "x"},
        )
        assert bad.count('role="alert"') >= 1
    async with open_pool(dsn) as pool, pool.connection() as conn:
        rule = (await load_rules(conn))[0]
    assert (rule.default_count, rule.grace_days, rule.version) == (6, None, 2)
    assert sorted(rule.limits) == ["*", "GBP"]


async def test_holidays_are_typed_a_day_a_line(dsn: str) -> None:
    async with signed_in(dsn, "admin", "alex") as alex:
        place = f"{SETTINGS}/holidays/MAIN"
        page = await read(alex, place)
        wrong = await send(alex, place, 422, key=key_in(page), holidays="tomorrow Feast")
        assert "no day" in wrong
        await send(alex, place, key="h2", holidays="2026-12-01 Feast\n\n2026-12-25 Christmas")
        assert "Christmas" in await read(alex, SETTINGS)
        number = (await open_debits(dsn))[0]
        assert row_fields(await read(alex, f"{WIZARD}?n={number}"))["due"][0] == "2 Dec 2026"


async def test_hostile_text_in_a_plan_is_only_text(dsn: str) -> None:
    number = (await open_debits(dsn))[0]
    async with signed_in(dsn, "admin", "alex") as alex:
        note = "<script>alert(1)</script>"
        await send(alex, WIZARD, key="k", n=str(number), count="2", note=note, **WISH, **{"as": "draft"})
        for path in (PLANS, f"{ACCOUNT}/plans/1"):
            answer = await alex.get(path, headers={"accept": "text/html"})
            assert "<script>alert" not in answer.text
            assert "&lt;script&gt;alert" in answer.text
