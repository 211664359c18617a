"""Post operations: load, decide, save."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import DatabaseError
from psycopg.errors import DeadlockDetected, LockNotAvailable, UniqueViolation

from solde.db import Connection, Merger, Pool, transaction
from solde.kernel.refusals import KEY_FORGOTTEN, KEY_REUSED, Refusal, Refused, refuse
from solde.kernel.texts import say

from . import rules, store
from .model import Posted, PostRequest
from .store import AccountHead, Item, KnownKey
from .types import TypeCatalogue, Types

Answer = Posted | tuple[Refusal, ...]
DEMAND_FAILED = "SD001"


async def post(conn: Connection, requests: Sequence[PostRequest], types: Types) -> list[Answer]:
    """Post each request wholly or not at all; gives its numbers or its refusals, in order.

    Accounts are locked first, in order, and read in the next statement; a request's key is kept with what it posted.
    Refuses: what `check_request`, `check_account` and `check_invoice_numbers` refuse; idempotency_key_reused.
    """
    heads = await store.lock_accounts(conn, [n.account_id for r in requests for n in r.operations])
    known = await store.find_keys(conn, [(r.key_account_id, r.key) for r in requests if r.key is not None])
    numbers = [rules.invoice_number(new, types.by_code) for r in requests for new in r.operations]
    taken = await store.find_invoice_numbers(conn, [number for number in numbers if number is not None])
    answers: list[Answer | None] = [_judge(r, types, heads, known, taken) for r in requests]
    accepted = [i for i, answer in enumerate(answers) if answer is None]
    for together in _statements(requests, accepted):
        chosen = [requests[i] for i in together]
        posted = await store.post_many(conn, chosen, _items(chosen, types))
        for i, answer in zip(together, posted, strict=True):
            answers[i] = answer
    return [answer for answer in answers if answer is not None]


def _statements(requests: Sequence[PostRequest], accepted: Sequence[int]) -> list[list[int]]:
    """Which requests go into one statement: all of one operation together, each of many alone."""
    single = [i for i in accepted if len(requests[i].operations) == 1]
    return [*([single] if single else []), *([i] for i in accepted if len(requests[i].operations) > 1)]


def _judge(
    request: PostRequest,
    types: Types,
    heads: dict[int, AccountHead],
    known: dict[tuple[int, str], KnownKey],
    taken: set[tuple[int, str]],
) -> Answer | None:
    if request.key is not None and (before := known.get((request.key_account_id, request.key))) is not None:
        if before.request_hash != request.fingerprint:
            return (refuse(KEY_REUSED, "the key {key!r} was used for another request", key=request.key),)
        if before.response is None:
            said = say("the request with the key {key!r} was done; its answer is not kept any more", key=request.key)
            return (refuse(KEY_FORGOTTEN, said),)
        return Posted(tuple(before.response), replayed=True)
    if refusals := rules.check_request(request.operations, types.by_code):
        return tuple(refusals)
    states = {a: (h.currency, h.state) for a, h in heads.items()}
    found = [rules.check_account(n, states.get(n.account_id)) for n in request.operations]
    refusals = [bad.at(row=row) for row, bad in enumerate(found) if bad is not None]
    return tuple(refusals or rules.check_invoice_numbers(request.operations, types.by_code, taken)) or None


def _items(requests: Sequence[PostRequest], types: Types) -> list[tuple[int, Item]]:
    return [
        (i, (new, types.by_code[new.type_code])) for i, request in enumerate(requests) for new in request.operations
    ]


class PostingMerger:
    """Posts requests of many callers at once, merged into few statements and commits.

    The usual request fits: it is written straight away, in one statement. Where an account does not
    fit or a key is known, the statement takes itself back and `post` finds out why, for each request alone.
    """

    def __init__(self, pool: Pool, catalogue: TypeCatalogue, *, workers: int = 2, most: int = 256):
        self._pool = pool
        self._catalogue = catalogue
        self._merger: Merger[PostRequest, Posted] = Merger(self._run, workers=workers, most=most, identity=_identity)

    async def post(self, request: PostRequest) -> Posted:
        """Post one request, merged with those of others; raises Refused with every reason."""
        types = await self._catalogue.get(n.type_code for n in request.operations)
        if refusals := rules.check_request(request.operations, types.by_code):
            raise Refused(refusals)
        if len(request.operations) > 1:
            return _raise_refused((await self._run([request]))[0])
        return await self._merger.ask(request)

    async def _run(self, requests: Sequence[PostRequest]) -> Sequence[Posted | BaseException]:
        types = await self._catalogue.get()
        try:
            async with self._pool.connection() as conn:
                quick = await self._post_quickly(conn, requests, types)
        except (UniqueViolation, DeadlockDetected, LockNotAvailable):
            # A known key or invoice number, or others at the same account: the careful path answers the one and tries again for the other.
            quick = None
        except DatabaseError as error:
            if error.sqlstate != DEMAND_FAILED:
                raise
            quick = None
        if quick is not None:
            return quick
        try:
            answers = await transaction(self._pool, lambda conn: post(conn, requests, types))
        except UniqueViolation:
            # A request with one of these keys was written meanwhile; now the key is known.
            answers = await transaction(self._pool, lambda conn: post(conn, requests, types))
        return [a if isinstance(a, Posted) else Refused(a) for a in answers]

    async def _post_quickly(
        self, conn: Connection, requests: Sequence[PostRequest], types: Types
    ) -> list[Posted] | None:
        if len(requests) == 1 and len(requests[0].operations) == 1:
            request = requests[0]
            kind = types.by_code[request.operations[0].type_code]
            answer = await store.post_one(conn, request, kind)
            return None if answer is None else [answer]
        return await store.post_many(conn, requests, _items(requests, types))


def _identity(request: PostRequest) -> tuple[int, str] | None:
    return None if request.key is None else (request.key_account_id, request.key)


def _raise_refused(answer: Posted | BaseException) -> Posted:
    if isinstance(answer, BaseException):
        raise answer
    return answer
