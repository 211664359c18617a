"""What a person likes is kept for them; messages appear once; columns stand as they placed them. Pure, but for the last."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.app.web import preferences, toasts
from solde.app.web.addresses import Address
from solde.app.web.grid import Cell, Column, Empty, Grid, Row, arranged, files, heads
from solde.app.web.preferences import Change, Preferences

Client = AsyncTestClient[Litestar]
HTML = {"accept": "text/html"}
SAME = {"sec-fetch-site": "same-origin"}
COLUMNS = (Column("a", "A", fixed=True), Column("b", "B"), Column("c", "C"), Column("d", "D"))


def grid() -> Grid:
    cells = tuple(Cell(text) for text in "1234")
    return Grid("list", "", heads(COLUMNS, Address("/"), "", descending=False), (Row("1", "", cells),), Empty("", ""))


def keys(liked: Preferences) -> str:
    return "".join(place.head.key.upper() if place.hidden else place.head.key for place in arranged(grid(), liked))


@pytest.mark.parametrize(
    ("liked", "shown"),
    [
        (Preferences(), "abcd"),
        (Preferences(hidden={"list": ["a", "c"], "other": ["b"]}), "abCd"),
        (Preferences(order={"list": ["d", "c", "b", "a"]}), "dcba"),
        (Preferences(order={"list": ["c", "gone", "a"]}), "cdab"),
    ],
)
def test_columns_stand_as_a_person_placed_them_and_new_ones_after_their_neighbour(
    liked: Preferences, shown: str
) -> None:
    assert keys(liked) == shown


def test_a_cell_moves_with_its_column() -> None:
    places = arranged(grid(), Preferences(order={"list": ["d", "a", "b", "c"]}))
    assert [grid().rows[0].cells[place.at].text for place in places] == ["4", "1", "2", "3"]


def test_files_show_what_the_list_shows_from_its_first_row() -> None:
    address = Address("/x", [("sort", "-due"), ("q", "a b"), ("cursor", "abc")])
    assert files(address, "/x/operations", "csv") == (("CSV", "/x/operations.csv?sort=-due&q=a+b"),)


def test_a_change_changes_one_thing_and_nonsense_nothing() -> None:
    before = Preferences(theme="dark", hidden={"x": ["a"]})
    assert preferences.changed(before, Change(density="compact")) == Preferences("dark", "compact", hidden={"x": ["a"]})
    assert preferences.changed(before, Change(theme="pink", language="tlh", rows=7)) == Preferences(hidden={"x": ["a"]})
    assert preferences.changed(before, Change(grid="x", hidden=[])) == Preferences("dark", hidden={"x": []})


@pytest.mark.parametrize("text", ["", "{", "[]", '{"rows": "many"}', '{"hidden": {"x": 5}}', "\x00", '{"theme": 1}'])
def test_a_cookie_of_nonsense_counts_as_none(text: str) -> None:
    assert preferences.read(text) == Preferences()


def test_a_cookie_stays_short_enough_for_a_browser() -> None:
    much = Preferences("dark", hidden={f"grid{n}": ["é" * 40] * 40 for n in range(40)}, order={"x": ["y"] * 4000})
    kept = preferences.written(much)
    assert len(quote(kept)) <= preferences.LONGEST
    assert preferences.read(kept).theme == "dark"


async def test_a_choice_holds_on_the_next_page(client: Client) -> None:
    await client.post("/preferences", data={"theme": "dark", "language": "fr", "back": "/"}, headers=SAME)
    text = (await client.get("/", headers=HTML)).text
    assert 'lang="fr"' in text
    assert 'class="dark"' in text
    assert "Clients" in text


async def test_a_choice_leads_back_to_its_page_and_never_to_another_site(client: Client) -> None:
    for back, led in (("/accounts/A?sort=due", "/accounts/A?sort=due"), ("//evil.example/", "/")):
        answer = await client.post("/preferences", data={"back": back}, headers=SAME, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, led)


async def test_a_message_is_shown_once_and_as_text(client: Client) -> None:
    message = toasts.done("/", "<b>Paid</b>", href="/accounts/A", label="Show")
    client.cookies.set(toasts.COOKIE, message.cookies[0].value or "")
    answer = await client.get("/", headers=HTML)
    assert "&lt;b&gt;Paid" in answer.text
    assert "solde_toast=" in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"] or "max-age=0" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("href", ["https://evil.example", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
async def test_a_message_leads_to_no_other_site(client: Client, href: str) -> None:
    client.cookies.set(toasts.COOKIE, quote(json.dumps({"text": "Paid", "href": href, "label": "Show"})))
    text = (await client.get("/accounts/NOPE", headers=HTML)).text
    assert "Paid" in text
    assert "evil.example" not in text
    assert "javascript:" not in text
