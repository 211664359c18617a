"""Unidentified receipts: record, assign to accounts, return; list them, and suggest whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from solde import audit
from solde.audit import AuditRecord
from solde.customers import search_customers
from solde.customers.rules.world import read_currency
from solde.db import Connection
from solde.kernel.dates import check_not_ahead
from solde.kernel.money import plain
from solde.kernel.paging import BAD_CURSOR, Page, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import Refusal, Refused, refuse
from solde.kernel.texts import say
from solde.matching.rules import TOO_EARLY
from solde.operations import NewOperation, Types
from solde.operations import rules as operation_rules

from . import rules, store
from .actions import register
from .filters import ReceiptFilter
from .model import (
    AccountOwner,
    AccountSuggestion,
    Assigned,
    Assignment,
    AssignRequest,
    PaymentRequest,
    Receipt,
    ReceiptRequest,
    ReceiptState,
    RecordedReceipt,
    Registered,
    ReturnRequest,
    Routes,
)

RecordAnswer = RecordedReceipt | tuple[Refusal, ...]
AssignAnswer = Assigned | tuple[Refusal, ...]
ReturnAnswer = Receipt | tuple[Refusal, ...]

MOST_SUGGESTED = 10


async def record_unidentified(
    conn: Connection, requests: Sequence[ReceiptRequest], types: Types, *, today: date
) -> list[RecordAnswer]:
    """Record money that came in and names no account; it is in no balance until it is assigned.

    Gives: the id of each; one whose seller has its entry_key already is `known` and not recorded again.
    Refuses: payment_method_unknown, unknown_currency; what the amount, the date and the texts of an operation refuse, dated_in_future.
    Source: product §2 Also.
    """
    # A blank name is no name.
    requests = [replace(r, entry_key=(r.entry_key or "").strip() or None) for r in requests]
    routes = await store.load_routes(conn)
    checked = [_check_receipt(request, routes, types, today) for request in requests]
    good = [(r, c) for r, c in zip(requests, checked, strict=True) if isinstance(c, str)]
    recorded = iter(await _insert(conn, good) if good else [])
    return [next(recorded) if isinstance(c, str) else c for c in checked]


def _check_receipt(request: ReceiptRequest, routes: Routes, types: Types, today: date) -> str | tuple[Refusal, ...]:
    """The operation type a receipt will be registered as, or every reason against it."""
    type_code = routes.payment_types.get(request.method)
    if type_code is None:
        return (refuse(rules.NO_METHOD, "{method!r} is no payment method", method=request.method, field="method"),)
    new = NewOperation(
        0, type_code, request.amount, request.on, reference=request.reference, description=request.payer_text,
        order_number=request.entry_key,
    )  # fmt: skip
    names = {"operation_date": "date", "description": "payer_text", "order_number": "entry_key"}
    wrong = operation_rules.check_operation(new, types.by_code) or operation_rules.check_not_ahead_of(new, today)
    found = [r.at(field=names.get(r.field or "", r.field)) for r in wrong]
    currency = read_currency(request.currency)
    if currency != request.currency:
        unknown = currency if isinstance(currency, Refusal) else read_currency("?")
        assert isinstance(unknown, Refusal)
        found.append(unknown.at(field="currency"))
    return tuple(found) or type_code


async def _insert(conn: Connection, good: Sequence[tuple[ReceiptRequest, str]]) -> list[RecordedReceipt]:
    actions = await audit.next_action_ids(conn, len(good))
    rows = [(r, code, action) for (r, code), action in zip(good, actions, strict=True)]
    new = await store.insert_receipts(conn, rows)
    keys = [(r.seller_id, r.entry_key) for r, _, action in rows if action not in new and r.entry_key is not None]
    known = await store.receipts_by_key(conn, keys) if keys else {}
    told = [_told_receipt(r, new[action], action) for r, _, action in rows if action in new]
    await audit.append(conn, told)
    return [
        RecordedReceipt(new[action])
        if action in new
        else RecordedReceipt(known[r.seller_id, r.entry_key or ""], known=True)
        for r, _, action in rows
    ]


def _told_receipt(request: ReceiptRequest, receipt_id: int, action: int) -> AuditRecord:
    after = {
        "receipt": receipt_id,
        "amount": plain(request.amount),
        "currency": request.currency,
        "date": request.on,
        "reference": request.reference,
    }
    return AuditRecord(0, action, request.actor, "receipt_record", None, None, after)


async def assign_receipts(
    conn: Connection, requests: Sequence[AssignRequest], types: Types, *, today: date
) -> list[AssignAnswer]:
    """Register each part of a receipt as a payment of an account, dated as the money came in.

    Receipts are locked before accounts, in order of their ids. Never more than its amount goes out of a receipt.
    Refuses: unknown_receipt, what `check_assignment` refuses, and what registering a payment refuses.
    """
    await store.lock_receipts(conn, [r.receipt_id for r in requests])
    receipts = await store.get_receipts(conn, [r.receipt_id for r in requests])
    parties = await store.parties_of(conn, [r.account_id for r in requests])
    decided: list[PaymentRequest | tuple[Refusal, ...]] = []
    left = dict(receipts)
    for request in requests:
        payment = _decide(request, left.get(request.receipt_id), parties.get(request.account_id))
        decided.append(payment)
        if isinstance(payment, PaymentRequest):
            receipt = left[request.receipt_id]
            left[request.receipt_id] = replace(receipt, assigned=receipt.assigned + payment.payment.amount)
    payments = [one for one in decided if isinstance(one, PaymentRequest)]
    registered = iter(await register(conn, payments, types, today=today) if payments else [])
    answers = [one if isinstance(one, tuple) else next(registered) for one in decided]
    return await _keep_assignments(conn, requests, receipts, decided, answers)


def _decide(
    request: AssignRequest, receipt: Receipt | None, party: AccountOwner | None
) -> PaymentRequest | tuple[Refusal, ...]:
    if receipt is None:
        return (refuse(rules.UNKNOWN_RECEIPT, "there is no receipt {receipt_id}", receipt_id=request.receipt_id),)
    amount = receipt.rest if request.amount is None else request.amount
    bad = rules.check_assignment(receipt, receipt.rest, amount, None if party is None else party.seller_id)
    if bad is not None:
        return (bad,)
    new = NewOperation(
        request.account_id, receipt.type_code, amount, receipt.received_on, currency=receipt.currency,
        reference=receipt.reference, description=receipt.payer_text, payment_method=receipt.payment_method,
        source="receipt",
    )  # fmt: skip
    return PaymentRequest(
        new, request.actor, request.allocate_to, request.reason, amounts=request.amounts, late=request.late
    )


async def _keep_assignments(
    conn: Connection,
    requests: Sequence[AssignRequest],
    receipts: dict[int, Receipt],
    decided: Sequence[PaymentRequest | tuple[Refusal, ...]],
    answers: Sequence[object],
) -> list[AssignAnswer]:
    """Write where the parts went, what of each receipt is assigned now, and the audit records."""
    actions = iter(await audit.next_action_ids(conn, len(requests)))
    parts, told, given = [], [], list[AssignAnswer]()
    for request, payment, answer in zip(requests, decided, answers, strict=True):
        if not isinstance(answer, Registered) or not isinstance(payment, PaymentRequest):
            assert isinstance(answer, tuple), "a part is registered or refused"
            given.append(answer)
            continue
        amount, action = payment.payment.amount, next(actions)
        receipt = receipts[request.receipt_id]
        receipts[request.receipt_id] = receipt = replace(receipt, assigned=receipt.assigned + amount)
        parts.append((request.account_id, answer.number, request.receipt_id, amount, action))
        after = {"receipt": request.receipt_id, "operation": answer.number, "amount": plain(amount)}
        told.append(
            AuditRecord(request.account_id, action, request.actor, "receipt_assign", request.reason, None, after)
        )
        given.append(Assigned(request.receipt_id, request.account_id, amount, receipt.rest, answer))
    if parts:
        await store.insert_assignments(conn, parts)
        await store.move_receipts(conn, {part[2]: receipts[part[2]].assigned for part in parts})
        await audit.append(conn, told)
    return given


async def return_receipts(conn: Connection, requests: Sequence[ReturnRequest], *, today: date) -> list[ReturnAnswer]:
    """Send back what is left of each receipt: it was nobody's.

    Refuses: unknown_receipt, receipt_closed, action_reason_missing, effective_too_early, dated_in_future.
    """
    await store.lock_receipts(conn, [r.receipt_id for r in requests])
    receipts = await store.get_receipts(conn, [r.receipt_id for r in requests])
    answers: list[ReturnAnswer] = []
    for request in requests:
        answer = _decide_return(request, receipts.get(request.receipt_id), today)
        if isinstance(answer, Receipt):
            receipts[request.receipt_id] = answer
        answers.append(answer)
    await _keep_returns(conn, [(r, a) for r, a in zip(requests, answers, strict=True) if isinstance(a, Receipt)])
    return answers


def _decide_return(request: ReturnRequest, receipt: Receipt | None, today: date) -> ReturnAnswer:
    if receipt is None:
        return (refuse(rules.UNKNOWN_RECEIPT, "there is no receipt {receipt_id}", receipt_id=request.receipt_id),)
    if receipt.state is not ReceiptState.WAITING:
        return (refuse(rules.RECEIPT_CLOSED, "nothing of receipt {receipt_id} is left", receipt_id=receipt.receipt_id),)
    if (bad := rules.check_reason(request.reason)) is not None:
        return (bad,)
    day = max(today, receipt.received_on) if request.on is None else request.on
    if day < receipt.received_on:
        said = say("{day} is before {received_on}, the day the money came in", day=day, received_on=receipt.received_on)
        return (refuse(TOO_EARLY, said, field="date"),)
    if (ahead := check_not_ahead(day, max(today, receipt.received_on))) is not None:
        return (ahead,)
    return replace(receipt, state=ReceiptState.RETURNED, returned_on=day, return_reason=request.reason)


async def _keep_returns(conn: Connection, made: Sequence[tuple[ReturnRequest, Receipt]]) -> None:
    if not made:
        return
    actions = await audit.next_action_ids(conn, len(made))
    rows = [(r.receipt_id, r.returned_on, r.return_reason) for _, r in made if r.returned_on and r.return_reason]
    await store.return_receipts(conn, rows)
    told = [
        AuditRecord(
            0, action, request.actor, "receipt_return", request.reason, None,
            {"receipt": receipt.receipt_id, "amount": plain(receipt.rest), "date": receipt.returned_on},
        )
        for (request, receipt), action in zip(made, actions, strict=True)
    ]  # fmt: skip
    await audit.append(conn, told)


async def get_receipt(conn: Connection, receipt_id: int, seller_id: int | None = None) -> Receipt:
    """A receipt; refuses unknown_receipt, also where another seller has it."""
    found = (await store.get_receipts(conn, [receipt_id], seller_id)).get(receipt_id)
    if found is None:
        raise Refused(refuse(rules.UNKNOWN_RECEIPT, "there is no receipt {receipt_id}", receipt_id=receipt_id))
    return found


async def list_receipts(
    conn: Connection,
    chosen: ReceiptFilter,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[Receipt]:
    """Receipts, newest first; refuses bad_cursor, bad_limit."""
    assert sort is None, "receipts have one order"
    wanted, before = check_limit(limit), store.LARGEST_ID
    if cursor is not None:
        (key,) = decode_cursor(cursor, 1)
        if not isinstance(key, int) or not 0 < key <= store.LARGEST_ID:
            raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
        before = key
    found = await store.list_receipts(conn, chosen, before, wanted + 1)
    more = len(found) > wanted
    return Page(found[:wanted], encode_cursor([found[wanted - 1].receipt_id]) if more else None)


async def assignments_of(conn: Connection, receipt_id: int) -> list[Assignment]:
    """Where the parts of a receipt went, in order."""
    return await store.list_assignments(conn, receipt_id)


async def suggest_accounts(conn: Connection, receipt: Receipt) -> list[AccountSuggestion]:
    """Whose a receipt probably is, best reason first; an account is suggested once.

    Gives: accounts whose open invoices its texts name, then those whose code they name, then those whose customer has
    the payer's name.
    """
    words = rules.words_of(receipt.reference, receipt.payer_text)
    found = await _by_invoice(conn, words, receipt) if words else []
    found += await _by_code(conn, words, receipt) if words else []
    if len(found) < MOST_SUGGESTED:
        found += await _by_name(conn, receipt)
    first = {one.account: one for one in reversed(found)}
    return [one for one in found if first[one.account] is one][:MOST_SUGGESTED]


async def _by_invoice(conn: Connection, words: Sequence[str], receipt: Receipt) -> list[AccountSuggestion]:
    rows = await store.invoices_named(conn, words, receipt, 100)
    found = []
    for account, name in dict.fromkeys((row[0], row[1]) for row in rows):
        mine = [row for row in rows if row[0] == account]
        open_debit = sum((row[4] for row in mine), receipt.amount * 0)
        fits, named = "the text names {references}, and what is open of it is the amount", "the text names {references}"
        said = say(fits if open_debit == receipt.rest else named, references=[row[3] for row in mine[:5]])
        numbers = tuple(row[2] for row in mine)
        found.append(AccountSuggestion(account, name, open_debit, numbers, "invoice", said))
    return found


async def _by_code(conn: Connection, words: Sequence[str], receipt: Receipt) -> list[AccountSuggestion]:
    rows = await store.accounts_named(conn, words, receipt, MOST_SUGGESTED)
    return [
        AccountSuggestion(code, name, debit, (), "code", say("the text names {references}", references=code))
        for code, name, debit in rows
    ]


async def _by_name(conn: Connection, receipt: Receipt) -> list[AccountSuggestion]:
    name = rules.names_in(receipt.payer_text)
    if name is None:
        return []
    page = await search_customers(conn, name, seller_id=receipt.seller_id, limit=MOST_SUGGESTED)
    fits = [a.code for c in page.items for a in c.accounts if a.currency == receipt.currency and a.state != "CLOSED"]
    rows = await store.accounts_named(conn, fits, receipt, MOST_SUGGESTED) if fits else []
    return [
        AccountSuggestion(code, who, debit, (), "name", say("the payer's name is {name}", name=who))
        for code, who, debit in rows
    ]
