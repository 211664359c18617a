"""JSON routes of card transactions: list them, ask for one, say what became of one."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import Meta

from solde.access import Permission
from solde.access.http import REPLAYED, Answer, Ask, ok
from solde.access.reading import DryRun, Paged
from solde.access.routing import route
from solde.approvals import Waiting
from solde.approvals.api import answer_waiting
from solde.customers import AccountRef
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.dates import format_instant
from solde.kernel.paging import BAD_CURSOR, check_limit, decode_cursor, encode_cursor
from solde.kernel.refusals import BAD_SHAPE, Refused, refuse

from .. import rules, store
from ..actions import await_outcome, carry_out, read_outcome
from ..janitor import resolve_within
from ..model import CardKind, CardRequest, CardState, Key
from ..proposing import Asker, propose_intent
from ..shapes import (
    EventShape,
    TransactionDetail,
    TransactionList,
    TransactionShape,
    attempt_shape,
    chargeback_shape,
    transaction_shape,
)

KINDS = [kind.value for kind in CardKind]
E = TypeVar("E", CardKind, CardState)


class TransactionsQuery(Paged, frozen=True, kw_only=True):
    """Which transactions."""

    kind: Annotated[list[str] | None, Meta(description=f"Of {', '.join(KINDS)}.")] = None
    state: Annotated[list[str] | None, Meta(description="In one of these states.")] = None


class TransactionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked of the gateway."""

    kind: Annotated[str, Meta(extra_json_schema={"enum": KINDS})]
    amount: Annotated[
        Decimal | None, Meta(description="Needed for a charge and an authorization; else all.", examples=["40.00"])
    ] = None
    card: Annotated[int | None, Meta(description="A card of the account; the default one unless given.")] = None
    transaction: Annotated[int | None, Meta(description="What is captured, voided or refunded.")] = None
    return_url: Annotated[str | None, Meta(description="Where the cardholder comes back to after confirming.")] = None
    reason: str | None = None
    comment: str | None = None


class ResolutionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a transaction of unknown outcome, and how that is known."""

    outcome: Annotated[str, Meta(extra_json_schema={"enum": ["approved", "failed"]})]
    reason: str
    gateway_reference: Annotated[str | None, Meta(description="The gateway's own, of what was approved.")] = None


_BODY = msgspec.json.Decoder(TransactionBody)
_RESOLUTION = msgspec.json.Decoder(ResolutionBody)


async def account_of(ask: Ask) -> AccountRef:
    """The account of the address, of the caller's seller; refuses unknown_account."""
    directory = ask.services.directory
    return await directory.get(ask.path("account"), ask.caller.seller)


def _key(ask: Ask, account: AccountRef) -> Key:
    text = ask.path("id")
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= store.LARGEST_NUMBER:
        raise Refused(refuse(rules.UNKNOWN_TRANSACTION, "the account has no card transaction {text!r}", text=text[:20]))
    return account.account_id, int(text)


@route(
    "GET", "/accounts/{account}/card-transactions", tag="Card payments", query=TransactionsQuery,
    gives=TransactionList, problems=(404,),
)  # fmt: skip
@needs_feature("card_payments")
async def list_account_card_transactions(ask: Ask) -> Answer:
    """List the card transactions of an account, newest first."""
    account, query = await account_of(ask), ask.query(TransactionsQuery)
    limit = check_limit(query.limit)
    kinds = [_member(CardKind, text, "kind") for text in query.kind or ()]
    states = [_member(CardState, text, "state") for text in query.state or ()]
    async with ask.pool.connection() as conn:
        found = await store.list_transactions(
            conn, account.account_id, kinds, states, before=_before(query.cursor), limit=limit + 1
        )
    following = encode_cursor([found[limit - 1].number]) if len(found) > limit else None
    return ok(TransactionList([transaction_shape(one, account.code) for one in found[:limit]], following))


def _member(kinds: type[E], text: str, field: str) -> E:
    if text not in set(kinds):
        raise Refused(
            refuse(BAD_SHAPE, "{text!r} is not one of {kinds}", text=text, kinds=", ".join(kinds), field=field)
        )
    return kinds(text)


def _before(cursor: str | None) -> int:
    if cursor is None:
        return store.LARGEST_NUMBER
    (before,) = decode_cursor(cursor, 1)
    if not isinstance(before, int) or not 0 < before <= store.LARGEST_NUMBER:
        raise Refused(refuse(BAD_CURSOR, "the cursor was not made by this list", field="cursor"))
    return before


