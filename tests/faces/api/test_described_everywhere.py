"""A described action is the same on every face: the same fields, the same refusals, there or not there together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
import pytest
from applications import app_on
from commands import run_solde
from faces.api.asking import Asking
from faces.api.test_described import act_on, body_of_example, codes_of, ledger, number_of
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.actions.action import Action
from solde.actions.fields import Placed, Widget
from solde.actions.requests import asked_fields, placed_field
from solde.app.actions import ACTIONS, ALL_ACTIONS
from solde.app.cli.commands import name_of
from solde.app.cli.described import parameters_of
from solde.app.web.pages.actions.dialogs import FORMS
from solde.app.web.texts import as_sentence
from solde.kernel.dates import Clock

__all__ = ["ledger"]
Client = AsyncTestClient[Litestar]
Run = Callable[[Action, Mapping[str, Any]], tuple[str, ...]]
HTML = {"accept": "text/html", "sec-fetch-site": "same-origin"}
COMMANDS = [one for one in ACTIONS if one.route is not None and name_of(one)]
DESCRIBED = {word for word, dialog in FORMS.items() if dialog.template == "balance/described.html"}
DIALOGS = [one for one in ALL_ACTIONS if one.route is not None and one.button is not None and one.dialog in DESCRIBED]


@pytest.fixture
async def person(ask: Asking, database_url: str, clock: Clock) -> AsyncIterator[Client]:
    """Somebody who may do everything, in front of the pages."""
    async with AsyncTestClient(app_on(database_url, clock=clock, with_web=True)) as opened:
        answer = await opened.post("/sign-in", data={"token": ask.token}, headers=HTML, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        yield opened


@pytest.fixture
def command(database_url: str, tmp_path: Path) -> Run:
    """Try the command of an action on A1; gives the codes of what is refused."""
    environment = {"SOLDE_DATABASE_URL": database_url, "SOLDE_HOME": str(tmp_path), "COLUMNS": "200"}

    def run(action: Action, given: Mapping[str, Any]) -> tuple[str, ...]:
        done = run_solde([*(name_of(action) or "").split(), *_arguments(action, given), "--dry-run"], environment)
        assert done.returncode in {0, 1}, done.stderr
        return tuple(line.partition(":")[0] for line in done.stderr.splitlines())

    return run


def _arguments(action: Action, given: Mapping[str, Any]) -> list[str]:
    """What a person types: what must be given by its place, the rest as options."""
    named = [str(number_of(action))] if placed_field(action.request, Placed.SUBJECT) is not None else []
    options: list[str] = []
    places = [one.name for one in parameters_of(action) if getattr(one.default, "param_decls", None) is None]
    for one in asked_fields(action.request):
        if one.name not in given or one.field.widget is Widget.SEEN:
            continue
        if one.attribute in places:
            named.append(str(given[one.name]))
        else:
            options += [f"--{one.name.replace('_', '-')}", str(given[one.name])]
    return ["A1", *named, *options]


def _dialog(action: Action) -> str:
    chosen = f"?{action.at.parameter}={number_of(action)}" if action.at.parameter else ""
    return f"/accounts/A1/actions/{action.dialog}{chosen}"


async def _preview(person: Client, action: Action, given: Mapping[str, Any]) -> str:
    """What a dialog says would happen."""
    chosen = {action.at.parameter: str(number_of(action))} if action.at.parameter else {}
    seen = {one.name: "1" for one in asked_fields(action.request) if one.field.widget is Widget.SEEN}
    typed = {name: str(value) for name, value in given.items()} | seen | chosen
    answer = await person.post(f"/accounts/A1/actions/{action.dialog}/preview", data=typed, headers=HTML)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


async def test_every_face_asks_for_the_same_fields(ledger: str, person: Client) -> None:
    for action in DIALOGS:
        names = {one.name for one in asked_fields(action.request)}
        page = await person.get(_dialog(action), headers=HTML)
        assert page.status_code == 200, (action.kind, page.text)
        assert {name for name in names if f'name="{name}"' not in page.text} == set(), action.kind
    for action in COMMANDS:
        typed = {one.attribute for one in asked_fields(action.request) if one.field.widget is not Widget.SEEN}
        fixed = {"account", "subject", "undo", "dry_run", "as_json"}
        assert {one.name for one in parameters_of(action)} - fixed == typed, action.kind


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
async def test_every_face_refuses_the_same(
    ask: Asking, ledger: str, person: Client, command: Run, database_url: str, *, closed: bool
) -> None:
    if closed:
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute("update account set state = 'CLOSED'")
    in_api, said = {}, {}
    for action in ALL_ACTIONS:
        if action.route is not None:
            answer = await act_on(ask, action, ledger, body_of_example(action), dry_run=True)
            in_api[action.kind] = tuple(codes_of(answer))
            said[action.kind] = [one["message"] for one in answer.json()["errors"]] if in_api[action.kind] else []
    assert any(in_api.values())
    assert {one.kind: command(one, body_of_example(one)) for one in COMMANDS} == {
        one.kind: in_api[one.kind] for one in COMMANDS
    }
    for action in DIALOGS:
        text = await _preview(person, action, body_of_example(action))
        assert [words for words in said[action.kind] if as_sentence(words) not in text] == [], action.kind


async def test_what_is_switched_off_is_on_no_face(ledger: str, person: Client, command: Run, database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("update feature set is_on = false")
    for action in COMMANDS:
        if action.feature is not None:
            assert command(action, body_of_example(action)) == ("feature_off",), action.kind
    for action in DIALOGS:
        if action.feature is not None:
            assert (await person.get(_dialog(action), headers=HTML)).status_code == 404, action.kind
