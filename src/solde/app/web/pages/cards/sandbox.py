"""The pages of the sandbox: where a cardholder enters a card or confirms a payment; and its books, for whoever tries things."""

from __future__ import annotations

import json
from decimal import Decimal

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.app.jobs.cards import tend_cards
from solde.cards.adapters import sandbox_store as books
from solde.cards.adapters.known_cards import TEST_CARDS
from solde.cards.adapters.sandbox import Sandbox
from solde.cards.settings import GatewaySettings
from solde.kernel.refusals import NOT_FOUND, Refusal, Refused, refuse

from ... import formats, toasts
from ...amounts import read_amount
from ...i18n import t
from ...page import Form, Page, web_form, web_page
from .tab import FEATURE

SHOWN = 100


async def _sandbox(page: Page) -> Sandbox:
    """The sandbox, where it is the gateway; refuses not_found, feature_off."""
    await page.services.features.check(FEATURE)
    gateway = page.services.gateway
    if not isinstance(gateway, Sandbox):
        raise Refused(refuse(NOT_FOUND, "the sandbox is not the gateway here"))
    return gateway


@web_page("/sandbox/cards/{setup:str}", name="sandbox_card", is_open=True)
async def card_form(page: Page, setup: str) -> Response[str]:
    """Where a card is entered: as on a real gateway's page, only with numbers of nobody."""
    await _sandbox(page)
    async with page.services.pool.connection() as conn:
        entry = await books.find_setup(conn, setup)
    if entry is None or entry.setup_id != setup:
        raise Refused(refuse(NOT_FOUND, "there is no such page"))
    return _entering(page, setup, "", "")


def _entering(page: Page, setup: str, wrong: str, expires: str) -> Response[str]:
    year = page.now().year
    return page.show(
        "cards/sandbox_card.html", status=422 if wrong else 200, title=t("Enter a card"),
        setup=setup, wrong=wrong, expires=expires or f"12/{year + 3}",
        numbers=[(number, t(card.words)) for number, card in TEST_CARDS.items()],
    )  # fmt: skip


@web_form("/sandbox/cards/{setup:str}", everywhere=False, is_open=True)
async def card_submit(page: Page, setup: str, data: Form) -> Response[str] | Redirect:
    """Keep what the number stands for, and lead back."""
    gateway = await _sandbox(page)
    month, _, year = data.get("expires", "").replace(" ", "").partition("/")
    fits = month.isascii() and month.isdigit() and year.isascii() and year.isdigit() and len(year) == 4
    if not fits or not 1 <= int(month) <= 12 or not 2000 <= int(year) <= 2199:
        return _entering(page, setup, t("Write the month and the year as 12/2029"), data.get("expires", "")[:10])
    back = await gateway.enter_card(setup, data.get("number", "")[:40], int(year), int(month))
    if back is None:
        return _entering(page, setup, t("The sandbox takes only the numbers below"), data.get("expires", "")[:10])
    return Redirect(back, status_code=303)


@web_page("/sandbox/confirm/{reference:str}", name="sandbox_confirm", is_open=True)
async def confirm_form(page: Page, reference: str) -> Response[str]:
    """Where the cardholder confirms a payment."""
    await _sandbox(page)
    async with page.services.pool.connection() as conn:
        found = await books.lock_by_gateway_reference(conn, reference)
    if found is None:
        raise Refused(refuse(NOT_FOUND, "there is no such payment"))
    return page.show(
        "cards/sandbox_confirm.html", title=t("Confirm the payment"), reference=reference,
        amount=f"{formats.money(found.amount, found.currency)} {found.currency}", is_open=found.state == "action",
    )  # fmt: skip


@web_form("/sandbox/confirm/{reference:str}", everywhere=False, is_open=True)
async def confirm_submit(page: Page, reference: str, data: Form) -> Redirect:
    """Confirm it or not, and lead back."""
    gateway = await _sandbox(page)
    back = await gateway.confirm(reference, confirmed=data.get("answer") == "yes")
    await _tend(page)
    return Redirect(back or f"/sandbox/confirm/{reference}", status_code=303)


async def _tend(page: Page) -> None:
    """Send what is due at once, so that nobody waits for the next round."""
    services = page.services
    await tend_cards(services.pool, clock=services.clock, settings=GatewaySettings())


@web_page("/sandbox", name="sandbox", permission=Permission.CARDS)
async def books_page(page: Page) -> Response[str]:
    """The books of the sandbox: what was asked of it, its events and chargebacks."""
    await _sandbox(page)
    async with page.services.pool.connection() as conn:
        requests = await books.list_requests(conn, SHOWN)
        events = await books.list_events(conn, SHOWN)
        chargebacks = await books.list_chargebacks(conn, SHOWN)
    return page.show(
        "cards/sandbox.html",
        title=t("Sandbox gateway"),
        requests=[
            {
                "reference": r.reference, "kind": r.kind, "state": t("voided") if r.is_void else r.state,
                "code": r.code or "", "amount": formats.money(r.amount, r.currency), "currency": r.currency,
                "captured": formats.money(r.captured, r.currency) if r.captured else "",
                "refunded": formats.money(r.refunded, r.currency) if r.refunded else "",
                "gateway_reference": r.gateway_reference, "at": formats.instant(r.created_at),
                "may_charge_back": r.captured > 0,
            }
            for r in requests
        ],
        events=[
            {
                "number": e.event_number, "id": e.event_id, "words": json.loads(e.body).get("words", ""),
                "at": formats.instant(e.created_at), "sent": e.sent, "waits": e.due_at is not None,
            }
            for e in events
        ],
        chargebacks=[
            {
                "id": c.chargeback_id, "of": c.gateway_reference, "state": c.state,
                "amount": f"{formats.money(c.amount, c.currency)} {c.currency}", "is_open": c.state == "opened",
            }
            for c in chargebacks
        ],
    )  # fmt: skip


@web_form("/sandbox/{what:str}", permission=Permission.CARDS)
async def sandbox_act(page: Page, what: str, data: Form) -> Redirect:
    """Send an event again; charge a payment back; let a chargeback be won or lost."""
    gateway = await _sandbox(page)
    said, about = t("Nothing was to be done"), data.get("about", "")
    if what == "again" and about.isascii() and about.isdigit() and len(about) < 18:
        async with page.services.pool.connection() as conn:
            await books.move_event(conn, int(about), page.now(), sent=0)
        said = t("The event is sent again")
    elif what == "charge-back":
        amount = read_amount(data["amount"]) if data.get("amount", "").strip() else None
        if isinstance(amount, Refusal) or (isinstance(amount, Decimal) and amount <= 0):
            return toasts.done("/sandbox", t("That is no amount"), tone="bad")
        if await gateway.charge_back(about, amount, "fraudulent") is not None:
            said = t("The bank takes the money back")
    elif what in {"won", "lost"} and await gateway.end_chargeback(about, won=what == "won"):
        said = t("The chargeback is decided")
    await _tend(page)
    return toasts.done("/sandbox", said)


route_handlers = [books_page, sandbox_act]
hosted = [card_form, card_submit, confirm_form, confirm_submit]
