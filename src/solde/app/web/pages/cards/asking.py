"""The dialogs that charge, authorize, capture, void and refund, and the one that says what became of a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.approvals import Waiting
from solde.cards import CardKind, CardRequest, CardTransaction, PaymentCard
from solde.cards import store as card_store
from solde.cards.actions import await_outcome, carry_out, read_outcome
from solde.cards.janitor import resolve_within
from solde.cards.proposing import Asker, propose_intent
from solde.cards.trial import CardDryRun, try_out
from solde.customers import Account, Customer, get_account
from solde.db import Connection, transaction
from solde.kernel.dates import today_in
from solde.kernel.refusals import NOT_FOUND, Refused, refuse
from solde.operations import store as operation_store

from ... import formats
from ...addresses import account_path, customer_path
from ...amounts import as_typed
from ...form_errors import by_field
from ...i18n import t
from ...page import Form, Page, web_form, web_page
from ...submit import Done, act_once
from ...texts import written
from ...visitors import Visitor
from ..actions.typed import FieldReader, FormFields
from .tab import FEATURE, KINDS, STATES, name_of, transaction_path

BUTTONS: Mapping[CardKind, str] = {
    CardKind.CHARGE: "Charge the card",
    CardKind.AUTHORIZE: "Authorize",
    CardKind.CAPTURE: "Capture",
    CardKind.VOID: "Void",
    CardKind.REFUND: "Refund to the card",
}


@dataclass(frozen=True, slots=True)
class CardForm:
    """Who asks for what, of which account."""

    visitor: Visitor
    account: Account
    customer: Customer
    kind: CardKind
    cards: list[PaymentCard]
    of: CardTransaction | None

    @property
    def back(self) -> str:
        """Where the dialog came from."""
        if self.of is not None:
            return transaction_path(self.account.code, self.of.number)
        return f"{customer_path(self.customer.code, 'cards')}?account={self.account.code}"

    @property
    def href(self) -> str:
        """The address of the dialog."""
        path = account_path(self.account.code, "cards", "ask", self.kind.value)
        return path if self.of is None else f"{path}?transaction={self.of.number}"


async def _sit(conn: Connection, visitor: Visitor, code: str, kind: str, number: str) -> CardForm:
    if kind not in set(CardKind):
        raise Refused(refuse(NOT_FOUND, "there is no card action {kind!r}", kind=kind))
    found = await get_account(conn, code, visitor.seller_id)
    cards = await card_store.list_cards(conn, found.account.account_id)
    of = None
    if not CardKind(kind).stands_alone:
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        of = (await read_outcome(conn, (found.account.account_id, wanted))).transaction
    return CardForm(visitor, found.account, found.customer, CardKind(kind), cards, of)


def _wish(till: CardForm, data: Mapping[str, str], page: Page) -> CardRequest:
    """What is typed, as a request; raises Refused with what is wrong in the fields."""
    typed = FieldReader(FormFields(data.items()), till.account.currency)
    amount = None if till.kind is CardKind.VOID else typed.amount("amount", needed=till.of is None)
    reason, comment = typed.text("reason"), typed.text("comment")
    if typed.refusals:
        raise Refused(typed.refusals)
    card = data.get("card", "")
    number = int(card) if till.of is None and card.isascii() and card.isdigit() and len(card) < 10 else None
    back = f"{page.request.base_url}".rstrip("/") + till.back
    return CardRequest(
        till.account.account_id, till.kind, till.visitor.actor, amount, number,
        None if till.of is None else till.of.number, reason, comment, back if till.of is None else None,
    )  # fmt: skip


@web_page("/accounts/{code:str}/cards/ask/{kind:str}", name="ask_card", permission=Permission.CARDS, feature=FEATURE)
async def ask_form(page: Page, code: str, kind: str) -> Response[str]:
    """The form."""
    async with page.reading() as conn:
        till = await _sit(conn, page.visitor, code, kind, page.query.get("transaction") or "")
    return _dialog(page, till, {})


@web_form("/accounts/{code:str}/cards/ask/{kind:str}/preview", permission=Permission.CARDS, feature=FEATURE)
async def preview_ask(
    page: Page, code: str, kind: str,
    data: Form,
) -> Response[str]:  # fmt: skip
    """What it would do to the account if the gateway approves."""
    services = page.services

    async def work(conn: Connection) -> tuple[CardForm, dict[str, object]]:
        till = await _sit(conn, page.visitor, code, kind, data.get("transaction", ""))
        if till.of is None and not data.get("amount", "").strip():
            return till, {"rows": [], "posted": "", "refused": []}
        try:
            wish = _wish(till, data, page)
            names = (services.gateway.name, services.gateway.merchant)
            tried = await try_out(conn, names, wish, now=page.now())
        except Refused as refused:
            return till, {"rows": [], "posted": "", "refused": [written(one.text) for one in refused.refusals]}
        return till, await _seen(conn, till, tried)

    till, seen = await transaction(services.pool, work, dry_run=True)
    if page.request.headers.get("solde-dialog"):
        return page.show("cards/preview.html", preview=seen)
    return _dialog(page, till, data, preview=seen)


async def _seen(conn: Connection, till: CardForm, tried: CardDryRun) -> dict[str, object]:
    numbers = [one.number for one in tried.moved if one.before is not None]
    known = {o.number: o for o in await operation_store.get_operations(conn, till.account.account_id, numbers)}
    currency = till.account.currency
    rows = [
        (
            t("New operation") if one.before is None
            else f"{known[one.number].reference or one.number} · {t(known[one.number].label)}",
            "" if one.before is None else formats.money(one.before, currency),
            formats.money(one.after, currency),
        )
        for one in tried.moved
    ]  # fmt: skip
    amount = f"{formats.money(tried.transaction.amount, currency)} {currency}"
    said = t("{what} of {amount}", what=t(KINDS[till.kind]), amount=amount)
    still = till.kind in {CardKind.AUTHORIZE, CardKind.VOID}
    return {"rows": rows, "posted": said, "still": still, "refused": []}


@web_form("/accounts/{code:str}/cards/ask/{kind:str}", permission=Permission.CARDS, feature=FEATURE)
async def ask_submit(
    page: Page, code: str, kind: str,
    data: Form,
) -> Response[str] | Redirect:  # fmt: skip
    """Write the intent once, ask the gateway, and show what it said."""
    async with page.reading() as conn:
        till = await _sit(conn, page.visitor, code, kind, data.get("transaction", ""))
    made: list[int] = []
    try:
        wish = _wish(till, data, page)
        answer = await act_once(
            page, data, lambda conn: _propose(page, conn, till, wish, made),
            account_id=till.account.account_id,
        )  # fmt: skip
    except Refused as refused:
        return _dialog(page, till, data, refused)
    if not made:
        return answer
    services, key = page.services, (till.account.account_id, made[-1])
    await carry_out(services.gateway, services.pool, key, clock=services.clock)
    one = (await await_outcome(services.pool, key)).transaction
    label, tone = STATES[one.state]
    said = t("{what}: {state}", what=t(KINDS[one.kind]), state=t(label)) + (f" ({one.code})" if one.code else "")
    tones = {"red": "bad", "amber": "wait"}
    return Done(transaction_path(till.account.code, one.number), said, tones.get(tone, "good")).answer()


async def _propose(page: Page, conn: Connection, till: CardForm, wish: CardRequest, made: list[int]) -> Done:
    services, visitor, account = page.services, till.visitor, till.account
    made.clear()
    now = page.now()
    asker = Asker(visitor.actor, visitor.role, now, today_in(till.customer.time_zone, now))
    ref = await services.directory.get(account.code, visitor.seller)
    answer = await propose_intent(conn, services.approvals, services.gateway, ref, wish, asker)
    if isinstance(answer, Waiting):
        said = t("A second person decides: {why}", why=written(answer.why))
        return Done(till.back, said, "wait", f"/approvals/{answer.approval_id}", t("See it"))
    made.append(answer.id)
    return Done(transaction_path(account.code, answer.id), t("Asked before: this is what came of it"))


def _dialog(
    page: Page,
    till: CardForm,
    data: Mapping[str, str],
    refused: Refused | None = None,
    preview: Mapping[str, object] | None = None,
) -> Response[str]:
    of, currency = till.of, till.account.currency
    most = Decimal(0) if of is None else of.amount if till.kind is CardKind.CAPTURE else of.refundable
    fields = {"amount": as_typed(most, currency) if most else "", "card": "", "reason": "", "comment": ""}
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    default = next((str(card.card_number) for card in till.cards if card.is_default), "")
    return page.show(
        "cards/ask.html",
        status=422 if refused else 200,
        title=t(BUTTONS[till.kind]),
        kind=till.kind.value,
        button=t(BUTTONS[till.kind]),
        danger=till.kind in {CardKind.VOID, CardKind.REFUND},
        back=till.back,
        href=account_path(till.account.code, "cards", "ask", till.kind.value),
        transaction=of.number if of else "",
        of_words=""
        if of is None
        else f"{t(KINDS[of.kind])} {of.number} · {formats.money(of.amount, currency)} {currency}",
        key=data.get("key", ""),
        fields={name: data.get(name, value) for name, value in fields.items()} | {"card": data.get("card") or default},
        cards=[(str(card.card_number), name_of(card)) for card in till.cards],
        currency=currency,
        wrong=wrong,
        rest=rest,
        preview=preview,
    )


@web_page(
    "/accounts/{code:str}/cards/transactions/{number:int}/resolve",
    name="resolve_card",
    permission=Permission.CARDS,
    feature=FEATURE,
)
async def resolve_form(page: Page, code: str, number: int) -> Response[str]:
    """Ask what became of it, and how that is known."""
    return await _resolve_dialog(page, code, number, {})


@web_form("/accounts/{code:str}/cards/transactions/{number:int}/resolve", permission=Permission.CARDS, feature=FEATURE)
async def resolve_submit(
    page: Page, code: str, number: int,
    data: Form,
) -> Response[str] | Redirect:  # fmt: skip
    """Say it."""
    number = min(number, card_store.LARGEST_NUMBER)

    async def work(conn: Connection) -> Done:
        account = (await get_account(conn, code, page.visitor.seller_id)).account
        one = await resolve_within(
            conn, (account.account_id, number), approved=data.get("outcome") == "approved",
            gateway_reference=(data.get("gateway_reference") or "").strip() or None, actor=page.visitor.actor,
            reason=data.get("reason", ""), now=page.now(),
        )  # fmt: skip
        said = t("{what}: {state}", what=t(KINDS[one.kind]), state=t(STATES[one.state][0]))
        return Done(transaction_path(code, number), said)

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _resolve_dialog(page, code, number, data, refused)


async def _resolve_dialog(
    page: Page, code: str, number: int, data: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    number = min(number, card_store.LARGEST_NUMBER)
    async with page.reading() as conn:
        account = (await get_account(conn, code, page.visitor.seller_id)).account
        await read_outcome(conn, (account.account_id, number))
    fields = {"outcome": "failed", "gateway_reference": "", "reason": ""}
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    return page.show(
        "cards/resolve.html",
        status=422 if refused else 200,
        title=t("What was the outcome?"),
        back=transaction_path(code, number),
        key=data.get("key", ""),
        fields={name: data.get(name, value) for name, value in fields.items()},
        outcomes=[("failed", t("It failed: no money was taken")), ("approved", t("It was done"))],
        wrong=wrong,
        rest=rest,
    )


route_handlers = [ask_form, preview_ask, ask_submit, resolve_form, resolve_submit]
