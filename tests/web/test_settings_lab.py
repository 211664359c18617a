"""Customer balances and the definition lab: tried on real data, told where it is wrong, saved once and knowingly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape

import pytest
from web.company import Company
from web.desk import OWN, Client, key_in, own_books, read, send, signed_in

from solde.app.web.pages.settings.balances import moved
from solde.app.web.pages.settings.differences import TextDifference, differences
from solde.app.web.pages.settings.trying import Wrong, wrong_of
from solde.balances import ChoiceKind, Draft, TypeChoice
from solde.balances.rules import check_draft

HOSTILE = '<img src=x onerror=alert(1)>"'
LAB = "/settings/balance-lab"
DUNNING = (
    "#{ accountOperation.type == 'I' && accountOperation.dueDate < currentDate &&"
    " (accountOperation.matchingStatus == 'O' || accountOperation.matchingStatus == 'P') }"
)
FORM = {"label": "Arrears", "code": "dunning", "existing": "true", "debit": "all", "credit": "all", "measure": "open"}


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


@pytest.fixture(scope="module")
def dsn(books: tuple[str, Company]) -> str:
    return books[0]


async def attempt(client: Client, **fields: str | Sequence[str]) -> str:
    """Try a draft; gives the part of the page that the editor's script takes."""
    answer = await client.post(LAB, data={**FORM, **fields}, headers={**OWN, "solde-lab": "1"})
    assert answer.status_code == 200, answer.text[:1500]
    return unescape(answer.text)


def problems(expression: str, **more: object) -> list[Wrong]:
    draft = Draft("x", "X", expression=expression, **more)  # type: ignore[arg-type]
    found = wrong_of(check_draft(draft, {}), draft)
    return [*found["expression"], *found["measure"]]


