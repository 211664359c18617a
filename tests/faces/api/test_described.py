"""What every described action keeps to: one contract, tried on each of them."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import urlencode

import pytest
from faces.api.asking import Asking, codes, make_token
from httpx import Response

from solde.access.rules.permissions import roles_with
from solde.actions.action import Action
from solde.actions.fields import Placed
from solde.actions.requests import asked_fields, placed_field
from solde.app.actions import ACTIONS, ALL_ACTIONS
from solde.app.api.described import path_of
from solde.app.cli.commands import name_of, summaries
from solde.db import Pool
from solde.kernel.dates import Clock
from solde.operations.descriptions import OPERATION

POSTED = [
    {"type": "INV_STD", "amount": "100", "date": "2026-10-01", "reference": "F-2026/1"},
    {"type": "PAY_WIRE", "amount": "120", "date": "2026-10-20"},
]
MATCHED = [
    {"type": "INV_STD", "amount": "10", "date": "2026-10-02", "reference": "F-2026/2"},
    {"type": "PAY_WIRE", "amount": "10", "date": "2026-10-21"},
]
IN_API = [one for one in ALL_ACTIONS if one.route is not None]
by_kind = pytest.mark.parametrize("action", IN_API, ids=lambda action: action.kind)
keyed = pytest.mark.parametrize(
    "action", [one for one in IN_API if one.route and one.route.method == "POST"], ids=lambda one: one.kind
)
sized = pytest.mark.parametrize("action", [one for one in IN_API if one.settle], ids=lambda one: one.kind)
optional = pytest.mark.parametrize("action", [one for one in IN_API if one.feature], ids=lambda one: one.kind)


@pytest.fixture
async def ledger(ask: Asking, account: str) -> str:
    """An account with an invoice (1), a payment (2), a deposit that a payment (4) funded, a match (B, of 6
    and 7), and a draft of a plan.
    """
    await ask.post(f"/accounts/{account}/operations", {"operations": POSTED})
    deposits = f"/accounts/{account}/security-deposits"
    await ask.post(deposits, {"template": "STANDARD", "amount": "100"})
    funded = await ask.post(f"{deposits}/1/fund", {"amount": "60", "method": "WIRETRANSFER"})
    assert funded.status_code == 201, funded.text
    await ask.post(f"/accounts/{account}/operations", {"operations": MATCHED})
    matched = await ask.post(f"/accounts/{account}/matches", {"debits": [6], "credits": [7]})
    assert matched.json()["code"] == "B", matched.text
    plan = {"debits": [1], "count": 3, "first_date": "2030-05-01"}
    drafted = await ask.post(f"/accounts/{account}/instalment-plans", plan)
    assert drafted.status_code == 201, drafted.text
    return account


@sized
def test_what_is_asked_says_whether_it_may_post_late(action: Action) -> None:
    requests = [action.request, *([] if action.several is None else [action.several.request])]
    assert all(placed_field(request, Placed.LATE) is not None for request in requests)


def number_of(action: Action) -> int:
    """An operation of the account that the action may be meant for."""
    return 2 if action.button is not None and "credit" in action.button.shown else 1


def _address(action: Action, account: str) -> str:
    return path_of(action).format(account=account, number=number_of(action), plan=1, code="B")


def body_of_example(action: Action) -> dict[str, Any]:
    """The example of the description, on operations that are there."""
    subject = placed_field(action.request, Placed.SUBJECT)
    named = (
        {subject.name: number_of(action)}
        if subject is not None and action.at is OPERATION and "{number}" not in path_of(action)
        else {}
    )
    assert action.route is not None, "it is in the API"
    example = action.route.example
    there = {
        "to": "A2", "operation": 1, "payment": 4, "debits": [1], "credits": [2], "amounts": {"1": "40"},
        "lines": [{"debit": 6, "credit": 7}],
    }  # fmt: skip
    return dict(example) | named | {name: value for name, value in there.items() if name in example}


async def _everything(ask: Asking, account: str) -> tuple[str, ...]:
    """All that may change by an action: the operations, the deposits, the plans, and what is to be decided."""
    places = (
        f"/accounts/{account}/operations",
        f"/security-deposits?account={account}",
        f"/instalment-plans?account={account}",
        "/approvals",
    )
    return tuple([(await ask.get(place)).text for place in places])


async def act_on(
    ask: Asking, action: Action, account: str, body: dict[str, Any], *, dry_run: bool = False, **more: Any
) -> Response:
    """Send an action as its route takes it: with a key, or with the version it is made from; by body or parameters."""
    of, address = action.route, _address(action, account)
    assert of is not None, "it is in the API"
    query = {"dry_run": "true"} if dry_run else {}
    if of.method == "POST":
        return await ask.post(f"{address}?{urlencode(query)}", body, **({"key": None} if dry_run else {}), **more)
    if of.method == "DELETE":
        query, body = query | body, {}
    sent = {"json": body} if of.method == "PUT" else {}
    return await ask.send(of.method, f"{address}?{urlencode(query)}", headers={"if-match": '"0"'}, **sent)


@by_kind
async def test_who_may_not_is_refused(ask: Asking, ledger: str, pool: Pool, clock: Clock, action: Action) -> None:
    assert "viewer" not in roles_with(action.permission)
    viewer = Asking(ask.client, await make_token(pool, clock, "viewer"), itertools.count(1000))
    answer = await act_on(viewer, action, ledger, body_of_example(action))
    assert (answer.status_code, codes(answer)) == (403, ["forbidden"])


@by_kind
async def test_an_account_of_another_seller_is_unknown(
    ask: Asking, ledger: str, pool: Pool, clock: Clock, action: Action
) -> None:
    other = Asking(ask.client, await make_token(pool, clock, "admin", seller="OTHER"), itertools.count(1000))
    answer = await act_on(other, action, ledger, body_of_example(action))
    assert (answer.status_code, codes(answer)) == (404, ["unknown_account"])


@by_kind
async def test_an_unknown_field_is_refused(ask: Asking, ledger: str, action: Action) -> None:
    answer = await act_on(ask, action, ledger, body_of_example(action) | {"colour": "red"})
    assert answer.status_code == 422
    assert codes(answer) in (["bad_shape"], ["unknown_filter"])


@by_kind
async def test_each_field_that_must_be_given_is_missed(ask: Asking, ledger: str, action: Action) -> None:
    for one in asked_fields(action.request):
        body = {name: value for name, value in body_of_example(action).items() if name != one.name}
        if one.required:
            answer = await act_on(ask, action, ledger, body)
            assert (one.name, answer.status_code, codes(answer)) == (one.name, 422, ["bad_shape"])


@by_kind
async def test_a_dry_run_keeps_nothing_and_needs_no_key(ask: Asking, ledger: str, action: Action) -> None:
    before = await _everything(ask, ledger)
    answer = await act_on(ask, action, ledger, body_of_example(action), dry_run=True)
    assert answer.status_code in {action.route and action.route.status, 409}, answer.text
    assert await _everything(ask, ledger) == before


@by_kind
async def test_a_dry_run_answers_what_is_done_then(ask: Asking, ledger: str, action: Action) -> None:
    tried = await act_on(ask, action, ledger, body_of_example(action), dry_run=True)
    done = await act_on(ask, action, ledger, body_of_example(action))
    assert (done.status_code, codes_of(done)) == (tried.status_code, codes_of(tried))
    if not codes_of(done):
        passing = {"activated_at", "ended_at"}
        said = {name: value for name, value in done.json().items() if name not in passing} | {"dry_run": True}
        assert said == {name: value for name, value in tried.json().items() if name not in passing}


def codes_of(answer: Response) -> list[str]:
    """The codes of what is refused, none where it was done."""
    return codes(answer) if answer.status_code >= 400 else []


@keyed
async def test_a_key_is_needed_and_repeats_the_answer(ask: Asking, ledger: str, action: Action) -> None:
    assert codes(await act_on(ask, action, ledger, body_of_example(action), key=None)) == ["idempotency_key_missing"]
    first = await act_on(ask, action, ledger, body_of_example(action), key="once")
    done = await _everything(ask, ledger)
    again = await act_on(ask, action, ledger, body_of_example(action), key="once")
    assert (again.status_code, again.text) == (first.status_code, first.text) or first.status_code == 409
    assert await _everything(ask, ledger) == done


@optional
async def test_while_its_feature_is_off_it_is_not_there(ask: Asking, ledger: str, action: Action) -> None:
    turned = await ask.send("PUT", f"/features/{action.feature}", json={"on": False}, headers={"if-match": '"1"'})
    assert turned.status_code == 200, turned.text
    answer = await act_on(ask, action, ledger, body_of_example(action))
    assert (answer.status_code, codes(answer)) == (404, ["feature_off"])


@sized
async def test_what_is_above_a_limit_waits_and_does_nothing(
    ask: Asking, ledger: str, pool: Pool, clock: Clock, action: Action
) -> None:
    role = next(role for role in roles_with(action.permission) if role not in {"admin", "program"})
    limits = {"role": role, "kind": action.kind, "single_most": "0.01", "day_most": None}
    await ask.change("PUT", "/approval-limits", json={"items": [limits]})
    limited = Asking(ask.client, await make_token(pool, clock, role), itertools.count(1000))
    before = (await ask.get(f"/accounts/{ledger}/operations")).text
    answer = await act_on(limited, action, ledger, body_of_example(action))
    assert answer.status_code in {202, 409}, answer.text
    assert (await ask.get(f"/accounts/{ledger}/operations")).text == before


def test_every_command_is_listed_with_what_it_does() -> None:
    said = {name: text.splitlines()[0] for name, text in summaries().items()}
    assert said == {
        name: (one.request.__doc__ or "").splitlines()[0] for one in ACTIONS if (name := name_of(one)) is not None
    }
