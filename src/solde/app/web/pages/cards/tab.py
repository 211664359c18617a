"""The Cards tab of a customer, and one card transaction with every call and word of the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from litestar import Response

from solde.access import Permission
from solde.cards import CardState, CardTransaction, PaymentCard, capturable, refundable, voidable
from solde.cards import store as card_store
from solde.cards.actions import read_outcome
from solde.cards.filters import KIND_WORDS, STATE_WORDS
from solde.cards.listings import state_tone, state_words
from solde.customers import get_account, get_customer, list_choices
from solde.kernel.dates import today_in

from ... import formats
from ...addresses import account_path, customer_path
from ...i18n import t
from ...page import Page, web_page
from ..customer_head import account_asked, head

FEATURE = "card_payments"
SHOWN = 100
SOON = timedelta(days=60)

KINDS, STATES = KIND_WORDS, STATE_WORDS


def transaction_path(account: str, number: int, *more: str) -> str:
    """The address of a card transaction."""
    return account_path(account, "cards", "transactions", str(number), *more)


@web_page("/customers/{code:str}/cards", name="customer_cards")
async def cards_page(page: Page, code: str) -> Response[str]:
    """The stored cards of an account, and what was asked of the gateway, newest first."""
    services = page.services
    await services.features.check(FEATURE)
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
        account = account_asked(customer, page.query.get("account"))
        cards = await card_store.list_cards(conn, account.account_id, removed=True)
        found = await card_store.list_transactions(conn, account.account_id, limit=SHOWN + 1)
        chargebacks = await card_store.list_chargebacks(conn, account.account_id)
        choices = await list_choices(conn)
    today = today_in(customer.time_zone, page.now())
    known = {card.card_number: card for card in cards}
    features = await services.features.on()
    return page.show(
        "cards/tab.html",
        title=f"{customer.name} · {t('Cards')}",
        head=head(customer, account, page.visitor, "cards", choices, features),
        base=account_path(account.code, "cards"),
        may=page.visitor.may(Permission.CARDS),
        sandbox=services.gateway.name == "sandbox",
        cards=[_card(card, today) for card in cards if card.state == "ACTIVE"],
        rows=[_row(one, known, account.code) for one in found[:SHOWN]],
        more=len(found) > SHOWN,
        tasks=[(one.task, transaction_path(account.code, one.transaction_number)) for one in chargebacks if one.task],
    )


def _card(card: PaymentCard, today: date) -> dict[str, object]:
    """A card as it is shown, with a warning where it ends soon or has ended."""
    year, month = card.expires_year, card.expires_month
    ends = date(year + month // 12, month % 12 + 1, 1)
    has_ended, ends_soon = card.has_expired(today), ends - today <= SOON
    warning = t("Expired") if has_ended else t("Expires soon") if ends_soon else ""
    return {
        "number": card.card_number,
        "name": name_of(card),
        "expires": f"{month:02}/{year}",
        "warning": warning,
        "tone": "red" if has_ended else "amber",
        "default": card.is_default,
        "gateway": card.gateway,
    }


def name_of(card: PaymentCard | None) -> str:
    """A card as people call it."""
    return "" if card is None else f"{card.brand.capitalize()} •••• {card.last4}"


def _row(one: CardTransaction, cards: Mapping[int, PaymentCard], account: str) -> dict[str, object]:
    label, tone = state_words(one, t), state_tone(one)
    return {
        "number": one.number,
        "href": transaction_path(account, one.number),
        "kind": t(KINDS[one.kind]),
        "of": one.parent_number or "",
        "card": name_of(cards.get(one.card_number or 0)),
        "amount": formats.money(one.amount, one.currency),
        "currency": one.currency,
        "state": label,
        "tone": tone,
        "code": one.code or "",
        "alert": one.alert or "",
        "at": formats.instant(one.created_at),
        "operation": one.operation_number or "",
        "operation_href": account_path(account, "operations", str(one.operation_number)),
    }


@web_page("/accounts/{code:str}/cards/transactions/{number:int}", name="card_transaction")
async def transaction_page(page: Page, code: str, number: int) -> Response[str]:
    """One transaction: its figures, its steps, every call and word of the gateway, chargebacks."""
    services = page.services
    await services.features.check(FEATURE)
    key_number = min(number, card_store.LARGEST_NUMBER)
    async with page.reading() as conn:
        account = (await get_account(conn, code, page.visitor.seller_id)).account
        key = (account.account_id, key_number)
        one = (await read_outcome(conn, key)).transaction
        family = await card_store.get_transactions(conn, key[0], [key_number])
        attempts = await card_store.list_attempts(conn, key)
        events = await card_store.list_events(conn, key)
        chargebacks = await card_store.list_chargebacks(conn, key[0], transaction_number=key_number)
        cards = {c.card_number: c for c in await card_store.list_cards(conn, key[0], removed=True)}
        customer = (await get_account(conn, code, page.visitor.seller_id)).customer
    now = page.now()
    may = page.visitor.may(Permission.CARDS)
    return page.show(
        "cards/transaction.html",
        title=t("{kind} {n}", kind=t(KINDS[one.kind]), n=one.number),
        back=f"{customer_path(customer.code, 'cards')}?account={account.code}",
        base=transaction_path(account.code, one.number),
        one=_row(one, cards, account.code) | _more(one),
        parent=transaction_path(account.code, one.parent_number) if one.parent_number else "",
        may_capture=may and capturable(one, now) > 0,
        may_void=may and voidable(one, now),
        may_refund=may and refundable(one) > 0,
        may_resolve=may and one.state is CardState.UNKNOWN,
        redirect=one.redirect_url or "",
        steps=[_row(step, cards, account.code) for n, step in sorted(family.items()) if n != key_number],
        attempts=[
            {
                "at": formats.instant(a.started_at), "what": a.what, "verdict": a.verdict or t("no answer"),
                "code": a.code or "", "request": a.request_id or "", "actor": a.actor or "",
            }
            for a in attempts
        ],
        events=[{"id": e[0], "words": e[2], "told": e[3], "at": formats.instant(e[4])} for e in events],
        chargebacks=[
            {
                "number": c.chargeback_number, "amount": formats.money(c.amount, c.currency), "state": c.state.value,
                "reason": c.reason or "", "task": c.task or "", "at": formats.instant(c.opened_at),
                "operation": c.rejection_number or "",
                "href": account_path(account.code, "operations", str(c.rejection_number)),
            }
            for c in chargebacks
        ],
    )  # fmt: skip


def _more(one: CardTransaction) -> dict[str, object]:
    """What only the page of a transaction shows."""

    def amount(name: str) -> str:
        value = getattr(one, name)
        return formats.money(value, one.currency) if value else ""

    return {
        "captured": amount("captured"),
        "refunded": amount("refunded"),
        "refunding": amount("refunding"),
        "charged_back": amount("charged_back"),
        "left": amount("refundable"),
        "expires": "" if one.expires_at is None or one.captured else formats.instant(one.expires_at),
        "reference": one.reference,
        "gateway": one.gateway,
        "gateway_reference": one.gateway_reference or "",
        "actor": one.actor,
        "reason": one.reason or "",
        "comment": one.comment or "",
    }


route_handlers = [cards_page, transaction_page]
