"""Add a card on the gateway's own page, make one the default, remove one."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.cards import stored_cards
from solde.customers import get_account
from solde.db import Connection
from solde.kernel.refusals import Refused

from ... import toasts
from ...acting import Done, act_once
from ...addresses import account_path, customer_path
from ...i18n import t
from ...reading import reading
from ...render import page
from ...visitors import Visitor
from .tab import FEATURE, name_of

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


async def _check(request: Request[Any, Any, State], visitor: Visitor) -> None:
    visitor.require(Permission.CARDS)
    await request.app.state.features.check(FEATURE)


async def _tab_of(request: Request[Any, Any, State], visitor: Visitor, code: str) -> tuple[int, str]:
    """The account's id and the address of its tab."""
    async with reading(request) as conn:
        found = await get_account(conn, code, visitor.seller_id)
    return found.account.account_id, f"{customer_path(found.customer.code, 'cards')}?account={code}"


@get("/accounts/{code:str}/cards/add", name="add_card", include_in_schema=False)
async def add_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Response[str]:
    """Say that the card is entered elsewhere."""
    await _check(request, visitor)
    _, back = await _tab_of(request, visitor, code)
    return page(
        "cards/add.html", request, visitor=visitor, title=t("Add a card"), back=back,
        href=account_path(code, "cards", "add"), gateway=request.app.state.gateway.name, wrong="",
    )  # fmt: skip


@post("/accounts/{code:str}/cards/add", status_code=303, include_in_schema=False)
async def add_submit(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], data: Form
) -> Response[str] | Redirect:
    """Ask the gateway for its page, and lead to it."""
    await _check(request, visitor)
    account_id, back = await _tab_of(request, visitor, code)
    state = request.app.state

    async def note(conn: Connection) -> Done:
        number = await stored_cards.note_setup(conn, state.gateway, account_id, actor=visitor.actor, clock=state.clock)
        return Done(account_path(code, "cards", "setups", str(number)), "")

    try:
        noted = await act_once(request, visitor, data, note, account_id=account_id)
    except Refused as refused:
        return page(
            "cards/add.html", request, visitor=visitor, status=422, title=t("Add a card"), back=back,
            href=account_path(code, "cards", "add"), gateway=state.gateway.name, wrong=refused.refusals[0].message,
        )  # fmt: skip
    return Redirect(noted.url, status_code=303)


@get("/accounts/{code:str}/cards/setups/{number:int}", name="card_setup", include_in_schema=False)
async def setup_page(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], number: FromPath[int]
) -> Response[str]:
    """The way to the gateway's page: a link, for a form may not lead to another site."""
    await _check(request, visitor)
    account_id, back = await _tab_of(request, visitor, code)
    returns = f"{request.base_url}".rstrip("/") + account_path(code, "cards", "setups", str(number), "done")
    setup = await stored_cards.open_setup(
        request.app.state.gateway, request.app.state.pool, (account_id, min(number, 2**31 - 1)), returns
    )
    return page(
        "cards/setup.html", request, visitor=visitor, title=t("Add a card"), back=back,
        redirect=setup.redirect_url or "", gateway=setup.gateway,
    )  # fmt: skip


@get("/accounts/{code:str}/cards/setups/{number:int}/done", name="card_added", include_in_schema=False)
async def setup_done(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], number: FromPath[int]
) -> Redirect:
    """Back from the gateway: store what was entered."""
    await _check(request, visitor)
    account_id, back = await _tab_of(request, visitor, code)
    state = request.app.state
    card = await stored_cards.finish_setup(
        state.gateway, state.pool, (account_id, min(number, 2**31 - 1)), clock=state.clock
    )
    if card is None:
        return toasts.done(back, t("No card was entered"), tone="wait")
    return toasts.done(back, t("{card} added", card=name_of(card)))


@get("/accounts/{code:str}/cards/{number:int}/remove", name="remove_card", include_in_schema=False)
async def remove_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], number: FromPath[int]
) -> Response[str]:
    """Ask whether to remove a card."""
    await _check(request, visitor)
    account_id, back = await _tab_of(request, visitor, code)
    async with reading(request) as conn:
        card = await stored_cards.get_card(conn, account_id, number)
    return page(
        "cards/remove.html", request, visitor=visitor, title=t("Remove the card"), back=back, card=name_of(card),
        href=account_path(code, "cards", str(number), "remove"),
    )  # fmt: skip


@post("/accounts/{code:str}/cards/{number:int}/{change:str}", status_code=303, include_in_schema=False)
async def change_card(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], number: FromPath[int],
    change: FromPath[str], data: Form,
) -> Redirect:  # fmt: skip
    """Remove a card, or make it the default."""
    await _check(request, visitor)
    account_id, back = await _tab_of(request, visitor, code)

    async def work(conn: Connection) -> Done:
        if change == "remove":
            card = await stored_cards.remove_card(conn, account_id, number, actor=visitor.actor)
            return Done(back, t("{card} removed", card=name_of(card)))
        card = await stored_cards.make_default(conn, account_id, number, actor=visitor.actor)
        return Done(back, t("{card} is charged unless another is named", card=name_of(card)))

    return await act_once(request, visitor, data, work, account_id=account_id)


route_handlers = [add_form, add_submit, setup_page, setup_done, remove_form, change_card]