async def test_the_shipped_definition_tried_as_it_is_changes_nothing(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 1") as alex:
        text = await attempt(alex, expression=DUNNING)
        assert "No account’s balance changes" in text
        for code in ("default", "dunning", "security_deposit", "current"):
            page = await read(alex, f"/settings/balances/{code}/edit")
            assert "#{ accountOperation." in page


async def test_a_change_shows_totals_movers_and_operations_that_go_out(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 2") as alex:
        text = await attempt(alex, expression=DUNNING.replace("}", "&& accountOperation.amount > 2000 }"))
    assert "Accounts that move most" in text
    assert 'href="/accounts/' in text
    assert ">out</span>" in text
    assert ">in</span>" not in text
    assert re.search(r"Worked out in \d+ ms from", text)


async def test_a_division_by_zero_is_no_fault(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 3") as alex:
        text = await attempt(
            alex, expression="#{ accountOperation.amount / (accountOperation.amount - accountOperation.amount) > 1 }"
        )
        assert "No operation is taken" in text
        text = await attempt(
            alex, measure="expression", measure_expression="#{ accountOperation.amount / 0 }", expression=""
        )
        assert "Worked out in" in text


@pytest.mark.parametrize(
    ("expression", "line", "place", "near", "words"),
    [
        ("#{ accountOperation.amnt > 1 }", 1, 4, "accountOperation.amount", "Unknown property"),
        ("#{ true &&\n  accountOperation.amount > 'x' }", 2, 27, "", "Cannot compare number with text"),
        ("#{ contins(accountOperation.reference, 'A') }", 1, 4, "contains", "Unknown function"),
        ("#{ ''.getClass().forName('java.lang.Runtime') }", 1, 6, "", "Unexpected"),
        ("#{ accountOperation.__class__.__mro__ == 1 }", 1, 4, "", "Unknown property"),
        ("#{ 1 == 1", 1, 10, "", "closing }"),
    ],
)
def test_a_fault_is_told_at_its_line_and_column_with_what_was_meant(
    expression: str, line: int, place: int, near: str, words: str
) -> None:
    first = problems(expression)[0]
    assert (first.line, first.place) == (line, place)
    assert words in first.words
    assert not near or first.near == near
    assert first.shown.splitlines()[-1] == " " * (place - 1) + "^"


async def test_hostile_text_is_told_as_text(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 4") as alex:
        answer = await alex.post(
            LAB,
            data={**FORM, "label": HOSTILE, "expression": HOSTILE, "debit_types": HOSTILE, "debit": "only"},
            headers=OWN,
        )
    assert HOSTILE not in answer.text
    assert HOSTILE in unescape(answer.text)


async def test_without_script_the_whole_editor_answers_and_keeps_what_was_typed(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 5") as alex:
        form = {
            **FORM,
            "label": "My label",
            "expression": "#{ accountOperation.amnt > 1 }",
            "debit": "only",
            "debit_types": ["INV_STD", "INV_FEE"],
        }
        text = unescape((await alex.post(LAB, data=form, headers=OWN)).text)
        assert "<h1>Balance “Dunning balance (arrears)”</h1>" in text
        assert 'value="My label"' in text
        assert "#{ accountOperation.amnt > 1 }\n    ^" not in text
        assert "   ^" in text
        assert 'value="INV_STD" checked' in text
        assert 'value="INV_ADV" checked' not in text
        kept = await read(
            alex,
            "/settings/balances/dunning/edit?" + str(alex.build_request("GET", "/", params=form).url).split("?")[1],
        )
        assert 'value="My label"' in kept
        assert 'value="INV_FEE" checked' in kept


async def test_a_null_character_and_a_text_without_end_are_refused_as_text(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 6") as alex:
        text = await attempt(alex, label="A\0B" + "x" * 300, expression="#{ 'a\0' == '" + "y" * 6000)
    assert "data-lab-errors" in text


async def test_a_new_balance_is_confirmed_saved_once_and_offered(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 7") as alex:
        form = {
            "code": "big",
            "label": "Big & bold",
            "debit": "only",
            "debit_types": "INV_STD",
            "credit": "none",
            "measure": "amount",
        }
        page = await read(alex, "/settings/new-balance/confirm?" + query(alex, form))
        assert "Only INV_STD" in page
        assert "accounts get figures" in page
        key = key_in(page)
        for _ in range(2):
            assert (
                await send(alex, "/settings/new-balance", key=key, reason="asked for", **form) == "/settings/balances"
            )
        text = await read(alex, "/settings/balances")
        assert text.index("Current balance") < text.index("Big & bold")
        assert "by Lab 7" in text
        assert "asked for" in await read(alex, "/settings/balances/big/versions")
        again = await send(alex, "/settings/new-balance", 422, key="n2", **form)
        assert "already" in again


async def test_a_change_made_from_an_old_version_shows_who_was_faster_and_can_be_put_on_top(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 8") as alex:
        form = {"code": "odd", "label": "Odd", "debit": "all", "credit": "all", "measure": "amount"}
        await send(alex, "/settings/new-balance", key="v0", **form)
        await send(alex, "/settings/balances/odd", key="v1", **{**form, "label": "Odd one", "version": "1"})
        late = await send(alex, "/settings/balances/odd", 422, key="v2", **{**form, "label": "Odd two", "version": "1"})
        assert "Lab 8 saved version 2 while you were writing" in late
        assert "<del>one</del>" in late
        assert 'name="version" value="2"' in late
        await send(alex, "/settings/balances/odd", key=key_in(late), **{**form, "label": "Odd two", "version": "2"})
        history = await read(alex, "/settings/balances/odd/versions")
        assert history.index("Version 3") < history.index("Version 2") < history.index("Version 1")
        assert "<ins>two</ins>" in history


async def test_nothing_changed_cannot_be_saved(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 9") as alex:
        form = {
            "label": "Dunning balance (arrears)",
            "expression": DUNNING,
            "measure": "open",
            "debit": "all",
            "credit": "all",
        }
        page = await read(alex, "/settings/balances/dunning/confirm?" + query(alex, form))
        assert "Nothing is different" in page
        assert "Back to the editor" in page


async def test_there_is_always_exactly_one_default_and_it_stays(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 10") as alex:
        await send(alex, "/settings/balances/current/default", key="d1", version="1")
        text = await read(alex, "/settings/balances")
        assert text.count('<span class="mark blue">Default</span>') == 1
        assert "is the default" in await send(alex, "/settings/balances/current/delete", 422, key="d2", version="2")
        assert "version 2" in await send(alex, "/settings/balances/current/default", 422, key="d3", version="1")
        await send(alex, "/settings/balances/default/default", key="d4", version="2")


async def test_balances_are_moved_and_an_order_seen_before_is_refused(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 11") as alex:
        text = await read(alex, "/settings/balances")
        order = re.search(r'name="order" value="([^"]+)"', text)
        assert order is not None
        await send(alex, "/settings/balances/dunning/move", key="o1", order=order[1], move="up")
        text = await read(alex, "/settings/balances")
        assert text.index(">dunning<") < text.index(">default<")
        await send(alex, "/settings/balances/dunning/move", key="o2", order=order[1], move="up")
        assert "not those the order was made from" in await read(alex, "/settings/balances")
        back = re.search(r'name="order" value="([^"]+)"', text)
        assert back is not None
        await send(alex, "/settings/balances/dunning/move", key="o3", order=back[1], move="down")


async def test_a_deleted_balance_is_gone_and_its_history_stays(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab 12") as alex:
        form = {"code": "gone", "label": "Gone", "debit": "all", "credit": "all", "measure": "amount"}
        await send(alex, "/settings/new-balance", key="g0", **form)
        await send(alex, "/settings/balances/gone/delete", key="g1", version="1", reason="not used")
        assert ">gone<" not in await read(alex, "/settings/balances")
        history = await read(alex, "/settings/balances/gone/versions")
        assert "Deleted" in history
        assert "not used" in history
        await read(alex, "/settings/balances/never/versions", 404)


async def test_who_is_kept_to_a_seller_tries_drafts_on_its_accounts_alone(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lab of nobody", seller="MAIN") as alex:
        assert "Worked out in" in await attempt(alex, expression="#{ accountOperation.amount > 1 }")


async def test_who_may_not_change_a_balance_reads_it(dsn: str) -> None:
    async with signed_in(dsn, "viewer", "Vera") as vera:
        text = await read(vera, "/settings/balances/dunning/edit")
        assert 'class="lab-form" disabled' in text
        assert "data-lab-save" not in text


def test_moving_beyond_the_ends_changes_nothing() -> None:
    assert moved(["a", "b", "c"], "b", -1) == ["b", "a", "c"]
    assert moved(["a", "b"], "a", -1) == ["a", "b"]
    assert moved(["a", "b"], "z", 1) == ["a", "b"]


def test_a_difference_reads_word_by_word() -> None:
    old = Draft("x", "Arrears", expression="#{ accountOperation.amount > 100 }")
    new = Draft(
        "x", "Arrears", TypeChoice(ChoiceKind.NONE), expression="#{ accountOperation.amount > 250 }", measure="open"
    )
    assert differences(old, new) == [
        TextDifference("Debits", (("gone", "All"), ("new", "None"))),
        TextDifference(
            "Expression", (("same", "#{ accountOperation.amount > "), ("gone", "100"), ("new", "250"), ("same", " }"))
        ),
        TextDifference("Measure", (("gone", "amount"), ("new", "open"))),
    ]
    assert differences(old, old) == []


def query(client: Client, form: dict[str, str]) -> str:
    return str(client.build_request("GET", "/", params=form).url).split("?")[1]
