"""The actions of litigation, described for every face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from msgspec import UNSET

from solde.access import Permission
from solde.actions.action import Action, Button, Route, Run, Several, Suggestion, Version, Words
from solde.actions.rows import NOT_MATCHED
from solde.actions.subjects import Subject
from solde.approvals import ExecutionContext
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations import store as operation_store
from solde.operations.descriptions import OPERATION

from . import store
from .actions import dispute
from .api.shapes import LitigationShape, litigation_shape
from .model import Disputed, DisputeRequest, DisputeVerb, Past
from .requests import (
    EnterEachRequest,
    EnterRequest,
    LitigationRequest,
    RemoveEachRequest,
    RemoveRequest,
    UpdateRequest,
)

FEATURE = "litigation"
SAID = ("amount", "effective_on", "reason", "owner", "review_on", "reason_code")


def disputing(verb: DisputeVerb | None) -> Run:
    """Does this to the litigations that are asked for, all or none; without a verb it updates those there are."""

    async def run(
        conn: Connection, requests: Sequence[Any], context: ExecutionContext
    ) -> LitigationShape | list[LitigationShape]:
        asked = [_asked(one, verb or await _verb(conn, one)) for one in requests]
        answers = await dispute(conn, asked, today=context.today)
        if refusals := [refusal for one in answers if not isinstance(one, Disputed) for refusal in one]:
            raise Refused(refusals)
        made = [litigation_shape(one) for one in answers if isinstance(one, Disputed)]
        return made[0] if len(made) == 1 else made

    return run


def _asked(request: Any, verb: DisputeVerb) -> DisputeRequest:
    said = {name: getattr(request, name, UNSET) for name in SAID}
    given = {name: value for name, value in said.items() if value is not UNSET}
    return DisputeRequest(request.account_id, request.number, verb, request.actor, **given)


async def _verb(conn: Connection, request: LitigationRequest) -> DisputeVerb:
    """Update a litigation that there is, otherwise enter one."""
    key = (request.account_id, request.number)
    item = (await operation_store.open_items_of(conn, [key])).get(key)
    return DisputeVerb.UPDATE if item is not None and item.disputed > 0 else DisputeVerb.ENTER


async def newest_event(conn: Connection, subject: Subject) -> int:
    """The number of the newest event of an operation's litigation, 0 without one; locks the account."""
    await operation_store.lock_accounts(conn, [subject.account_id])
    return await look_event(conn, subject)


async def look_event(conn: Connection, subject: Subject) -> int:
    """The number of the newest event, as it is at this moment."""
    events = await store.list_events(conn, subject.account_id, [subject.number])
    return max((one.event_number for one in events), default=0)


async def suggest_open(conn: Connection, subject: Subject, context: ExecutionContext) -> Suggestion:
    """All that is open, disputed by who asks."""
    key = (subject.account_id, subject.number)
    item = (await operation_store.open_items_of(conn, [key])).get(key)
    return Suggestion({"owner": context.actor} | ({} if item is None else {"amount": item.open}))


async def suggest_owner(_conn: Connection, _subject: Subject, context: ExecutionContext) -> Suggestion:
    """Who asks, of several invoices."""
    return Suggestion({"owner": context.actor})


async def suggest_now(conn: Connection, subject: Subject, _: ExecutionContext) -> Suggestion:
    """The litigation as it is."""
    key = (subject.account_id, subject.number)
    item = (await operation_store.open_items_of(conn, [key])).get(key)
    terms = (await store.past_of(conn, [key])).get(key, Past()).terms
    said = {
        "reason_code": terms.reason_code,
        "reason": terms.reason,
        "owner": terms.owner,
        "review_date": terms.review_on,
    }
    return Suggestion(said | ({} if item is None else {"amount": item.disputed}))


_ARGUED = (("in_litigation", "Not in litigation"), ("!unargued", "One of them is not in litigation"))

VERSION = Version(newest_event, look_event, "the litigation of operation {number}")
"""Of which a change must know the newest event."""

ENTER = Action(
    kind="enter_litigation",
    words=Words(
        "Enter litigation",
        "Litigation",
        "Put in litigation",
        each="Each of them is disputed wholly",
        command="litigation enter",
    ),
    permission=Permission.LITIGATION,
    feature=FEATURE,
    at=OPERATION,
    button=Button(
        icon="gavel",
        shown=("debit", "!credit", "!in_litigation"),
        wants=(("!not_invoice", "Only invoices can be in litigation"), NOT_MATCHED),
        key="l",
        takes="open",
    ),
    request=EnterRequest,
    run=disputing(DisputeVerb.ENTER),
    gives=LitigationShape,
    suggest=suggest_open,
    several=Several(EnterEachRequest, EnterEachRequest.each, suggest=suggest_owner),
)

UPDATE = Action(
    kind="update_litigation",
    words=Words(
        "Update litigation",
        "Litigation",
        "Litigation updated",
        each="What is left blank stays as it is",
        command="litigation update",
    ),
    permission=Permission.LITIGATION,
    feature=FEATURE,
    at=OPERATION,
    button=Button(icon="gavel", shown=("in_litigation",), wants=_ARGUED, key="l", takes="disputed", version=VERSION),
    request=UpdateRequest,
    run=disputing(DisputeVerb.UPDATE),
    gives=LitigationShape,
    suggest=suggest_now,
    several=Several(EnterEachRequest, EnterEachRequest.each),
)

REMOVE = Action(
    kind="remove_litigation",
    words=Words(
        "Remove litigation",
        "Litigation",
        "Taken out of litigation",
        note="All that is disputed of them is available again",
        each="",
        command="litigation remove",
    ),
    permission=Permission.LITIGATION,
    feature=FEATURE,
    at=OPERATION,
    button=Button(icon="circle-check", shown=("in_litigation",), wants=_ARGUED, takes="disputed", version=VERSION),
    route=Route(
        tag="Litigation",
        path="operations/{number}/litigation",
        name="remove_litigation",
        method="DELETE",
        status=200,
        version=VERSION,
    ),
    request=RemoveRequest,
    run=disputing(DisputeVerb.REMOVE),
    gives=LitigationShape,
    several=Several(RemoveEachRequest, RemoveEachRequest.each),
)

ENTER_OR_UPDATE = replace(
    ENTER,
    kind="litigation",
    words=replace(ENTER.words, command=None),
    button=None,
    route=Route(
        tag="Litigation",
        path="operations/{number}/litigation",
        name="put_litigation",
        method="PUT",
        status=200,
        version=VERSION,
        example={
            "amount": "40.00",
            "reason_code": "PRICE",
            "reason": "the old tariff was invoiced",
            "owner": "anna",
            "review_date": "2026-06-01",
        },
    ),
    request=LitigationRequest,
    run=disputing(None),
    several=None,
)
"""The API sets a litigation, whether or not there is one."""

ACTIONS = (ENTER, UPDATE, REMOVE, ENTER_OR_UPDATE)