@route(
    "GET", "/accounts/{account}/card-transactions/{id}", tag="Card payments", gives=TransactionDetail, problems=(404,)
)
@needs_feature("card_payments")
async def get_card_transaction(ask: Ask) -> Answer:
    """Show a card transaction with its steps, every call of the gateway and word from it, and its chargebacks."""
    account = await account_of(ask)
    key = _key(ask, account)
    async with ask.pool.connection() as conn:
        one = (await read_outcome(conn, key)).transaction
        family = await store.get_transactions(conn, key[0], [key[1]])
        attempts = await store.list_attempts(conn, key)
        events = await store.list_events(conn, key)
        chargebacks = await store.list_chargebacks(conn, key[0], transaction_number=key[1])
    return ok(
        TransactionDetail(
            transaction_shape(one, account.code),
            [transaction_shape(step, account.code) for number, step in sorted(family.items()) if number != key[1]],
            [attempt_shape(attempt) for attempt in attempts],
            [EventShape(*event[:4], format_instant(event[4])) for event in events],
            [chargeback_shape(one) for one in chargebacks],
        )
    )


@route(
    "POST",
    "/accounts/{account}/card-transactions",
    location="/accounts/{account}/card-transactions/{id}",
    permission=Permission.CARDS,
    tag="Card payments",
    query=DryRun,
    keyed=True,
    status=201,
    body=TransactionBody,
    gives=TransactionShape,
    problems=(403, 404, 409),
    example={"kind": "charge", "amount": "40.00", "card": 1},
)
@needs_feature("card_payments")
async def post_card_transaction(ask: Ask) -> Answer:
    """Charge or authorize a card; capture, void or refund a transaction.

    What the gateway says is in the state of the answer: a decline is no problem document. While its outcome is not
    known the transaction is UNKNOWN, and the same amount is not asked again. 202 where the caller's role needs a second
    person. A trial checks and asks the gateway nothing.
    """
    account, body = await account_of(ask), await ask.body(_BODY)
    kind = _member(CardKind, body.kind, "kind")
    request = CardRequest(
        account.account_id, kind, ask.actor, body.amount, body.card, body.transaction, body.reason,
        body.comment, body.return_url,
    )  # fmt: skip
    dry_run = ask.query(DryRun).dry_run
    asker = Asker(ask.actor, ask.caller.role, ask.now(), ask.today(account.time_zone))

    async def work(conn: Connection) -> Answer:
        made = await propose_intent(conn, ask.services.approvals, ask.services.gateway, account, request, asker)
        if isinstance(made, Waiting):
            return answer_waiting(made, dry_run=dry_run)
        return ok(msgspec.structs.replace(made, dry_run=True) if dry_run else made, 201)

    answer = await ask.act(work, account_id=account.account_id, dry_run=dry_run)
    if dry_run or answer.status == 202:
        return answer
    number = msgspec.json.decode(answer.body, type=TransactionShape).id
    # The intent is committed: now the gateway is asked, by this request or by the one that it repeats.
    key = (account.account_id, number)
    await carry_out(ask.services.gateway, ask.pool, key, clock=ask.services.clock)
    outcome = await await_outcome(ask.pool, key)
    replayed = {"idempotency_replayed": "true"} if REPLAYED in answer.headers else {}
    return ok(transaction_shape(outcome.transaction, account.code), 201, **replayed)


@route(
    "POST",
    "/accounts/{account}/card-transactions/{id}/resolve",
    permission=Permission.CARDS,
    tag="Card payments",
    query=DryRun,
    keyed=True,
    body=ResolutionBody,
    gives=TransactionShape,
    problems=(403, 404, 409),
    example={"outcome": "failed", "reason": "the gateway's dashboard shows no such payment"},
)
@needs_feature("card_payments")
async def resolve_card_transaction(ask: Ask) -> Answer:
    """Say what became of a transaction of unknown outcome: a named person who knows, with the reason."""
    account, body = await account_of(ask), await ask.body(_RESOLUTION)
    key, dry_run = _key(ask, account), ask.query(DryRun).dry_run
    if body.outcome not in {"approved", "failed"}:
        raise Refused(
            refuse(BAD_SHAPE, "{outcome!r} is neither approved nor failed", outcome=body.outcome, field="outcome")
        )

    async def work(conn: Connection) -> Answer:
        one = await resolve_within(
            conn, key, approved=body.outcome == "approved", gateway_reference=body.gateway_reference,
            actor=ask.actor, reason=body.reason, now=ask.now(),
        )  # fmt: skip
        return ok(transaction_shape(one, account.code, dry_run=dry_run))

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


route_handlers: list[HTTPRouteHandler] = [
    list_account_card_transactions,
    get_card_transaction,
    post_card_transaction,
    resolve_card_transaction,
]
