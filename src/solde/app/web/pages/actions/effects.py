"""What an action would do, worked out by doing it and taking it back; and whether it is still what was shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from solde.balances import AccountBalance, Definitions, Moment
from solde.db import Connection
from solde.kernel.money import ZERO, plain
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say
from solde.operations import Operation, Side
from solde.operations import store as operation_store

from ... import formats
from ...i18n import t
from .submission import ActionOutcome, FormContext, Submission, carry_out, name_of

CHANGED_SINCE = declare(
    "changed_since_preview", Kind.CONFLICT, "Look at the new preview, then confirm again if it is still what you want."
)

LINES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class TouchedOperation:
    """An operation that an action touches, as it is afterwards, and what was open of it before; None where it is new."""

    operation: Operation
    before: Decimal | None


class PreviewToken(msgspec.Struct, frozen=True):
    """What a preview showed, as its form brings it back: what was asked, and what was open of each operation."""

    asked: str
    open: dict[str, str]


@dataclass(frozen=True, slots=True)
class ActionPreview:
    """What came of an action: what it touched here and posted elsewhere, and balances before and after, by account."""

    outcome: ActionOutcome
    touched: tuple[TouchedOperation, ...]
    elsewhere: tuple[tuple[str, Operation], ...]
    balances: tuple[tuple[str, AccountBalance, AccountBalance], ...]


async def try_out(conn: Connection, definitions: Definitions, wish: Submission, desk: FormContext) -> ActionPreview:
    """Do what is wanted, see what comes of it, and take it back."""
    codes = {desk.account.account_id: desk.account.code}
    codes |= {account.account_id: code for code, account in desk.others.items()}
    moment = Moment(desk.today)
    before = await definitions.figures_now(conn, list(codes), moment)
    async with conn.transaction(force_rollback=True):
        outcome = await carry_out(conn, wish, desk)
        after = await definitions.figures_now(conn, list(codes), moment)
        touched = await touched_by(conn, outcome, desk)
        elsewhere = await _elsewhere(conn, outcome, desk)
    balances = [
        (code, old, new)
        for account, code in codes.items()
        for old, new in zip(before[account], after[account], strict=True)
        if old.figures != new.figures or (outcome.argued and account == desk.account.account_id)
    ]
    return ActionPreview(outcome, touched, elsewhere, tuple(balances))


async def touched_by(conn: Connection, outcome: ActionOutcome, desk: FormContext) -> tuple[TouchedOperation, ...]:
    """The operations of the account that an action touched, as they are now."""
    moved, posted = outcome.moved(), outcome.posted_on(desk.account.code)
    numbers = sorted({*moved, *posted, *outcome.argued})
    found = await operation_store.get_operations(conn, desk.account.account_id, numbers)
    return tuple(
        TouchedOperation(o, None if o.number in posted else o.open + moved.get(o.number, ZERO))
        for o in sorted(found, key=lambda o: o.number)
    )


async def _elsewhere(conn: Connection, outcome: ActionOutcome, desk: FormContext) -> tuple[tuple[str, Operation], ...]:
    """What was posted on another account; an action posts on one other at most."""
    codes = [code for code, _ in outcome.posted if code != desk.account.code and code in desk.others]
    if not codes:
        return ()
    code = codes[0]
    account_id = desk.others[code].account_id
    return tuple((code, o) for o in await operation_store.get_operations(conn, account_id, outcome.posted_on(code)))


def seen_as(touched: Sequence[TouchedOperation], digest: str) -> str:
    """What a preview showed of operations that are there already, to be held against what is so on confirming."""
    opened = {str(one.operation.number): plain(one.before) for one in touched if one.before is not None}
    return msgspec.json.encode(PreviewToken(digest, opened)).decode()


def changes_since(seen: str, touched: Sequence[TouchedOperation], digest: str) -> list[Refusal]:
    """What has changed since a preview was shown; nothing where none was."""
    try:
        shown = msgspec.json.decode(seen, type=PreviewToken)
    except msgspec.DecodeError:
        return []
    opened = shown.open
    now = {str(one.operation.number): one for one in touched if one.before is not None}
    said = [
        say(
            "{what} was {old} open in the preview; it is {new} open now",
            what=name_of(one.operation),
            old=Decimal(opened[number]),
            new=one.before,
        )
        for number, one in now.items()
        if number in opened and one.before is not None and opened[number] != plain(one.before)
    ]
    if not said and shown.asked == digest and opened.keys() != now.keys():
        said = [say("Other operations would be touched than the preview showed")]
    return [refuse(CHANGED_SINCE, words) for words in said]


def shown(tried: ActionPreview, desk: FormContext, digest: str) -> dict[str, object]:
    """A preview as its template takes it."""
    currency = desk.currency
    names = {one.operation.number: name_of(one.operation) for one in tried.touched}
    new = [one.operation for one in tried.touched if one.before is None]
    lines = tried.outcome.lines
    return {
        "posted": [_posted(o, "") for o in new] + [_posted(o, code) for code, o in tried.elsewhere],
        "lines": [
            {
                "code": line.code,
                "debit": _line_name(names, line.debit, new),
                "credit": _line_name(names, line.credit, new),
                "amount": formats.money(line.amount, currency),
                "undone": line.undone,
            }
            for line in lines[:LINES_SHOWN]
        ],
        "more": max(0, len(lines) - LINES_SHOWN),
        "open": [_opened(one) for one in tried.touched if one.operation.number not in tried.outcome.argued],
        "available": [
            _available(old, one.operation)
            for one in tried.touched
            for old in desk.chosen
            if one.operation.number in tried.outcome.argued and old.number == one.operation.number
        ],
        "balances": [
            (label, _balance(old.figures.balance, currency), _balance(now.figures.balance, currency))
            for label, old, now in _labelled(tried.balances, desk)
        ],
        "unallocated": _unallocated(new, currency),
        "seen": seen_as(tried.touched, digest),
        "currency": currency,
    }


def _line_name(names: Mapping[int, str], number: int, new: Sequence[Operation]) -> str:
    """An operation as a line names it; one that is only being posted by what it is."""
    found = next((o for o in new if o.number == number), None)
    return names.get(number) or t("No. {n}", n=number) if found is None else found.reference or t(found.label)


def _posted(o: Operation, account: str) -> dict[str, str]:
    return {
        "label": t(o.label),
        "account": account,
        "on": _when(o),
        "amount": formats.money(o.amount, o.currency),
        "word": "DR" if o.side is Side.DEBIT else "CR",
        "tone": "debit" if o.side is Side.DEBIT else "credit",
    }


def _when(o: Operation) -> str:
    """The day it is posted on; of a debit that is due later also that day."""
    if o.side is Side.DEBIT and o.due_on > o.operation_on:
        return t("due {day}", day=formats.day(o.due_on))
    return formats.day(o.operation_on)


def _opened(one: TouchedOperation) -> dict[str, object]:
    o = one.operation
    status, tone = formats.MATCHING[o.matching_status]
    return {
        "name": t(o.label) if one.before is None else name_of(o),
        "new": one.before is None,
        "before": "" if one.before is None else formats.money(one.before, o.currency),
        "after": formats.money(o.open, o.currency),
        "status": t(status),
        "tone": tone,
    }


def _available(before: Operation, now: Operation) -> dict[str, object]:
    """What of an invoice may be matched, before and after its litigation changes."""
    status, tone = formats.MATCHING[now.matching_status]
    return {
        "name": name_of(now),
        "before": formats.money(before.available, now.currency),
        "after": formats.money(now.available, now.currency),
        "status": t(status),
        "tone": tone,
    }


def _labelled(
    balances: Sequence[tuple[str, AccountBalance, AccountBalance]], desk: FormContext
) -> list[tuple[str, AccountBalance, AccountBalance]]:
    """The balances that change; of another account only the default one, named with it."""
    return [
        (t(old.definition.label) if code == desk.account.code else f"{code}: {t(old.definition.label)}", old, new)
        for code, old, new in balances
        if code == desk.account.code or old.definition.draft.is_default
    ]


def _balance(amount: Decimal, currency: str) -> str:
    return f"{formats.size(amount, currency)} {formats.direction_word(amount)}".strip()


def _unallocated(new: Sequence[Operation], currency: str) -> str:
    """How much of a payment or a credit note that is being posted stays unallocated."""
    credits = [o for o in new if o.class_ in {"P", "AP"} or (o.class_ == "I" and o.side is Side.CREDIT)]
    left = sum((o.open for o in credits), ZERO)
    return formats.money(left, currency) if left else ""
