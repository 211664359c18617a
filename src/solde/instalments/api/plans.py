"""JSON routes of plans: propose, draft, read, edit; the others are described."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from solde.access import Permission
from solde.access.http import Answer, Ask, ok
from solde.access.reading import DryRun
from solde.access.routing import route
from solde.customers.directory import seller_scope
from solde.db import Connection
from solde.features import needs_feature
from solde.kernel.refusals import Refused
from solde.payments.api.proposing import account_of

from ..drafting import draft, edit, propose, unknown_plan
from ..model import EditRequest, PlanFilter
from ..reading import list_plans, read_plan
from ..shapes import PlanList, PlanShape, ProposalShape, plan_head, plan_shape, proposal_shape
from .bodies import (
    EDIT,
    PLAN,
    WISH,
    EditBody,
    PlanBody,
    PlanQuery,
    WishBody,
    parts_of,
    request_of,
)

FEATURE = "instalment_plans"
TAG = "Instalment plans"
PLACE = "/accounts/{account}/instalment-plans"
LARGEST_NUMBER = 2**62


@route("GET", "/instalment-plans", tag=TAG, query=PlanQuery, gives=PlanList, problems=(404,))
@needs_feature(FEATURE)
async def list_instalment_plans(ask: Ask) -> Answer:
    """List instalment plans, newest first: of an account, a seller, in some states, or overdue."""
    asked = ask.query(PlanQuery)
    directory = ask.services.directory
    account = None if asked.account is None else await directory.get(asked.account, ask.caller.seller)
    mine = await seller_scope(ask)
    seller = mine if asked.seller is None else await directory.seller_id(asked.seller)
    if mine is not None and seller != mine:
        return ok(PlanList([], None))
    states = None if asked.state is None else tuple(asked.state)
    wanted = PlanFilter(None if account is None else account.account_id, seller, states, asked.overdue)
    async with ask.pool.connection() as conn:
        page = await list_plans(conn, wanted, now=ask.now(), cursor=asked.cursor, limit=asked.limit)
    return ok(PlanList([plan_head(one) for one in page.items], page.next))


@route(
    "POST", f"{PLACE}:propose", tag=TAG, body=WishBody, gives=ProposalShape, problems=(404, 409),
    example={"debits": [1], "count": 3},
)  # fmt: skip
@needs_feature(FEATURE)
async def propose_instalment_plan(ask: Ask) -> Answer:
    """Propose the schedule a plan over these debits would have; nothing is written."""
    account, body = await account_of(ask), await ask.body(WISH)
    catalogue = ask.services.types
    request = request_of(account, body, ask.actor)
    async with ask.pool.connection() as conn:
        (made,) = await propose(conn, [request], await catalogue.get(), today=ask.today(account.time_zone))
    if isinstance(made, tuple):
        raise Refused(made)
    return ok(proposal_shape(made, account.code, account.currency))


@route(
    "POST", PLACE, permission=Permission.INSTALMENTS, tag=TAG, query=DryRun, keyed=True, status=201, body=PlanBody,
    gives=PlanShape, problems=(403, 404, 409),
    example={"debits": [1], "count": 3, "first_date": "2030-05-01", "note": "agreed by telephone"},
)  # fmt: skip
@needs_feature(FEATURE)
async def post_instalment_plan(ask: Ask) -> Answer:
    """Draft a plan over all that is available of these debits. No money moves until it is activated."""
    account, body, dry_run = await account_of(ask), await ask.body(PLAN), ask.query(DryRun).dry_run
    catalogue = ask.services.types
    request = request_of(account, body, ask.actor)

    async def work(conn: Connection) -> Answer:
        (made,) = await draft(conn, [request], await catalogue.get(), today=ask.today(account.time_zone))
        if isinstance(made, tuple):
            raise Refused(made)
        found = await read_plan(conn, made.account_id, made.plan_number, ask.now())
        return ok(plan_shape(found, dry_run=dry_run), 201, etag=f'"{made.version}"')

    return await ask.act(work, account_id=account.account_id, dry_run=dry_run)


@route("GET", f"{PLACE}/{{plan}}", tag=TAG, gives=PlanShape, problems=(404,))
@needs_feature(FEATURE)
async def get_instalment_plan(ask: Ask) -> Answer:
    """Read a plan with its instalments, how much of each is paid, and what it puts off."""
    account = await account_of(ask)
    async with ask.pool.connection() as conn:
        found = await read_plan(conn, account.account_id, plan_number(ask), ask.now())
    return ok(plan_shape(found), etag=f'"{found.plan.version}"')


@route(
    "PATCH", f"{PLACE}/{{plan}}", permission=Permission.INSTALMENTS, tag=TAG, query=DryRun, versioned=True,
    body=EditBody, gives=PlanShape, problems=(403, 404, 409),
    example={"instalments": [{"due_date": "2030-05-01", "amount": "120.00"}]},
)  # fmt: skip
@needs_feature(FEATURE)
async def patch_instalment_plan(ask: Ask) -> Answer:
    """Give a draft other instalments; their sum stays the plan's amount, their days rise.

    If-Match names the `version` of the draft.
    """
    account, body, version = await account_of(ask), await ask.body(EDIT), ask.version()
    dry_run = ask.query(DryRun).dry_run
    request = EditRequest(
        account.account_id, plan_number(ask), ask.actor, parts_of(body.instalments), body.note, version
    )

    async def work(conn: Connection) -> Answer:
        (made,) = await edit(conn, [request], today=ask.today(account.time_zone))
        if isinstance(made, tuple):
            raise Refused(made)
        found = await read_plan(conn, made.account_id, made.plan_number, ask.now())
        return ok(plan_shape(found, dry_run=dry_run), etag=f'"{made.version}"')

    return await ask.change(work, dry_run=dry_run)


def plan_number(ask: Ask) -> int:
    """The number of a plan in an address; refuses unknown_plan."""
    text = ask.path("plan")
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:20]) < LARGEST_NUMBER:
        raise Refused(unknown_plan(0).at(field="plan"))
    return int(text)


route_handlers: list[HTTPRouteHandler] = [
    list_instalment_plans,
    propose_instalment_plan,
    post_instalment_plan,
    get_instalment_plan,
    patch_instalment_plan,
]
