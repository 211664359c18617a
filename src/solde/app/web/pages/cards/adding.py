"""Add a card on the gateway's own page, make one the default, remove one."""

from __future__ import annotations

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.cards import stored_cards
from solde.customers import get_account
from solde.db import Connection
from solde.kernel.refusals import Refused

from ... import toasts
from ...addresses import account_path, customer_path
from ...i18n import t
from ...page import Form, Page, web_form, web_page
from ...submit import Done, act_once
from ...texts import written
from .tab import FEATURE, name_of


async def _tab_of(page: Page, code: str) -> tuple[int, str]:
    """The account's id and the address of its tab."""
    async with page.reading() as conn:
        found = await get_account(conn, code, page.visitor.seller_id)
    return found.account.account_id, f"{customer_path(found.customer.code, 'cards')}?account={code}"


@web_page("/accounts/{code:str}/cards/add", name="add_card", permission=Permission.CARDS, feature=FEATURE)
async def add_form(page: Page, code: str) -> Response[str]:
    """Say that the card is entered elsewhere."""
    _, back = await _tab_of(page, code)
    return page.show(
        "cards/add.html", title=t("Add a card"), back=back,
        href=account_path(code, "cards", "add"), gateway=page.services.gateway.name, wrong="",
    )  # fmt: skip


@web_form("/accounts/{code:str}/cards/add", permission=Permission.CARDS, feature=FEATURE)
async def add_submit(page: Page, code: str, data: Form) -> Response[str] | Redirect:
    """Ask the gateway for its page, and lead to it."""
    account_id, back = await _tab_of(page, code)
    services = page.services

    async def note(conn: Connection) -> Done:
        number = await stored_cards.note_setup(
            conn, services.gateway, account_id, actor=page.visitor.actor, clock=services.clock
        )
        return Done(account_path(code, "cards", "setups", str(number)), "")

    try:
        noted = await act_once(page, data, note, account_id=account_id)
    except Refused as refused:
        return page.show(
            "cards/add.html", status=422, title=t("Add a card"), back=back,
            href=account_path(code, "cards", "add"), gateway=services.gateway.name, wrong=written(refused.refusals[0].text),
        )  # fmt: skip
    return Redirect(noted.url, status_code=303)


@web_page(
    "/accounts/{code:str}/cards/setups/{number:int}", name="card_setup", permission=Permission.CARDS, feature=FEATURE
)
async def setup_page(page: Page, code: str, number: int) -> Response[str]:
    """The way to the gateway's page: a link, for a form may not lead to another site."""
    account_id, back = await _tab_of(page, code)
    returns = f"{page.request.base_url}".rstrip("/") + account_path(code, "cards", "setups", str(number), "done")
    setup = await stored_cards.open_setup(
        page.services.gateway, page.services.pool, (account_id, min(number, 2**31 - 1)), returns
    )
    return page.show(
        "cards/setup.html", title=t("Add a card"), back=back,
        redirect=setup.redirect_url or "", gateway=setup.gateway,
    )  # fmt: skip


@web_page(
    "/accounts/{code:str}/cards/setups/{number:int}/done",
    name="card_added",
    permission=Permission.CARDS,
    feature=FEATURE,
)
async def setup_done(page: Page, code: str, number: int) -> Redirect:
    """Back from the gateway: store what was entered."""
    account_id, back = await _tab_of(page, code)
    services = page.services
    card = await stored_cards.finish_setup(
        services.gateway, services.pool, (account_id, min(number, 2**31 - 1)), clock=services.clock
    )
    if card is None:
        return toasts.done(back, t("No card was entered"), tone="wait")
    return toasts.done(back, t("{card} added", card=name_of(card)))


@web_page(
    "/accounts/{code:str}/cards/{number:int}/remove", name="remove_card", permission=Permission.CARDS, feature=FEATURE
)
async def remove_form(page: Page, code: str, number: int) -> Response[str]:
    """Ask whether to remove a card."""
    account_id, back = await _tab_of(page, code)
    async with page.reading() as conn:
        card = await stored_cards.get_card(conn, account_id, number)
    return page.show(
        "cards/remove.html", title=t("Remove the card"), back=back, card=name_of(card),
        href=account_path(code, "cards", str(number), "remove"),
    )  # fmt: skip


@web_form("/accounts/{code:str}/cards/{number:int}/{change:str}", permission=Permission.CARDS, feature=FEATURE)
async def change_card(
    page: Page, code: str, number: int,
    change: str, data: Form,
) -> Redirect:  # fmt: skip
    """Remove a card, or make it the default."""
    account_id, back = await _tab_of(page, code)

    async def work(conn: Connection) -> Done:
        if change == "remove":
            card = await stored_cards.remove_card(conn, account_id, number, actor=page.visitor.actor)
            return Done(back, t("{card} removed", card=name_of(card)))
        card = await stored_cards.make_default(conn, account_id, number, actor=page.visitor.actor)
        return Done(back, t("{card} is charged unless another is named", card=name_of(card)))

    return await act_once(page, data, work, account_id=account_id)


route_handlers = [add_form, add_submit, setup_page, setup_done, remove_form, change_card]
