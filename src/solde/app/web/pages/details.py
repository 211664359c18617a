"""What opens beside a list: one operation with its matches, history and balances; the explanation of a balance; suggestions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from litestar import Response

from solde.approvals import list_waiting
from solde.audit import KeptRecord
from solde.balances import SOURCE_WORDS, Definition, ExplainedOperation, explain, operations_at
from solde.balances.activity import PostedLine, tell
from solde.balances.explain import explain_operation
from solde.balances.store import account_as_seen, billing_accounts_as_seen
from solde.db import Connection
from solde.deposits.api.settings import FEATURE as DEPOSITS
from solde.kernel.refusals import NOT_FOUND, Refused, refuse
from solde.litigation import LitigationEvent, list_events, list_reasons
from solde.matching import MatchLine, lettering, lines_of_operations
from solde.operations import Operation, Side
from solde.operations import store as operation_store

from .. import conditions, formats, store
from ..activity_words import said_in_words
from ..addresses import Address, account_path, customer_path
from ..approval_words import waiting_words
from ..i18n import t
from ..page import Page, web_page
from ..store import Ties
from .account_view import KEPT, AccountView, see
from .actions import catalogue
from .settings.differences import in_words

HISTORY_MOST = 50
LINES_MOST = 100
"""Matches that a detail shows."""
EXPLAINED_A_PAGE = 50


@web_page("/accounts/{code:str}/operations/{number:int}", name="operation")
async def operation_page(page: Page, code: str, number: int) -> Response[str]:
    """One operation: its facts, matches, litigation, history, and whether each balance holds it and why."""
    types = await page.services.types.get()
    features = await page.services.features.on()
    async with page.reading() as conn:
        seen = await see(page, conn, code)
        account_id = seen.account.account_id
        operation = await _operation(conn, seen, number)
        lines = (await lines_of_operations(conn, account_id, [number]))[-LINES_MOST:]
        others = await operation_store.get_operations(
            conn, account_id, sorted({_other(line, number) for line in lines})
        )
        events = await list_events(conn, account_id, [number])
        reasons = {reason.code: t(reason.label) for reason in await list_reasons(conn)} if events else {}
        account = await account_as_seen(conn, account_id)
        billing = await billing_accounts_as_seen(conn, account_id)
        history = await store.history_of_operation(conn, account_id, number, HISTORY_MOST)
        ties = (await store.ties_of_operations(conn, account_id, [number])).get(number, store.UNTIED)
        waiting = await list_waiting(conn, account_id, now=page.now())
    places = [
        (b.definition, explain_operation(b.definition, operation, account, billing, seen.moment)) for b in seen.balances
    ]
    deposits = {types.by_id[type_id].code for type_id in types.deposit_ids}
    kinds = catalogue.kinds_of(operation, deposits, ties)
    acts = account_path(code, "actions")
    kept = [(n, v) for n, v in page.query.multi_items() if n in KEPT]
    unmatch = next((e for e in catalogue.allowed(page.visitor, features) if e.code == "unmatch"), None)
    may_unmatch = unmatch is not None and not seen.stopped and not catalogue.why_not(unmatch.wants, kinds)
    return page.show(
        "balance/operation.html",
        title=f"{t(operation.label)} {operation.reference or operation.number}",
        back_href=str(Address(account_path(code), kept)),
        back_label=t("{name}, balance of {account}", name=seen.customer.name, account=code),
        detail_href=str(Address(account_path(code, "operations", str(number)), kept)),
        head=_head(operation, seen),
        acts=catalogue.beside(page.visitor, features, acts, number, kinds, stopped=seen.stopped),
        facts=_facts(operation),
        ties=_ties(ties, code, features),
        waiting=waiting_words(waiting).get(number, []),
        matches=_matches(operation, lines, others, code, kept, seen, f"{acts}/unmatch" if may_unmatch else ""),
        events=[_event(event, operation, reasons) for event in events],
        history=[_deed(record, operation) for record in history],
        places=_places(places, seen),
    )


async def _operation(conn: Connection, seen: AccountView, number: int) -> Operation:
    found = await operations_at(conn, seen.account.account_id, seen.moment, after=number - 1, limit=1)
    if not found or found[0].number != number:
        when = "" if seen.moment.as_of is None else f" on {seen.moment.as_of}"
        code = seen.account.code
        raise Refused(
            refuse(NOT_FOUND, "account {code} has no operation {number}{when}", code=code, number=number, when=when)
        )
    return found[0]


def _other(line: MatchLine, number: int) -> int:
    return line.credit_number if line.debit_number == number else line.debit_number


def _name(reference: str | None, number: int) -> str:
    return reference or t("No. {n}", n=number)


def _head(o: Operation, seen: AccountView) -> dict[str, object]:
    matching, tone = formats.MATCHING[o.matching_status]
    return {
        "label": t(o.label),
        "reference": _name(o.reference, o.number),
        "amount": formats.money(o.amount, o.currency),
        "currency": o.currency,
        "side": o.side.word,
        "word": "DR" if o.side > 0 else "CR",
        "open": formats.money(o.open, o.currency),
        "matched": formats.money(o.matched, o.currency),
        "disputed": formats.money(o.disputed, o.currency) if o.disputed else "",
        "matching": t(matching),
        "tone": tone,
        "as_of": formats.day(seen.moment.as_of),
        "matched_percent": str(int(o.matched * 100 / o.amount)),
    }


def _facts(o: Operation) -> list[tuple[str, str]]:
    """What is known of an operation; what is not, is not shown."""
    facts: Sequence[tuple[str, str | None]] = (
        (t("Number"), str(o.number)),
        (t("Type"), f"{o.code} · {t(formats.class_label(o.class_))}"),
        (t("Date"), formats.day(o.operation_on)),
        (t("Due"), formats.day(o.due_on)),
        (t("Collected"), formats.day(o.collected_on)),
        (t("Net"), None if o.net is None else formats.money(o.net, o.currency)),
        (t("Tax"), None if o.tax is None else formats.money(o.tax, o.currency)),
        (t("Billing account"), o.billing_account),
        (t("Order"), o.order_number),
        (t("Payment method"), o.payment_method),
        (t("Posting"), t(formats.POSTING[o.posting_status][0])),
        (t("Accounting day"), formats.day(o.accounting_on)),
        (t("Description"), o.description),
        (t("Comment"), o.comment),
        (t("Source"), o.source),
        (t("Recorded"), formats.instant(o.recorded_at)),
        (t("Default balance"), t("left out by a flag of its own") if o.excluded else None),
    )
    return [(label, value) for label, value in facts if value]


def _ties(ties: Ties, code: str, features: Collection[str]) -> list[tuple[str, str, str]]:
    """What it belongs to: what that is, how it is called, and where it is."""
    found = []
    if ties.deposit is not None and DEPOSITS in features:
        path = account_path(code, "deposits", str(ties.deposit))
        found.append((t("Security deposit"), ties.deposit_name or "", path))
    if catalogue.PLANS in features:
        found += [
            (t("Instalment plan"), t("Plan {n}", n=plan), account_path(code, "plans", str(plan))) for plan in ties.plans
        ]
    if ties.taken_back_by is not None:
        by = ties.taken_back_by
        found.append((t("Taken back by"), t("No. {n}", n=by), account_path(code, "operations", str(by))))
    return found


def _matches(
    o: Operation,
    lines: Sequence[MatchLine],
    others: Sequence[Operation],
    code: str,
    kept: list[tuple[str, str]],
    seen: AccountView,
    unmatch: str,
) -> list[dict[str, object]]:
    """What it is matched with; `unmatch` is the address of that action, where the visitor may."""
    by_number = {other.number: other for other in others}
    day = seen.moment.current_date
    return [
        {
            "code": lettering(line.group_number),
            "amount": formats.money(line.amount, o.currency),
            "on": formats.day(line.effective_on),
            "label": t(by_number[_other(line, o.number)].label),
            "reference": _name(by_number[_other(line, o.number)].reference, _other(line, o.number)),
            "href": str(Address(account_path(code, "operations", str(_other(line, o.number))), kept)),
            "reversed": formats.day(line.reversed_on) if line.reversed_on and line.reversed_on <= day else "",
            "unmatch": _unmatch(line, o, unmatch) if line.reversed_on is None else "",
        }
        for line in lines
        if line.effective_on <= day
    ]


def _unmatch(line: MatchLine, o: Operation, address: str) -> str:
    if not address:
        return ""
    name = f"{line.group_number}-{line.debit_number}-{line.credit_number}"
    return str(Address(address, [("n", str(o.number)), ("line", name)]))


def _event(event: LitigationEvent, o: Operation, reasons: Mapping[str, str]) -> dict[str, str]:
    verbs = {"ENTER": t("Entered"), "UPDATE": t("Changed"), "REMOVE": t("Removed")}
    return {
        "verb": verbs.get(event.verb, event.verb),
        "on": formats.day(event.effective_on),
        "amount": formats.money(event.disputed, o.currency) if event.disputed else "",
        "reason": " · ".join(filter(None, (t(reasons.get(event.reason_code or "", "")), event.reason))),
        "owner": event.owner or "",
        "review": formats.day(event.review_on),
    }


def _deed(record: KeptRecord, o: Operation) -> dict[str, str]:
    """What was done with it, by whom, when and why."""
    own = PostedLine(o.number, o.code, o.label, o.class_, int(o.side), o.currency, o.amount, o.reference)
    said = tell(record, (own,) if record.verb == "post" else (), o.currency)
    return {
        "at": formats.instant(record.recorded_at),
        "actor": record.actor,
        "words": said_in_words(said),
        "reason": record.reason or "",
    }


def _places(places: Sequence[tuple[Definition, ExplainedOperation]], seen: AccountView) -> list[dict[str, object]]:
    """Whether each balance holds the operation, the picked one first."""
    ordered = sorted(places, key=lambda place: place[0].code != seen.definition.code)
    return [
        {
            "label": t(definition.label),
            "picked": definition.code == seen.definition.code,
            "included": place.included,
            "reasons": [conditions.reason(r, included=place.included) for r in place.reasons],
            "size": formats.size(place.contribution, seen.account.currency),
            "word": formats.direction_word(place.contribution),
        }
        for definition, place in ordered
    ]


@web_page("/accounts/{code:str}/explanation", name="explanation")
async def explanation_page(page: Page, code: str) -> Response[str]:
    """Why a balance, or one side of it, is what it is: every operation in or out, by which rule, with the sum so far."""
    asked, cursor = page.query, page.query.get("cursor") or None
    side = {"debit": Side.DEBIT, "credit": Side.CREDIT}.get(asked.get("side") or "")
    async with page.reading() as conn:
        seen = await see(page, conn, code)
        found = await explain(
            conn,
            seen.account.account_id,
            seen.definition,
            seen.moment,
            side=side,
            limit=EXPLAINED_A_PAGE,
            cursor=cursor,
        )
    address = Address(page.path, [(n, v) for n, v in asked.multi_items() if n in {*KEPT, "side"}])
    kept = address.only(*KEPT)
    shared = _shared(found.items)
    return page.show(
        "balance/explanation.html",
        title=t("Why {balance} is what it is", balance=t(seen.definition.label)),
        back_href=str(Address(account_path(code), kept.parameters)),
        back_label=t("{name}, balance of {account}", name=seen.customer.name, account=code),
        detail_href=str(address),
        label=_label(seen.definition, side),
        sides=[
            (words, str(address.with_(side=value)), (asked.get("side") or None) == value)
            for words, value in ((t("Balance"), None), (t("Debit"), "debit"), (t("Credit"), "credit"))
        ],
        words=list(in_words(seen.definition.draft)),
        source=t(SOURCE_WORDS[seen.balance.source]),
        as_of=formats.day(seen.moment.as_of),
        currency=seen.account.currency,
        total=_total(seen, side),
        shared=shared,
        lines=[_explained(one, seen, code, kept, shared) for one in found.items],
        first=str(address.with_()) if cursor else "",
        next=str(address.with_(cursor=found.next)) if found.next else "",
    )


def _label(definition: Definition, side: Side | None) -> str:
    if side is None:
        return t(definition.label)
    return t("Debit of {balance}" if side is Side.DEBIT else "Credit of {balance}", balance=t(definition.label))


def _total(seen: AccountView, side: Side | None) -> dict[str, str]:
    """The figure that is explained, and those it is made of."""
    figures, currency = seen.balance.figures, seen.account.currency
    amount = {None: figures.balance, Side.DEBIT: figures.debit, Side.CREDIT: -figures.credit}[side]
    return {
        "debit": formats.money(figures.debit, currency),
        "credit": formats.money(figures.credit, currency),
        "size": formats.size(amount, currency),
        "word": formats.direction_word(amount),
        "tone": formats.DIRECTIONS[formats.direction(amount)],
        "count": formats.whole(figures.count),
    }


def _shared(lines: Sequence[ExplainedOperation]) -> list[str]:
    """The reasons that hold for every one of several operations: they are said once, above them."""
    said = [[conditions.reason(r, included=one.included) for r in one.reasons] for one in lines]
    return [words for words in said[0] if all(words in other for other in said)] if len(said) > 2 else []


def _explained(
    one: ExplainedOperation, seen: AccountView, code: str, kept: Address, shared: Sequence[str]
) -> dict[str, object]:
    currency = seen.account.currency
    return {
        "number": one.number,
        "on": formats.day(one.operation_on),
        "label": t(one.label),
        "reference": t("Item {number}", number=one.number) if one.unbilled else _name(one.reference, one.number),
        "href": str(Address(customer_path(seen.customer.code, "unbilled"), [("account", code)]))
        if one.unbilled
        else str(Address(account_path(code, "operations", str(one.number)), kept.parameters)),
        "amount": formats.money(one.amount, currency),
        "included": one.included,
        "reasons": [words for r in one.reasons if (words := conditions.reason(r, included=one.included)) not in shared],
        "share": formats.money(one.contribution, currency) if one.included else "",
        "share_tone": "credit" if one.contribution < 0 else "",
        "running": formats.size(one.running, currency),
        "word": formats.direction_word(one.running),
        "tone": formats.DIRECTIONS[formats.direction(one.running)],
    }


route_handlers = [operation_page, explanation_page]
