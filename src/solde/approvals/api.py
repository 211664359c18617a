"""JSON routes of approvals: the work list, decisions, limits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Meta, UnsetType

from solde.access import Permission
from solde.access.http import Answer, Ask, Money, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import Refused, refuse
from solde.kernel.versions import version_of

from .actions import UNKNOWN_APPROVAL, get_approval, set_limits
from .model import ANY_CURRENCY, Executed, Limit, Waiting
from .shapes import ApprovalShape, approval_shape
from .store import list_limits

LARGEST_NUMBER = 2**62
MOST_LIMITS = 500


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second person's answer."""

    approve: bool
    reason: Annotated[str | None, Meta(description="Needed to reject.")] = None


class WithdrawalBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is taken back."""

    reason: str | None = None


class DecisionShape(msgspec.Struct, frozen=True):
    """A decided approval, and the answer of the action where it was done."""

    approval: ApprovalShape
    result: Any = None
    dry_run: bool | UnsetType = UNSET


class WaitingShape(msgspec.Struct, frozen=True):
    """Nothing was done yet: a second person decides."""

    approval: int
    why: str
    dry_run: bool | UnsetType = UNSET


class LimitShape(msgspec.Struct, frozen=True):
    """The most a role may do alone of a kind of action; null is without limit."""

    role: str
    kind: str
    currency: str
    single_most: Money | None
    day_most: Money | None


class LimitList(msgspec.Struct, frozen=True):
    """Every limit. `version` is of all of them together."""

    items: list[LimitShape]
    version: int
    next: str | None = None


class LimitBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A limit to set."""

    role: str
    kind: str
    single_most: Annotated[Decimal | None, Meta(description="In one go; null: no limit.")]
    day_most: Annotated[Decimal | None, Meta(description="By one actor in a day; null: no limit.")]
    currency: Annotated[str, Meta(description="`*`: every currency without a limit of its own.")] = ANY_CURRENCY


class LimitsBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits to set, each in place of the one of its role, kind and currency; others stay."""

    items: Annotated[list[LimitBody], Meta(min_length=1, max_length=MOST_LIMITS)]
    reason: str | None = None


_DECISION = msgspec.json.Decoder(DecisionBody)
_WITHDRAWAL = msgspec.json.Decoder(WithdrawalBody)
_LIMITS = msgspec.json.Decoder(LimitsBody)


@route("GET", "/approvals/{id}", tag="Approvals", gives=ApprovalShape, problems=(404,))
async def get_one_approval(ask: Ask) -> Answer:
    """Read an approval with its whole content."""
    number, seller_id = _number(ask), await _seller_id(ask)
    async with ask.pool.connection() as conn:
        return ok(approval_shape(await get_approval(conn, number, seller_id=seller_id, now=ask.now())))


@route(
    "POST",
    "/approvals/{id}/decision",
    everywhere=False,
    permission=Permission.APPROVALS,
    tag="Approvals",
    query=DryRun,
    keyed=True,
    body=DecisionBody,
    gives=DecisionShape,
    problems=(403, 404, 409),
    example={"approve": True, "reason": "checked with the customer"},
)
async def decide_approval(ask: Ask) -> Answer:
    """Approve, which does at once exactly what was proposed, or reject.

    Nobody decides what they proposed themselves, nor what is above their own limit. If the action is refused, it
    goes on waiting.
    """
    body, dry_run = await ask.body(_DECISION), ask.query(DryRun).dry_run
    number, seller_id = _number(ask), await _seller_id(ask)
    approvals = ask.services.approvals

    async def work(conn: Connection) -> Answer:
        before = await get_approval(conn, number, seller_id=seller_id, now=ask.now())
        made = await approvals.decide(
            conn,
            number,
            approve=body.approve,
            decider=ask.actor,
            role=ask.caller.role,
            reason=body.reason,
            now=ask.now(),
            today=ask.today(before.time_zone),
        )
        after = approval_shape(await get_approval(conn, number, now=ask.now()))
        result = _result(made.answer) if isinstance(made, Executed) else None
        return ok(DecisionShape(after, result, dry_run or UNSET))

    return await ask.act(work, dry_run=dry_run)


@route(
    "POST",
    "/approvals/{id}/withdrawal",
    everywhere=False,
    tag="Approvals",
    keyed=True,
    body=WithdrawalBody,
    gives=ApprovalShape,
    problems=(403, 404, 409),
)
async def withdraw_approval(ask: Ask) -> Answer:
    """Take back what you proposed yourself."""
    body = await ask.body(_WITHDRAWAL)
    number, seller_id = _number(ask), await _seller_id(ask)
    approvals = ask.services.approvals

    async def work(conn: Connection) -> Answer:
        await get_approval(conn, number, seller_id=seller_id, now=ask.now())
        await approvals.withdraw(conn, number, actor=ask.actor, now=ask.now(), reason=body.reason)
        return ok(approval_shape(await get_approval(conn, number, now=ask.now())))

    return await ask.act(work)


@route("GET", "/approval-limits", tag="Approvals", gives=LimitList)
async def list_approval_limits(ask: Ask) -> Answer:
    """List what each role may do alone; a role and kind of action that is not listed has no limit."""
    async with ask.pool.connection() as conn:
        return await _limits(conn)


@route(
    "PUT",
    "/approval-limits",
    permission=Permission.SETTINGS,
    tag="Approvals",
    body=LimitsBody,
    gives=LimitList,
    versioned=True,
    problems=(403,),
    example={"items": [{"role": "cashier", "kind": "refund", "single_most": "500", "day_most": "2000"}]},
)
async def put_approval_limits(ask: Ask) -> Answer:
    """Set limits; those not named stay as they are. If-Match names the `version` of the list."""
    body, version = await ask.body(_LIMITS), ask.version()
    approvals = ask.services.approvals
    limits = [Limit(one.role, one.kind, one.currency, one.single_most, one.day_most) for one in body.items]

    async def work(conn: Connection) -> Answer:
        try:
            await set_limits(conn, limits, kinds=approvals.kinds, actor=ask.actor, reason=body.reason, version=version)
        except Refused as refused:
            raise Refused(
                r if r.row is None else replace(r, field=f"items.{r.row}.{r.field}") for r in refused.refusals
            ) from None
        return await _limits(conn)

    return await ask.change(work)


async def _limits(conn: Connection) -> Answer:
    limits = await list_limits(conn)
    version = version_of(limits)
    return ok(LimitList([limit_shape(one) for one in limits], version), etag=f'"{version}"')


async def _seller_id(ask: Ask) -> int | None:
    """The key of the seller the caller is kept to, if any."""
    code = ask.caller.seller
    return None if code is None else int(await ask.services.directory.seller_id(code))


def _number(ask: Ask) -> int:
    text = ask.path("id")
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < LARGEST_NUMBER:
        raise Refused(refuse(UNKNOWN_APPROVAL, "{text!r} is no number of an approval", text=text))
    return int(text)


def _result(answer: object) -> object:
    """The executor's answer as JSON: amounts and whatever else JSON has not, as text."""
    return msgspec.to_builtins(answer, str_keys=True, enc_hook=str)


def answer_waiting(waiting: Waiting, *, dry_run: bool = False) -> Answer:
    """202: nothing was done yet, and where it waits."""
    return ok(WaitingShape(waiting.approval_id, str(waiting.why), dry_run or UNSET), 202)


def limit_shape(limit: Limit) -> LimitShape:
    """A limit as JSON shows it."""
    single = None if limit.single_most is None else plain(limit.single_most)
    day = None if limit.day_most is None else plain(limit.day_most)
    return LimitShape(limit.role, limit.kind, limit.currency, single, day)


route_handlers: list[HTTPRouteHandler] = [
    get_one_approval,
    decide_approval,
    withdraw_approval,
    list_approval_limits,
    put_approval_limits,
]
__all__ = ["WaitingShape", "answer_waiting", "approval_shape", "limit_shape", "route_handlers"]
