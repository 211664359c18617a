"""What opens beside a list: one operation with its matches and its balances; the explanation of a balance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath

from solde.balances import SOURCE_WORDS, Definition, ExplainedOperation, explain, in_words, operations_at
from solde.balances.explain import explain_operation
from solde.balances.store import account_as_seen, billing_accounts_as_seen
from solde.kernel.refusals import NOT_FOUND, Refused, refuse
from solde.litigation import LitigationEvent, list_events
from solde.matching import MatchLine, lettering, lines_of_operations
from solde.operations import Operation
from solde.operations import store as operation_store

from .. import formats
from ..addresses import Address, account_path
from ..reading import reading
from ..render import page
from ..visitors import Visitor
from .accounts import KEPT, Seen, see


@get("/accounts/{code:str}/operations/{number:int}", name="operation", include_in_schema=False)
async def operation_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], number: FromPath[int]
) -> Response[str]:
    """One operation: its facts, what it is matched with, its litigation, and whether each balance holds it and why."""
    async with reading(request) as conn:
        seen = await see(request, conn, visitor, code)
        account_id = seen.account.account_id
        found = await operations_at(conn, account_id, seen.moment, after=number - 1, limit=1)
        if not found or found[0].number != number:
            when = "" if seen.moment.as_of is None else f" on {seen.moment.as_of}"
            raise Refused(refuse(NOT_FOUND, f"account {code} has no operation {number}{when}"))
        operation = found[0]
        lines = await lines_of_operations(conn, account_id, [number])
        others = await operation_store.get_operations(
            conn, account_id, sorted({_other(line, number) for line in lines})
        )
        events = await list_events(conn, account_id, [number])
        account = await account_as_seen(conn, account_id)
        billing = await billing_accounts_as_seen(conn, account_id)
    places = [
        (b.definition, explain_operation(b.definition, operation, account, billing, seen.moment)) for b in seen.balances
    ]
    kept = [(n, v) for n, v in request.query_params.multi_items() if n in KEPT]
    return page(
        "operation.html",
        request,
        visitor=visitor,
        title=f"{operation.label} {operation.reference or operation.number}",
        back_href=str(Address(account_path(code), kept)),
        back_label=f"{seen.customer.name}, balance of {code}",
        head=_head(operation, seen),
        facts=_facts(operation),
        matches=_matches(operation, lines, others, code, kept, seen),
        events=[_event(event, operation) for event in events],
        places=_places(places, seen),
    )


def _other(line: MatchLine, number: int) -> int:
    return line.credit_number if line.debit_number == number else line.debit_number


def _head(o: Operation, seen: Seen) -> dict[str, object]:
    matching, tone = formats.MATCHING[o.matching_status]
    return {
        "label": o.label,
        "reference": o.reference or f"No. {o.number}",
        "amount": formats.money(o.amount, o.currency),
        "currency": o.currency,
        "side": o.side.word,
        "word": "DR" if o.side > 0 else "CR",
        "open": formats.money(o.open, o.currency),
        "matched": formats.money(o.matched, o.currency),
        "disputed": formats.money(o.disputed, o.currency) if o.disputed else "",
        "matching": matching,
        "tone": tone,
        "as_of": formats.day(seen.moment.as_of),
        "matched_percent": str(int(o.matched * 100 / o.amount)),
    }


def _facts(o: Operation) -> list[tuple[str, str]]:
    """What is known of an operation; what is not, is not shown."""
    facts: Sequence[tuple[str, str | None]] = (
        ("Number", str(o.number)),
        ("Type", f"{o.code} · {formats.class_label(o.class_)}"),
        ("Date", formats.day(o.operation_on)),
        ("Due", formats.day(o.due_on)),
        ("Collected", formats.day(o.collected_on)),
        ("Net", None if o.net is None else formats.money(o.net, o.currency)),
        ("Tax", None if o.tax is None else formats.money(o.tax, o.currency)),
        ("Billing account", o.billing_account),
        ("Order", o.order_number),
        ("Payment method", o.payment_method),
        ("Posting", formats.POSTING[o.posting_status][0]),
        ("Description", o.description),
        ("Comment", o.comment),
        ("Source", o.source),
        ("Recorded", formats.instant(o.recorded_at)),
        ("Default balance", "left out by a flag of its own" if o.excluded else None),
    )
    return [(label, value) for label, value in facts if value]


def _matches(
    o: Operation,
    lines: Sequence[MatchLine],
    others: Sequence[Operation],
    code: str,
    kept: list[tuple[str, str]],
    seen: Seen,
) -> list[dict[str, object]]:
    by_number = {other.number: other for other in others}
    shown = [line for line in lines if line.effective_on <= seen.moment.current_date]
    return [
        {
            "code": lettering(line.group_number),
            "amount": formats.money(line.amount, o.currency),
            "on": formats.day(line.effective_on),
            "label": by_number[_other(line, o.number)].label,
            "reference": by_number[_other(line, o.number)].reference or f"No. {_other(line, o.number)}",
            "href": str(Address(account_path(code, "operations", str(_other(line, o.number))), kept)),
            "reversed": formats.day(line.reversed_on)
            if line.reversed_on and line.reversed_on <= seen.moment.current_date
            else "",
        }
        for line in shown
    ]


def _event(event: LitigationEvent, o: Operation) -> dict[str, str]:
    verbs = {"ENTER": "Entered", "UPDATE": "Changed", "REMOVE": "Removed"}
    return {
        "verb": verbs.get(event.verb, event.verb),
        "on": formats.day(event.effective_on),
        "amount": formats.money(event.disputed, o.currency) if event.disputed else "",
        "reason": event.reason or "",
        "owner": event.owner or "",
        "review": formats.day(event.review_on),
    }


def _places(places: Sequence[tuple[Definition, ExplainedOperation]], seen: Seen) -> list[dict[str, object]]:
    """Whether each balance holds the operation, the picked one first."""
    ordered = sorted(places, key=lambda place: place[0].code != seen.definition.code)
    return [
        {
            "label": definition.label,
            "picked": definition.code == seen.definition.code,
            "included": place.included,
            "reasons": [formats.reason(r, included=place.included) for r in place.reasons],
            "size": formats.size(place.contribution, seen.account.currency),
            "word": formats.direction_word(place.contribution),
        }
        for definition, place in ordered
    ]


@get("/accounts/{code:str}/explanation", name="explanation", include_in_schema=False)
async def explanation_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Response[str]:
    """Why a balance is what it is: every operation in or out, by which rule, with the sum so far."""
    cursor = request.query_params.get("cursor") or None
    async with reading(request) as conn:
        seen = await see(request, conn, visitor, code)
        found = await explain(conn, seen.account.account_id, seen.definition, seen.moment, cursor=cursor)
    address = Address(request.url.path, [(n, v) for n, v in request.query_params.multi_items() if n in KEPT])
    figures, currency = seen.balance.figures, seen.account.currency
    return page(
        "explanation.html",
        request,
        visitor=visitor,
        title=f"Why {seen.definition.label} is what it is",
        back_href=str(Address(account_path(code), address.parameters)),
        back_label=f"{seen.customer.name}, balance of {code}",
        label=seen.definition.label,
        words=list(in_words(seen.definition.draft)),
        source=SOURCE_WORDS[seen.balance.source],
        as_of=formats.day(seen.moment.as_of),
        currency=currency,
        total={
            "debit": formats.money(figures.debit, currency),
            "credit": formats.money(figures.credit, currency),
            "size": formats.size(figures.balance, currency),
            "word": formats.direction_word(figures.balance),
            "tone": formats.DIRECTIONS[figures.direction],
            "count": formats.whole(figures.count),
        },
        lines=[_explained(one, seen, code, address) for one in found.items],
        first=str(address.with_()) if cursor else "",
        next=str(address.with_(cursor=found.next)) if found.next else "",
    )


def _explained(one: ExplainedOperation, seen: Seen, code: str, address: Address) -> dict[str, object]:
    currency = seen.account.currency
    return {
        "number": one.number,
        "on": formats.day(one.operation_on),
        "label": one.label,
        "reference": one.reference or f"No. {one.number}",
        "href": str(Address(account_path(code, "operations", str(one.number)), address.parameters)),
        "amount": formats.money(one.amount, currency),
        "included": one.included,
        "reasons": [formats.reason(r, included=one.included) for r in one.reasons],
        "share": formats.money(one.contribution, currency) if one.included else "",
        "share_tone": "credit" if one.contribution < 0 else "",
        "running": formats.size(one.running, currency),
        "word": formats.direction_word(one.running),
        "tone": formats.DIRECTIONS[formats.direction(one.running)],
    }
