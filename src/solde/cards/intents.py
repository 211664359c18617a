"""Write down what shall be asked of a gateway, before it is asked: load, decide, save."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.money import ZERO, plain
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, Refused, refuse
from solde.kernel.texts import say
from solde.operations import store as operation_store
from solde.operations.rules import ACCOUNT_CLOSED
from solde.operations.store import AccountHead
from solde.payments.rules import check_words

from . import rules, store
from .model import CardKind, CardRequest, CardState, CardTransaction, PaymentCard

ACCOUNT_IN_REFERENCE = "solde-{account}-{number}-{token}"


def new_token() -> str:
    """Makes a reference unlike any other, also in a database that was begun anew."""
    return secrets.token_hex(8)


def account_of(reference: str | None) -> tuple[int, int] | None:
    """The account and number that a reference of ours names; whether it is really theirs, the transaction tells."""
    parts = (reference or "").split("-")
    if len(parts) != 4 or parts[0] not in {"solde", "soldecard"} or not all(p.isdigit() for p in parts[1:3]):
        return None
    account, number = int(parts[1]), int(parts[2])
    return (account, number) if 0 < account < 2**62 and 0 < number < 2**31 else None


async def make_intent(
    conn: Connection,
    gateway: tuple[str, str],
    request: CardRequest,
    *,
    now: datetime,
    token: Callable[[], str] = new_token,
) -> CardTransaction:
    """Write an intent as CREATED; `gateway` is its name and its merchant.

    Refuses: unknown_account, account_closed, an unfit reason; what `check_card`, `check_amount`, `check_no_riddle` and
    `check_step` refuse.
    """
    head = await _head(conn, request)
    if (bad := check_words(request.reason) or check_words(request.comment)) is not None:
        raise Refused(bad)
    intent = await (_alone if request.kind.stands_alone else _step)(conn, gateway, request, head, now)
    number = await store.last_number(conn, request.account_id) + 1
    reference = ACCOUNT_IN_REFERENCE.format(account=request.account_id, number=number, token=token())
    intent = replace(intent, number=number, reference=reference)
    (action_id,) = await audit.next_action_ids(conn, 1)
    await store.insert_transaction(conn, intent, now + rules.FIRST_LOOK, action_id)
    await audit.append(conn, [_record(intent, action_id)])
    return intent


async def _head(conn: Connection, request: CardRequest) -> AccountHead:
    heads = await operation_store.lock_accounts(conn, [request.account_id])
    head = heads.get(request.account_id)
    if head is None:
        raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"))
    # What was taken may be given back, and what was reserved given up, whatever became of the account.
    if head.state == "CLOSED" and request.kind is not CardKind.VOID:
        raise Refused(refuse(ACCOUNT_CLOSED, "the account is closed", field="account"))
    return head


async def _alone(
    conn: Connection, gateway: tuple[str, str], request: CardRequest, head: AccountHead, now: datetime
) -> CardTransaction:
    if request.transaction_number is not None:
        said = say("a {value} belongs to no transaction", value=request.kind.value)
        raise Refused(refuse(rules.TRANSACTION_UNEXPECTED, said, field="transaction"))
    _must(rules.check_amount(request.amount, head.currency))
    assert request.amount is not None, "checked before"
    card = _choose(request, await store.list_cards(conn, request.account_id))
    today = today_in(await store.zone_of(conn, request.account_id), now)
    _must(rules.check_card(card, gateway[0], today))
    assert card is not None, "checked before"
    _must(rules.check_no_riddle(request.amount, await store.list_unsettled(conn, request.account_id)))
    return _blank(gateway, request, request.amount, head.currency, card.card_number, None, now)


def _choose(request: CardRequest, cards: list[PaymentCard]) -> PaymentCard | None:
    if request.card_number is None:
        return next((card for card in cards if card.is_default), None)
    found = next((card for card in cards if card.card_number == request.card_number), None)
    if found is None:
        said = say("the account has no card {card_number}", card_number=request.card_number)
        raise Refused(refuse(rules.UNKNOWN_CARD, said, field="card"))
    return found


async def _step(
    conn: Connection, gateway: tuple[str, str], request: CardRequest, head: AccountHead, now: datetime
) -> CardTransaction:
    if request.transaction_number is None:
        said = say("a {value} needs the transaction it is done to", value=request.kind.value)
        raise Refused(refuse(rules.TRANSACTION_MISSING, said, field="transaction"))
    parent, steps = await get_family(conn, request.account_id, request.transaction_number)
    if parent.gateway != gateway[0]:
        said = say("transaction {number} was made with {gateway}", number=parent.number, gateway=parent.gateway)
        raise Refused(refuse(rules.CARD_OF_OTHER_GATEWAY, said, field="transaction"))
    amount = rules.check_step(request, parent, steps, now)
    if isinstance(amount, Refusal):
        raise Refused(amount)
    if request.kind is CardKind.REFUND:
        await store.move_transaction(conn, replace(parent, refunding=parent.refunding + amount), now)
    return _blank(gateway, request, amount, head.currency, None, parent.number, now)


async def get_family(conn: Connection, account_id: int, number: int) -> tuple[CardTransaction, list[CardTransaction]]:
    """A charge or an authorization, and what was done to it; refuses unknown_card_transaction."""
    found = await store.get_transactions(conn, account_id, [number])
    parent = found.pop(number, None)
    if parent is None or not parent.kind.stands_alone:
        said = say("the account has no charge or authorization {number}", number=number)
        raise Refused(refuse(rules.UNKNOWN_TRANSACTION, said, field="transaction"))
    return parent, list(found.values())


def _blank(
    gateway: tuple[str, str],
    request: CardRequest,
    amount: Decimal,
    currency: str,
    card_number: int | None,
    parent_number: int | None,
    now: datetime,
) -> CardTransaction:
    return CardTransaction(
        request.account_id, 0, request.kind, CardState.CREATED, amount, currency, *gateway, "", None, card_number,
        parent_number, ZERO, ZERO, ZERO, ZERO, False, None, None, None, None, None, request.actor, request.reason,
        request.comment, request.return_url, 0, now, now, now + rules.FIRST_LOOK,
    )  # fmt: skip


def _record(intent: CardTransaction, action_id: int) -> AuditRecord:
    told = {
        "transaction": intent.number,
        "kind": intent.kind,
        "amount": plain(intent.amount),
        "card": intent.card_number,
        "parent": intent.parent_number,
        "reference": intent.reference,
    }
    return AuditRecord(intent.account_id, action_id, intent.actor, "card_intent", intent.reason, None, told)


def _must(bad: Refusal | None) -> None:
    if bad is not None:
        raise Refused(bad)
