"""What is done on the Balance tab: forms, previews by the real action, limits, refusals, once for a key."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterator
from csv import DictReader
from decimal import Decimal
from html import unescape

import pytest
from web.company import NOW, Company
from web.desk import OWN, Client, guest, key_in, own_books, read, send, signed_in

from solde.db import open_pool
from solde.verification import verify

ACCOUNT = "/accounts/CUST-00412"
ACTIONS = f"{ACCOUNT}/actions"
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


@pytest.fixture
def dsn(books: tuple[str, Company]) -> str:
    return books[0]


async def preview(client: Client, action: str, **fields: str | list[str]) -> str:
    """What a form's preview says."""
    answer = await client.post(
        f"{ACTIONS}/{action}/preview", data=fields, headers={**OWN, "solde-dialog": "1"}, follow_redirects=False
    )
    assert answer.status_code == 200, answer.text[:1500]
    return unescape(answer.text)


def seen_in(text: str) -> str:
    found = re.search(r'name="seen" value=\'?"?(\{.*?\}\})', text)
    assert found is not None, text
    return found.group(1)


async def post_fee(client: Client, amount: str = "80") -> str:
    """Post a debit by hand; gives its number."""
    reference = f"FEE-{secrets.token_hex(6)}"
    key = key_in(await read(client, f"{ACTIONS}/new?type=INV_FEE"))
    await send(client, f"{ACTIONS}/new", key=key, type="INV_FEE", amount=amount, reference=reference)
    (number,) = await rows_of(client, f"reference={reference}")
    return number


async def rows_of(client: Client, query: str) -> dict[str, list[str]]:
    """The rows of the list by number, with their kinds."""
    text = await read(client, f"{ACCOUNT}?{query}")
    return {n: kinds.split() for n, kinds in re.findall(r'<tr data-key="(\d+)"[^>]*?data-kinds="([^"]*)"', text)}


LITIGATION = {"enter-litigation", "update-litigation", "remove-litigation"}
GIVING_UP = {"write-off", "write-off-reversal", "credit-note", "credit-note-reversal"}


async def test_each_role_is_offered_what_it_may_do(dsn: str) -> None:
    seen: dict[str, set[str]] = {}
    for role in ("viewer", "agent", "cashier", "controller"):
        async with signed_in(dsn, role, f"Roles {role}") as client:
            text = await read(client, ACCOUNT)
            seen[role] = set(re.findall(r'data-href="/accounts/CUST-00412/actions/([a-z-]+)"', text))
            seen[role] |= {"new"} if "data-new-menu" in text else set()
    assert seen["viewer"] == set()
    assert seen["agent"] == {"match", "unmatch", "new", *LITIGATION}
    assert seen["cashier"] == {"pay", "pay-by-deposit", "match", "unmatch", "refund", "transfer", "rejection", "new"}
    assert seen["controller"] == {"pay-by-deposit", "match", "unmatch", "plan", *LITIGATION, *GIVING_UP}


async def test_a_guest_is_shown_no_action_and_refused_each(dsn: str) -> None:
    async with guest(dsn) as client:
        text = await read(client, ACCOUNT)
        assert "data-actions" not in text
        assert "data-new-menu" not in text
        for action in ("pay", "match", "new"):
            await read(client, f"{ACTIONS}/{action}", 403)
            answer = await client.post(f"{ACTIONS}/{action}", data={"amount": "1"}, headers=OWN)
            assert answer.status_code == 403


