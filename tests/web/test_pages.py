"""The pages as documents: what they say, to whom, and what they refuse."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from openpyxl import load_workbook
from web.company import Company
from web.payloads import PAYLOADS

Client = AsyncTestClient[Litestar]
HTML = {"accept": "text/html"}


async def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = await client.get(address, headers=HTML)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"].startswith("text/html")
    return unescape(answer.text)


def names_of(text: str) -> list[str]:
    return re.findall(r'class="row-link"[^>]*>([^<]+)</a>', text)


async def test_the_first_page_begins_with_who_owes_most(client: Client) -> None:
    text = await text_of(client, "/")
    assert names_of(text)[0] == "EasyCall Ltd."
    assert "Owed by customers" in text


async def test_the_list_sorts_the_other_way_round(client: Client) -> None:
    text = await text_of(client, "/?sort=balance")
    assert ">CR</abbr>" in text.split("<tbody>")[1].split("</tr>")[0]


async def test_only_the_overpaid_are_shown(client: Client) -> None:
    body = (await text_of(client, "/?show=overpaid")).split("<tbody>")[1].split("</tbody>")[0]
    assert ">CR</abbr>" in body
    assert ">DR</abbr>" not in body


async def test_pages_of_the_list_do_not_overlap_and_reach_everybody(client: Client) -> None:
    seen: list[str] = []
    address: str | None = "/"
    while address is not None:
        text = await text_of(client, address)
        seen += re.findall(r'<tr data-key="([^"]+)"', text)
        following = re.search(r'data-next rel="next" href="([^"]+)"', text)
        address = following.group(1) if following else None
    assert len(seen) == len(set(seen)) == 32 + len(PAYLOADS)


@pytest.mark.parametrize("q", ["easycall", "CUST-00412", "easy"])
async def test_search_finds_a_customer_by_name_or_code(client: Client, q: str) -> None:
    assert "EasyCall Ltd." in names_of(await text_of(client, f"/?q={q}"))


async def test_a_search_without_result_says_what_to_do(client: Client) -> None:
    assert "No customer fits “zzqq”" in await text_of(client, "/?q=zzqq")


async def test_the_balance_tab_shows_figures_and_operations(client: Client, company: Company) -> None:
    text = await text_of(client, f"/accounts/{company.easycall}")
    assert "32\u202f200.94456" in text
    assert "INV-2026-04210" in text


async def test_picking_a_balance_narrows_the_list(client: Client, company: Company) -> None:
    text = await text_of(client, f"/accounts/{company.easycall}?definition=dunning")
    assert "PAY-2026" not in text.split("<tbody>")[1].split("</tbody>")[0]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("class=P", 15),
        ("side=credit&class=I", 7),
        ("in_litigation=true", 1),
        ("reference=REF", 7),
        ("from=2026-11-01&until=2026-11-30", 5),
        ("amount_from=1610.81544&amount_until=1610.81544", 1),
        ("q=04210", 1),
        ("type=PAY_CRD&matching_status=O", 7),
        ("billing_account=NONE", 0),
    ],
)
async def test_filters_narrow_the_list(client: Client, company: Company, query: str, count: int) -> None:
    text = await text_of(client, f"/accounts/{company.easycall}?{query}")
    assert len(re.findall("<tr data-key=", text)) == count


@pytest.mark.parametrize(
    "sort", ["date", "-date", "due", "-due", "amount", "-amount", "open", "-open", "reference", "-reference"]
)
async def test_every_order_pages_through_all_operations(client: Client, company: Company, sort: str) -> None:
    first = await text_of(client, f"/accounts/{company.easycall}?sort={sort}")
    following = re.search(r'data-next rel="next" href="([^"]+)"', first)
    assert following is not None
    keys = re.findall(r'<tr data-key="(\d+)"', first + await text_of(client, following.group(1)))
    assert len(keys) == len(set(keys)) == 60


async def test_a_past_day_is_shown_as_it_was(client: Client, company: Company) -> None:
    text = await text_of(client, f"/accounts/{company.easycall}?as_of=2026-02-01")
    assert "As it stood on" in text
    assert len(re.findall("<tr data-key=", text)) == 1


async def test_an_unreadable_filter_is_told_and_the_rest_still_holds(client: Client, company: Company) -> None:
    text = await text_of(client, f"/accounts/{company.easycall}?due_before=soon&class=P&as_of=31/13/2026&sort=colour")
    assert "'soon' is no day" in text
    assert "'31/13/2026' is no day" in text
    assert len(re.findall("<tr data-key=", text)) == 15


async def test_an_operation_says_why_it_is_in_a_balance(client: Client, company: Company) -> None:
    text = await text_of(client, f"/accounts/{company.easycall}/operations/20")
    assert "Wrong price" in text
    assert "in litigation" in text
    assert "Is it in the balance?" in text


async def test_the_explanation_ends_with_the_balance(client: Client, company: Company) -> None:
    first = await text_of(client, f"/accounts/{company.easycall}/explanation")
    following = re.search(r'href="([^"]+cursor=[^"]+)"', first)
    assert following is not None
    last_row = (await text_of(client, following.group(1))).split("<tbody>")[1].split("</tbody>")[0].split("<tr")[-1]
    assert "32\u202f200.94456" in last_row


async def test_the_excel_file_holds_what_the_screen_shows(client: Client, company: Company) -> None:
    answer = await client.get(f"/accounts/{company.easycall}/operations.xlsx?class=P&as_of=2026-11-22")
    assert 'filename="CUST-00412-default-2026-11-22.xlsx"' in answer.headers["content-disposition"]
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    references = [row[2].value for row in sheet.iter_rows(min_row=2)]
    assert len([r for r in references if r]) == 15


async def test_an_excel_file_of_an_unreadable_filter_is_refused(client: Client, company: Company) -> None:
    text = await text_of(client, f"/accounts/{company.easycall}/operations.xlsx?from=soon", 422)
    assert "no day" in text


async def test_an_unknown_account_offers_a_search(client: Client) -> None:
    text = await text_of(client, "/accounts/NOPE", 404)
    assert 'name="q"' in text
    assert "NOPE" in text


async def test_an_unknown_operation_and_a_bad_cursor_are_refused_as_pages(client: Client, company: Company) -> None:
    assert "has no operation 999" in await text_of(client, f"/accounts/{company.easycall}/operations/999", 404)
    assert "cursor" in await text_of(client, f"/accounts/{company.easycall}?cursor=abc", 422)
    assert "cursor" in await text_of(client, "/?cursor=abc", 422)


async def test_nobody_sees_a_page_without_signing_in(strict_client: Client, company: Company) -> None:
    for path in ("/", f"/accounts/{company.easycall}", f"/accounts/{company.easycall}/explanation?definition=dunning"):
        answer = await strict_client.get(path, headers=HTML, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=%2F")


async def test_a_token_signs_in_and_leads_back(strict_client: Client, company: Company) -> None:
    form = {"token": company.token, "next": f"/accounts/{company.easycall}"}
    same = {"sec-fetch-site": "same-origin"}
    answer = await strict_client.post("/sign-in", data=form, headers=same, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/accounts/{company.easycall}")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert company.token not in cookie
    assert "Ada" in await text_of(strict_client, "/")
    await strict_client.post("/sign-out", headers=same, follow_redirects=False)
    assert (await strict_client.get("/", headers=HTML, follow_redirects=False)).status_code == 303


async def test_a_wrong_token_is_told_beside_the_field(strict_client: Client) -> None:
    answer = await strict_client.post(
        "/sign-in", data={"token": "solde_admin_x"}, headers={"sec-fetch-site": "same-origin"}
    )
    assert answer.status_code == 422
    assert "misspelt" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}, {}],
)
async def test_a_form_from_another_site_is_refused(
    strict_client: Client, company: Company, headers: dict[str, str]
) -> None:
    answer = await strict_client.post("/sign-in", data={"token": company.token}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_no_text_of_a_person_stands_raw_on_a_page(client: Client, company: Company) -> None:
    texts = [(await client.get(a, headers=HTML)).text for a in ("/?sort=name", f"/accounts/{company.hostile}")]
    texts += [(await client.get("/", params={"q": p}, headers=HTML)).text for p in PAYLOADS]
    texts += [
        (await client.get(f"/accounts/{company.hostile}", params={"q": p, "reference": p}, headers=HTML)).text
        for p in PAYLOADS
    ]
    texts += [
        (await client.get(f"/accounts/{company.hostile}/operations/{n}", headers=HTML)).text for n in range(1, 51)
    ]
    texts.append((await client.get(f"/accounts/{company.hostile}/explanation", headers=HTML)).text)
    markup = [p for p in PAYLOADS if "<" in p]
    assert [(p, t[:80]) for t in texts for p in markup if p in t] == []
    assert [t[:80] for t in texts if "62710561" in t] == []


async def test_a_page_loads_nothing_inline_and_nothing_from_outside(client: Client, company: Company) -> None:
    for address in ("/?q=easycall", f"/accounts/{company.easycall}", "/sign-in", "/accounts/NOPE"):
        text = (await client.get(address, headers=HTML)).text
        assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []
        assert re.findall(r"\s(?:style|on\w+)=", text) == []
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//', text) == []


async def test_static_files_are_kept_by_the_browser(client: Client) -> None:
    text = (await client.get("/sign-in", headers=HTML)).text
    for address in re.findall(r'(?:src|href)="(/static/[^"#]+)"', text):
        answer = await client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
