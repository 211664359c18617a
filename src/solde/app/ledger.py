"""Solde for Python programs: open a ledger, and do on it what commands and the API do.

What comes back is what the API answers, as objects. Amounts in it are exact decimals written as text.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from solde.access import store as keys
from solde.access.http import checked_key, encode
from solde.balances import Moment, balances_of, check_moment, definitions_at, pick
from solde.balances.shapes import BalanceShape, balance_shape
from solde.customers import AccountRef, NewCustomer, create_customer, find_account
from solde.customers.likes import find_likes
from solde.customers.shapes import CreatedCustomerShape, created_shape
from solde.db import Connection, Pool, data_disk, open_pool, transaction
from solde.kernel.dates import Clock, today_in, utc_now
from solde.kernel.money import parse_amount
from solde.kernel.paging import LIMIT_MOST
from solde.kernel.refusals import KEY_FORGOTTEN, KEY_REUSED, UNKNOWN_ACCOUNT, Refusal, Refused, refuse
from solde.matching import MatchRequest, match
from solde.matching.api import MadeMatch, made_match
from solde.operations import NewOperation, OperationFilter, PostRequest, TypeCatalogue, post
from solde.operations.lists import list_operations, parse_sort
from solde.operations.payment_terms import by_terms
from solde.operations.rules import check_not_ahead_of
from solde.operations.shapes import OperationShape, PostedShape, operation_shape, posted_shape
from solde.payments import Allocate, PaymentRequest, register
from solde.payments.rules import NO_METHOD
from solde.payments.shapes import RegisteredShape, registered_shape
from solde.payments.store import load_routes

from .opening import ready_dsn, settings

T = TypeVar("T", bound=msgspec.Struct)
S = TypeVar("S")
Amount = Decimal | str | int


@asynccontextmanager
async def open(database: str | None = None, *, actor: str = "python", clock: Clock = utc_now) -> AsyncIterator[Ledger]:
    """The ledger of a database: the named one, or that of the environment, as for commands.

    An empty database gets its tables. `actor` is who the audit trail names.
    Refuses: schema_behind, database_unreachable.
    """
    chosen = settings() if database is None else replace(settings(), dsn=database)
    dsn = await asyncio.to_thread(ready_dsn, chosen)
    async with open_pool(dsn, min_size=1, max_size=4) as pool:
        if (disk := data_disk(chosen)) is not None:
            pool.before_writing = disk.check_write
        yield Ledger(pool, actor=actor, clock=clock)


class Ledger:
    """Actions and questions on one database, as somebody who may do everything.

    With `dry_run` an action answers as usual and keeps nothing. With a `key` of your own it is done once: repeated, it
    gives the same answer again. What cannot be done raises `Refused` with every reason.
    """

    def __init__(self, pool: Pool, *, actor: str, clock: Clock = utc_now) -> None:
        self._pool = pool
        self._types = TypeCatalogue(pool)
        self._actor = actor
        self._clock = clock

    async def create_customer(
        self, *, dry_run: bool = False, key: str | None = None, **fields: Any
    ) -> CreatedCustomerShape:
        """Create a customer with all its levels, of the fields that the API's `POST /customers` names."""

        async def work(conn: Connection) -> CreatedCustomerShape:
            made = await create_customer(conn, new, actor=self._actor, now=self._clock())
            return created_shape(made, await find_likes(conn, [made.customer_id]))

        new = NewCustomer(**fields)
        return await self._once(work, CreatedCustomerShape, ("create_customer", fields), 0, key, dry_run=dry_run)

    async def post_operation(
        self,
        account: str,
        type: str,
        amount: Amount,
        *,
        date: date | None = None,
        due_date: date | None = None,
        net: Amount | None = None,
        tax: Amount | None = None,
        reference: str | None = None,
        description: str | None = None,
        payment_method: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> PostedShape:
        """Post an invoice, or any other debit or credit. Dated today, where the seller is, unless told otherwise."""
        found = await self._account(account)
        today = self._today(found)
        new = NewOperation(
            found.account_id, type, _exact(amount, "amount"), date or today, due_date,
            net=None if net is None else _exact(net, "net"), tax=None if tax is None else _exact(tax, "tax"),
            reference=reference, description=description, payment_method=payment_method, source="python",
        )  # fmt: skip
        types = await self._types.get([type])
        if refusals := check_not_ahead_of(new, today):
            raise Refused(refusals)

        async def work(conn: Connection) -> PostedShape:
            (complete,) = await by_terms(conn, [new], types)
            done = _only(await post(conn, [PostRequest((complete,), self._actor, reason, late=True)], types))
            (number,) = done.numbers
            return posted_shape(
                complete, number, types.by_code[type], found.code, found.currency, None,
                next(iter(done.barred), None), done.recorded_at, dry_run=dry_run,
            )  # fmt: skip

        asked = ("post_operation", new, reason)
        return await self._once(work, PostedShape, asked, found.account_id, key, dry_run=dry_run)

    async def register_payment(
        self,
        account: str,
        amount: Amount,
        *,
        payment_method: str = "WIRETRANSFER",
        date: date | None = None,
        allocate_to: str | Sequence[int] = "oldest",
        amounts: Mapping[int, Amount] | None = None,
        reference: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> RegisteredShape:
        """Register a payment, and match it with what it pays: `oldest`, `none`, or the numbers of operations."""
        found = await self._account(account)
        today, value = self._today(found), _exact(amount, "amount")
        pays = Allocate(allocate_to) if isinstance(allocate_to, str) else tuple(allocate_to)
        named = {number: _exact(one, "amounts") for number, one in (amounts or {}).items()}
        code = await self._payment_type(payment_method)
        new = NewOperation(
            found.account_id, code, value, date or today,
            reference=reference, payment_method=payment_method, source="payment",
        )  # fmt: skip
        request = PaymentRequest(new, self._actor, pays, reason, amounts=named, late=True)
        types = await self._types.get([code])

        async def work(conn: Connection) -> RegisteredShape:
            made = _only(await register(conn, [request], types, today=today))
            return registered_shape(made, code, value, found.code, found.currency, dry_run=dry_run)

        asked = ("register_payment", request)
        return await self._once(work, RegisteredShape, asked, found.account_id, key, dry_run=dry_run)

    async def match(
        self,
        account: str,
        debits: Iterable[int],
        credits: Iterable[int],
        *,
        amounts: Mapping[int, Amount] | None = None,
        effective_date: date | None = None,
        reason: str | None = None,
        dry_run: bool = False,
        key: str | None = None,
    ) -> MadeMatch:
        """Match debits with credits, by their numbers; without amounts as much as fits, oldest due first."""
        found = await self._account(account)
        named = {number: _exact(one, "amounts") for number, one in (amounts or {}).items()}
        request = MatchRequest(
            found.account_id, tuple(debits), tuple(credits), self._actor, named, effective_date, reason=reason
        )
        types = await self._types.get()

        async def work(conn: Connection) -> MadeMatch:
            made = _only(await match(conn, [request], types, today=self._today(found)))
            return made_match(made, dry_run=dry_run)

        return await self._once(work, MadeMatch, ("match", request), found.account_id, key, dry_run=dry_run)

    async def balances(
        self, account: str, *, as_of: date | None = None, known_at: datetime | None = None
    ) -> dict[str, BalanceShape]:
        """Every balance of an account by its definition: now, as of a day, or as it was known at an instant."""
        found = await self._account(account)
        moment = Moment(self._today(found), as_of, known_at)
        check_moment(moment, self._clock())
        async with self._pool.connection() as conn, conn.transaction():
            made = await balances_of(conn, found.account_id, list(await definitions_at(conn, moment)), moment)
        return {one.definition.code: balance_shape(one, found.currency, moment) for one in made}

    async def balance(
        self, account: str, definition: str = "default", *, as_of: date | None = None, known_at: datetime | None = None
    ) -> BalanceShape:
        """One balance of an account."""
        found = await self._account(account)
        moment = Moment(self._today(found), as_of, known_at)
        check_moment(moment, self._clock())
        async with self._pool.connection() as conn, conn.transaction():
            chosen = pick(await definitions_at(conn, moment), definition)
            (made,) = await balances_of(conn, found.account_id, [chosen], moment)
        return balance_shape(made, found.currency, moment)

    async def list_operations(
        self,
        account: str,
        *,
        types: Sequence[str] = (),
        classes: Sequence[str] = (),
        matching_status: Sequence[str] = (),
        date_from: date | None = None,
        date_until: date | None = None,
        due_before: date | None = None,
        reference: str | None = None,
        q: str | None = None,
        sort: str | None = None,
    ) -> AsyncIterator[OperationShape]:
        """The operations of an account, newest first, read page after page.

        `reference` is how the reference begins, `q` a text in the reference or the description. `sort` as in the API: `due`, `-amount` …
        """
        chosen = OperationFilter(
            types=tuple(types) or None, classes=tuple(classes) or None, matching_status=tuple(matching_status) or None,
            from_on=date_from, until_on=date_until, due_before=due_before, reference=reference, text=q,
        )  # fmt: skip
        found, order, cursor = await self._account(account), parse_sort(sort), None
        while True:
            async with self._pool.connection() as conn:
                page = await list_operations(
                    conn, found.account_id, chosen, order=order, limit=LIMIT_MOST, cursor=cursor
                )
            for one in page.items:
                yield operation_shape(one, found.code)
            cursor = page.next
            if cursor is None:
                return

    async def _account(self, code: str) -> AccountRef:
        async with self._pool.connection() as conn:
            found = await find_account(conn, code)
        if found is None:
            raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no account {code!r}", code=code, field="account"))
        return found

    def _today(self, account: AccountRef) -> date:
        return today_in(account.time_zone, self._clock())

    async def _payment_type(self, method: str) -> str:
        async with self._pool.connection() as conn:
            found = (await load_routes(conn)).payment_types.get(method)
        if found is None:
            raise Refused(refuse(NO_METHOD, "{method!r} is no payment method", method=method, field="payment_method"))
        return found

    async def _once(
        self,
        work: Callable[[Connection], Awaitable[T]],
        shape: type[T],
        asked: object,
        account_id: int,
        key: str | None,
        *,
        dry_run: bool,
    ) -> T:
        """Run an action in a transaction, once for its key; a dry run needs none and keeps none."""
        if dry_run or key is None:
            return await transaction(self._pool, work, dry_run=dry_run)
        named, fingerprint = checked_key(key), hashlib.sha256(encode(asked)).digest()

        async def once(conn: Connection) -> T:
            await keys.lock_key(conn, account_id, named)
            before = await keys.find_answer(conn, account_id, named)
            if before is not None:
                return _again(named, before, fingerprint, shape)
            made = await work(conn)
            await keys.keep_answer(conn, account_id, named, fingerprint, encode(made).decode())
            return made

        return await transaction(self._pool, once)


def _again(key: str, before: tuple[bytes, str | None], fingerprint: bytes, shape: type[T]) -> T:
    request_hash, answer = before
    if request_hash != fingerprint:
        raise Refused(refuse(KEY_REUSED, "the key {key!r} was used for another request", key=key))
    if answer is None:
        raise Refused(
            refuse(KEY_FORGOTTEN, "the request with the key {key!r} was done; its answer is not kept any more", key=key)
        )
    return msgspec.json.decode(answer, type=shape)


def _exact(amount: Amount, field: str) -> Decimal:
    """An amount as a program writes it; a float is none, because it is not exact."""
    if isinstance(amount, float):
        raise TypeError(f"{field} is a float, which is not exact: write a Decimal or a text")
    found = amount if isinstance(amount, Decimal) else parse_amount(str(amount))
    if isinstance(found, Refusal):
        raise Refused(found.at(field=field))
    return found


def _only(answers: Sequence[S | tuple[Refusal, ...]]) -> S:
    """The answer of a batch of one; refuses what it refuses."""
    (answer,) = answers
    if isinstance(answer, tuple):
        raise Refused(answer)
    return answer