async def test_a_past_day_is_looked_at_only(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Past") as client:
        text = await read(client, f"{ACCOUNT}?as_of=2026-08-01")
    assert "This is a past day" in text
    assert "data-new-menu" not in text
    assert 'data-for="never"' in text


async def test_an_action_that_is_not_there_is_not_found(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Lost") as client:
        await read(client, f"{ACTIONS}/explode", 404)
        await read(client, f"{ACTIONS}/pay?n=999999", 404)
        await read(client, "/accounts/NOPE/actions/pay", 404)
        assert "one row is to be chosen" in await read(client, f"{ACTIONS}/refund", 422)


async def test_a_payment_is_previewed_by_the_real_action_and_then_done(dsn: str) -> None:
    async with signed_in(dsn, "cashier", "Carlo 1") as client:
        number = await post_fee(client)
        form = await read(client, f"{ACTIONS}/pay?n={number}")
        assert 'value="80.00"' in form
        told = await preview(client, "pay", n=number, amount="100", payment_method="WIRETRANSFER")
        assert "Will be posted" in told
        assert "20.00 EUR stays unallocated" in told
        assert "Default balance" in told
        before = await rows_of(client, "matching_status=O")
        assert number in before, "a preview leaves nothing behind"
        fields = {"n": number, "amount": "100", "payment_method": "WIRETRANSFER", "seen": seen_in(told)}
        await send(client, f"{ACTIONS}/pay", key=key_in(form), **fields)
        assert "matched" in (await rows_of(client, "type=INV_FEE"))[number]


async def test_a_paid_invoice_can_be_paid_again_and_the_money_stays_unallocated(dsn: str) -> None:
    async with signed_in(dsn, "cashier", "Carlo 1b") as client:
        number = await post_fee(client)
        for stays in ("Default balance", "80.00 EUR stays unallocated"):
            form = await read(client, f"{ACTIONS}/pay?n={number}")
            told = await preview(client, "pay", n=number, amount="80", payment_method="WIRETRANSFER")
            assert stays in told
            fields = {"n": number, "amount": "80", "payment_method": "WIRETRANSFER", "seen": seen_in(told)}
            await send(client, f"{ACTIONS}/pay", key=key_in(form), **fields)


async def test_a_form_sent_twice_acts_once(dsn: str) -> None:
    async with signed_in(dsn, "cashier", "Carlo 2") as client:
        key = key_in(await read(client, f"{ACTIONS}/pay"))
        fields = {"key": key, "amount": "13.37", "payment_method": "WIRETRANSFER", "allocate": "none"}
        answers = await asyncio.gather(*(send(client, f"{ACTIONS}/pay", **fields) for _ in range(3)))
        assert answers == [ACCOUNT] * 3
        assert len(await rows_of(client, "amount_from=13.37&amount_until=13.37")) == 1
        fields["amount"] = "14"
        assert "sent before" in await send(client, f"{ACTIONS}/pay", 422, **fields)


async def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(dsn: str) -> None:
    async with signed_in(dsn, "cashier", "Carlo 3") as client:
        number = await post_fee(client)
        fields = {"n": number, "amount": "1,610", "date": "yesterday", "reference": HOSTILE, "key": "once-1"}
        answer = await client.post(f"{ACTIONS}/pay", data=fields, headers=OWN, follow_redirects=False)
    assert answer.status_code == 422
    assert HOSTILE not in answer.text
    text = unescape(answer.text)
    assert 'id="n-amount"' in text
    assert "may mean 1610 or 1.610" in text
    assert 'id="n-date"' in text
    assert 'id="n-payment_method"' in text
    assert 'value="1,610"' in text
    assert HOSTILE in text
    assert 'value="once-1"' in text


@pytest.mark.parametrize(
    ("typed", "shown"), [("1 610,81", "1\u202f610.81"), ("1,610.81", "1\u202f610.81"), ("0.5", "0.50")]
)
async def test_amounts_are_read_as_people_write_them(dsn: str, typed: str, shown: str) -> None:
    async with signed_in(dsn, "cashier", f"Carlo {typed}") as client:
        told = await preview(client, "pay", amount=typed, payment_method="WIRETRANSFER", allocate="none")
    assert f"{shown} EUR stays unallocated" in told


async def test_parts_of_a_payment_go_where_they_are_named(dsn: str) -> None:
    async with signed_in(dsn, "cashier", "Carlo 4") as client:
        first, second = await post_fee(client, "60"), await post_fee(client, "50")
        fields: dict[str, str | list[str]] = {
            "n": [first, second],
            "amount": "70",
            "payment_method": "WIRETRANSFER",
            f"part-{second}": "50",
        }
        told = await preview(client, "pay", **fields)
        assert re.search(r"40\.00", told)
        wrong = await preview(client, "pay", **{**fields, f"part-{second}": "51"})
        assert "51 is named" in wrong


async def test_the_account_changed_between_preview_and_confirm(dsn: str) -> None:
    async with signed_in(dsn, "cashier", "Carlo 5") as client, signed_in(dsn, "cashier", "Carlo 6") as other:
        number = await post_fee(client, "90")
        fields = {"n": number, "amount": "90", "payment_method": "WIRETRANSFER"}
        seen = seen_in(await preview(client, "pay", **fields))
        key = key_in(await read(other, f"{ACTIONS}/pay?n={number}"))
        await send(other, f"{ACTIONS}/pay", key=key, n=number, amount="30", payment_method="WIRETRANSFER")
        text = await send(client, f"{ACTIONS}/pay", 422, key="once-5", seen=seen, **fields)
        assert "was 90 open in the preview; it is 60 open now" in text
        seen = seen_in(await preview(client, "pay", **fields))
        await send(client, f"{ACTIONS}/pay", key="once-5", seen=seen, **fields)
        assert "shut" in (await rows_of(client, "type=INV_FEE"))[number]


async def test_above_the_limit_it_waits_and_nothing_is_posted(dsn: str) -> None:
    async with signed_in(dsn, "agent", "Amara 1") as client:
        before = await rows_of(client, "type=INV_FEE")
        key = key_in(await read(client, f"{ACTIONS}/new"))
        fields = {"key": key, "type": "INV_FEE", "amount": "5000"}
        answer = await client.post(f"{ACTIONS}/new", data=fields, headers=OWN, follow_redirects=True)
        assert "Waits for approval" in answer.text
        assert re.search(r'href="/approvals/\d+"', unescape(answer.text))
        assert await rows_of(client, "type=INV_FEE") == before


async def test_what_could_not_be_done_does_not_wait_either(dsn: str) -> None:
    async with signed_in(dsn, "agent", "Amara 2") as client:
        fields = {"key": "once-7", "type": "INV_FEE", "amount": "5000", "due_date": "2026-01-01"}
        text = await send(client, f"{ACTIONS}/new", 422, **fields)
    assert 'id="n-due_date"' in text


async def test_a_type_that_is_not_made_by_hand_is_refused(dsn: str) -> None:
    async with signed_in(dsn, "agent", "Amara 3") as client:
        assert 'id="n-type"' in await send(client, f"{ACTIONS}/new", 422, key="k-8", type="INV_STD", amount="5")


async def test_matching_shows_what_is_left_and_unmatching_reopens_it(dsn: str) -> None:
    async with signed_in(dsn, "accountant", "Anna 1") as client:
        debit = await post_fee(client, "77")
        key = key_in(await read(client, f"{ACTIONS}/pay"))
        fields = {"key": key, "amount": "50", "payment_method": "WIRETRANSFER", "allocate": "none", "reference": "M-1"}
        await send(client, f"{ACTIONS}/pay", **fields)
        (credit,) = await rows_of(client, "reference=M-1")
        form = await read(client, f"{ACTIONS}/match?n={debit}&n={credit}")
        told = await preview(client, "match", n=[debit, credit])
        assert "27.00" in told
        assert "No balance changes." in told
        answer = await client.post(
            f"{ACTIONS}/match", data={"n": [debit, credit], "key": key_in(form), f"part-{debit}": "20"}, headers=OWN,
            follow_redirects=False,
        )  # fmt: skip
        assert answer.status_code == 303
        detail = await read(client, f"{ACCOUNT}/operations/{credit}")
        assert "/actions/unmatch?n=" in detail
        form = await read(client, f"{ACTIONS}/unmatch?n={credit}")
        (line,) = re.findall(r'name="line" value="([^"]+)"', form)
        assert "no match is chosen" in (await send(client, f"{ACTIONS}/unmatch", 422, key="y", n=credit)).lower()
        told = await preview(client, "unmatch", n=credit, line=line)
        assert "undone" in told
        await send(client, f"{ACTIONS}/unmatch", key=key_in(form), n=credit, line=line)
        assert "matched" not in (await rows_of(client, "reference=M-1"))[credit]


async def test_a_match_of_one_side_says_what_is_missing(dsn: str) -> None:
    async with signed_in(dsn, "accountant", "Anna 2") as client:
        debit = await post_fee(client, "7")
        assert "needs debits and credits" in await preview(client, "match", n=debit)


async def test_refund_reject_write_off_and_transfer_do_what_they_show(dsn: str, books: tuple[str, Company]) -> None:
    async with signed_in(dsn, "admin", "Alex 1") as client:
        key = key_in(await read(client, f"{ACTIONS}/pay"))
        fields = {"key": key, "amount": "40", "payment_method": "WIRETRANSFER", "allocate": "none", "reference": "R-1"}
        await send(client, f"{ACTIONS}/pay", **fields)
        (credit,) = await rows_of(client, "reference=R-1")
        assert "41 is" in await preview(client, "refund", n=credit, amount="41")
        await send(client, f"{ACTIONS}/refund", key="r-1", n=credit, amount="15")
        assert "was refunded" in await preview(client, "rejection", n=credit)
        told = await preview(client, "transfer", n=credit, amount="5", to="NOPE", reason="wrong account")
        assert "there is no account" in told.lower()
        debit = await post_fee(client, "33")
        assert "Write-off" in await preview(client, "write-off", n=debit, amount="33")
        assert 'id="n-reason"' in await send(client, f"{ACTIONS}/write-off", 422, key="w-1", n=debit, amount="33")
        await send(client, f"{ACTIONS}/write-off", key="w-1", n=debit, amount="33", reason="gone")
        assert "already matched" in await preview(client, "write-off", n=debit, amount="33")


async def test_a_transfer_shows_both_accounts(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 2") as client:
        found = await read(client, "/?currency=EUR")
        others = [c for c in re.findall(r'href="/accounts/([^"/?]+)"', found) if c != "CUST-00412"]
        debit = await post_fee(client, "21")
        told = await preview(client, "transfer", n=debit, amount="21", to=others[0])
        assert f"on account {others[0]}" in told
        assert f"{others[0]}: Default balance" in told
        fields = {"n": debit, "amount": "21", "to": others[0], "reason": "wrong account", "seen": seen_in(told)}
        await send(client, f"{ACTIONS}/transfer", key="t-1", **fields)
        assert "shut" in (await rows_of(client, "type=INV_FEE"))[debit]


async def test_another_sellers_account_is_not_there(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Else", seller="ELSE") as client:
        for address in (
            f"{ACTIONS}/pay",
            f"{ACCOUNT}/suggestions",
            f"{ACCOUNT}/statement",
            f"{ACCOUNT}/operations.csv",
        ):
            await read(client, address, 404)
        answer = await client.post(f"{ACTIONS}/pay", data={"amount": "1", "key": "e"}, headers=OWN)
        assert answer.status_code == 404


async def test_another_site_may_not_send_a_form(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Site") as client:
        answer = await client.post(f"{ACTIONS}/pay", data={"amount": "1"}, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403


async def test_the_books_are_clean_after_all_of_it(dsn: str) -> None:
    async with open_pool(dsn) as pool:
        assert (await verify(pool, now=NOW)).differences == ()


async def test_a_file_holds_what_the_list_shows_in_its_order(dsn: str) -> None:
    async with guest(dsn) as client:
        answer = await client.get(f"{ACCOUNT}/operations.csv?side=credit&sort=amount")
        assert answer.headers["content-type"].startswith("text/csv")
        rows = DictReader(answer.text.lstrip("\ufeff").splitlines())
        amounts = [Decimal(row["Credit"]) for row in rows if row["Type"]]
        assert amounts == sorted(amounts)
        assert len(amounts) == sum("credit" in kinds for kinds in (await rows_of(client, "side=credit")).values())
        await read(client, f"{ACCOUNT}/operations.csv?sort=nonsense", 422)


async def test_each_figure_explains_itself(dsn: str) -> None:
    async with guest(dsn) as client:
        text = await read(client, ACCOUNT)
        shown = set(re.findall(r'href="(/accounts/CUST-00412/explanation[^"]*)"', text))
        assert len(shown) == 6, "debit and credit of the picked one, and four balances"
        for address in shown:
            await read(client, address)
        debit = await read(client, f"{ACCOUNT}/explanation?definition=default&side=debit")
        body = debit.split("<tbody>")[1].split("</tbody>")[0]
        assert "INV-2026" in body
        assert "PAY-2026" not in body


async def test_the_statement_shows_its_figures_and_is_a_file(dsn: str) -> None:
    async with guest(dsn) as client:
        text = await read(client, f"{ACCOUNT}/statement?from=2026-01-01&until=2026-11-22")
        assert "Closing balance" in text
        files = re.findall(r'href="(/accounts/CUST-00412/statement\.(?:pdf|xlsx)[^"]*)"', text)
        for address, start in zip(sorted(files), (b"%PDF", b"PK"), strict=True):
            answer = await client.get(address)
            assert answer.content.startswith(start)
        assert "statement.pdf" not in await read(client, f"{ACCOUNT}/statement?from=2026-12-01&until=2026-11-22")
        wrong = await client.post(f"{ACCOUNT}/statement", data={"from": "soon", "until": "2026-11-22"}, headers=OWN)
        assert "soon" in wrong.text
        assert "statement.pdf" not in wrong.text


async def test_an_operation_tells_its_history(dsn: str) -> None:
    async with guest(dsn) as client:
        text = await read(client, f"{ACCOUNT}/operations/20")
    assert "History" in text
    assert "into litigation" in text
    assert "Wrong price" in text


async def test_suggestions_say_why_and_lead_to_the_match(dsn: str) -> None:
    async with signed_in(dsn, "agent", "Amara 9") as client:
        text = await read(client, f"{ACCOUNT}/suggestions")
        assert "/actions/match?n=" in text
    async with guest(dsn) as client:
        assert "/actions/match?n=" not in await read(client, f"{ACCOUNT}/suggestions")


async def test_every_dialog_asks_for_amount_and_date_first_and_why_at_the_end(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Orders fields") as client:
        number = await post_fee(client)
        asked = {
            action: re.findall(r'id="f-([a-z_]+)"', await read(client, f"{ACTIONS}/{action}?n={number}"))
            for action in ("pay", "write-off", "credit-note", "transfer", "enter-litigation")
        }
    assert asked["write-off"][:3] == ["amount", "date", "reason"]
    assert asked["credit-note"][:6] == ["amount", "net", "tax", "date", "reference", "reason"]
    for action, names in asked.items():
        words = [name in {"reason", "comment"} for name in names]
        assert words == sorted(words), (action, names)


async def test_the_button_of_a_dialog_says_in_french_what_is_done_not_a_side(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Says deeds") as client:
        number = await post_fee(client)
        answer = await client.get(f"{ACTIONS}/credit-note?n={number}", headers={**OWN, "accept-language": "fr"})
        button = re.findall(r"<button[^>]*data-primary[^>]*>([^<]+)<", unescape(answer.text))
    assert button == ["Établir l’avoir"]
