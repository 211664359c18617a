"""Hostile texts, wherever a person can write, on every page: shown, and doing nothing. All in one text; each of the fifty on a long run."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import psycopg
import pytest
from lengths import LONG
from web.desk import HTML, Client
from web.every_page import addresses
from web.marked_books import MARKED, as_filler, full_books, marked_columns, put_instead
from web.payloads import ALL_AT_ONCE, MARK, PAYLOADS

URLS = {
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "srcset",
    "poster",
    "xlink:href",
    "hx-get",
    "hx-post",
    "data-href",
}
OURS = ("/", "#", "?", "mailto:", "https://")
FOREIGN = {"iframe", "object", "embed", "base", "marquee", "keygen", "style", "math", "video", "audio"}


class Reader(HTMLParser):
    """Reads a page and notes what could run, or lead out of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in FOREIGN or (tag == "script" and not (given.get("src") or "").startswith("/static/")):
            self.faults.append(f"<{tag}>")
        for name, value in attributes:
            said = (value or "").strip()
            if name.startswith(("on", "hx-on", "data-hx-on")) or name in {"style", "srcdoc"}:
                self.faults.append(f"<{tag} {name}>")
            if name in URLS and said and not said.startswith(OURS):
                self.faults.append(f"<{tag} {name}={said[:40]!r}>")


def faults_of(text: str) -> list[str]:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader.faults


@pytest.mark.parametrize(
    "text", [p for p in PAYLOADS if p.startswith(("<script", "<img", "<iframe", "<a ", "<div", '">', "-->"))]
)
def test_the_reader_of_pages_finds_what_is_hostile(text: str) -> None:
    assert faults_of(f'<input value="{text}">' if text.startswith('"') else f"<p>{text}</p>")


@pytest.mark.parametrize(
    "around",
    ["<p>{}</p>", '<p title="{}">', "<p title='{}'>", "<p title={}>", "<title>{}</title>", "<textarea>{}</textarea>",
     "<script src=/static/a.js>{}</script>", "<!-- {} -->"],
)  # fmt: skip
def test_the_reader_finds_all_at_once_wherever_it_stands_raw(around: str) -> None:
    assert faults_of(around.format(ALL_AT_ONCE))


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, dict[str, str]]]:
    with full_books(server_url, template) as made:
        yield made


@pytest.fixture(scope="module")
def showing(books: tuple[str, dict[str, str]]) -> set[str]:
    """The pages on which the marked text stands: what stands nowhere on a page cannot become markup there."""

    async def ask() -> set[str]:
        async with as_filler(*books) as client:
            return {address for address, (_, text) in (await answers_of(client, books[1])).items() if MARKED in text}

    return ThreadPoolExecutor(1).submit(lambda: asyncio.run(ask())).result()


async def answers_of(
    client: Client, named: dict[str, str], only: Collection[str] | None = None
) -> dict[str, tuple[int, str]]:
    found = {}
    for address in addresses(named) if only is None else only:
        answer = await client.get(address, headers=HTML, follow_redirects=False)
        found[address] = (answer.status_code, answer.text)
    return found


async def test_every_page_opens_and_the_marked_text_stands_on_those_that_show_texts(
    books: tuple[str, dict[str, str]],
) -> None:
    async with as_filler(*books) as client:
        found = await answers_of(client, books[1])
    assert len(found) > 80
    assert {address: status for address, (status, _) in found.items() if status not in {200, 303}} == {}
    marked = [address for address, (_, text) in found.items() if MARKED in text]
    assert len(marked) > 45, sorted(set(found) - set(marked))


def test_the_marked_text_reached_the_tables_that_hold_what_people_write(books: tuple[str, dict[str, str]]) -> None:
    with psycopg.connect(books[0]) as connection:
        tables = {f"{table}.{column}" for table, column, _ in marked_columns(connection, MARKED)}
    assert tables >= {
        "customer.name", "customer.address_1", "billing_account.description", "user_account.description", "operation.reference", "operation.description", "operation.comment",
        "litigation_event.reason", "litigation_event.owner", "unidentified_receipt.payer_text", "unidentified_receipt.reference",
        "unidentified_receipt.return_reason", "approval.reason", "audit_record.reason", "operation_type.label",
        "payment_method.label", "seller.name", "seller.city", "webhook.description", "job_error.said",
    }  # fmt: skip


TEXTS = PAYLOADS if LONG else (ALL_AT_ONCE, f"javascript:window.{MARK}=1", PAYLOADS[0])
PARTS = 10 if LONG else 1


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_hostile_text_becomes_markup_on_any_page(
    books: tuple[str, dict[str, str]], showing: set[str], part: int
) -> None:
    dsn, named = books
    with psycopg.connect(dsn, autocommit=True) as connection:
        marked = marked_columns(connection, MARKED)
        for turn, payload in enumerate(TEXTS[part::PARTS]):
            # In an expression it is quoted: a quote in it would end the page with a refusal, and nothing of it would be seen.
            columns = [one for one in marked if one[1] != "expression" or "'" not in payload]
            put_instead(connection, columns, MARKED, payload)
            try:
                async with as_filler(dsn, named) as client:
                    # That every other page still opens is seen with one text of each part.
                    found = await answers_of(client, named, only=showing if turn else None)
            finally:
                put_instead(connection, columns, payload, MARKED)
            strange = {address: status for address, (status, _) in found.items() if status not in {200, 303}}
            assert strange == {}, payload
            faults = {address: faults for address in showing if (faults := faults_of(found[address][1]))}
            assert faults == {}, payload
            assert not any("62710561" in text for _, text in found.values()), (
                "a template worked out what it was to show"
            )
