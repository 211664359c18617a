"""The dialogs that charge, authorize, capture, void and refund, and the one that says what became of a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.approvals import Waiting
from solde.cards import CardKind, CardRequest, CardTransaction, PaymentCard
from solde.cards import store as card_store
from solde.cards.actions import await_outcome, carry_out, read_outcome
from solde.cards.janitor import resolve_within
from solde.cards.proposing import Asker, propose_intent
from solde.cards.trial import Trial, try_out
from solde.customers import Account, AccountRef, Customer, get_account
from solde.db import Connection, transaction
from solde.kernel.dates import today_in
from solde.kernel.refusals import NOT_FOUND, Refused, refuse
from solde.operations import store as operation_store

from ... import formats
from ...acting import Done, act_once
from ...addresses import account_path, customer_path
from ...i18n import t
from ...reading import reading
from ...refused import by_field
from ...render import page
from ...visitors import Visitor
from ..actions.typed import Given, Typed, as_typed
from .tab import FEATURE, KINDS, STATES, name_of, transaction_path

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]

BUTTONS: Mapping[CardKind, str] = {
    CardKind.CHARGE: "Charge the card",
    CardKind.AUTHORIZE: "Authorize",
    CardKind.CAPTURE: "Capture",
    CardKind.VOID: "Void",
    CardKind.REFUND: "Refund to the card",
}


@dataclass(frozen=True, slots=True)
class Till:
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


async def _sit(conn: Connection, visitor: Visitor, code: str, kind: str, number: str) -> Till:
    if kind not in set(CardKind):
        raise Refused(refuse(NOT_FOUND, f"there is no card action {kind!r}"))
    found = await get_account(conn, code, visitor.seller_id)
    cards = await card_store.list_cards(conn, found.account.account_id)
    of = None
    if not CardKind(kind).stands_alone:
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
        of = (await read_outcome(conn, (found.account.account_id, wanted))).transaction
    return Till(visitor, found.account, found.customer, CardKind(kind), cards, of)


async def _check(request: Request[Any, Any, State], visitor: Visitor) -> None:
    """Refuses: forbidden, feature_off."""
    visitor.require(Permission.CARDS)
    await request.app.state.features.check(FEATURE)


def _wish(till: Till, data: Mapping[str, str], request: Request[Any, Any, State]) -> CardRequest:
    """What is typed, as a request; raises Refused with what is wrong in the fields."""
    typed = Typed(Given(data.items()))
    amount = None if till.kind is CardKind.VOID else typed.amount("amount", needed=till.of is None)
    reason, comment = typed.text("reason"), typed.text("comment")
    if typed.refusals:
        raise Refused(typed.refusals)
    card = data.get("card", "")
    number = int(card) if till.of is None and card.isascii() and card.isdigit() and len(card) < 10 else None
    back = f"{request.base_url}".rstrip("/") + till.back
    return CardRequest(
        till.account.account_id, till.kind, till.visitor.actor, amount, number,
        None if till.of is None else till.of.number, reason, comment, back if till.of is None else None,
    )  # fmt: skip


@get("/accounts/{code:str}/cards/ask/{kind:str}", name="ask_card", include_in_schema=False)
async def ask_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], kind: FromPath[str]
) -> Response[str]:
    """The form."""
    await _check(request, visitor)
    async with reading(request) as conn:
        till = await _sit(conn, visitor, code, kind, request.query_params.get("transaction") or "")
    return _dialog(request, till, {})


@post("/accounts/{code:str}/cards/ask/{kind:str}/preview", include_in_schema=False, status_code=200)
async def preview_ask(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], kind: FromPath[str],
    data: Form,
) -> Response[str]:  # fmt: skip
    """What it would do to the account if the gateway approves."""
    await _check(request, visitor)
    state = request.app.state

    async def work(conn: Connection) -> tuple[Till, dict[str, object]]:
        till = await _sit(conn, visitor, code, kind, data.get("transaction", ""))
        if till.of is None and not data.get("amount", "").strip():
            return till, {"rows": [], "posted": "", "refused": []}
        try:
            wish = _wish(till, data, request)
            names = (state.gateway.name, state.gateway.merchant)
            tried = await try_out(conn, names, wish, now=state.clock())
        except Refused as refused:
            return till, {"rows": [], "posted": "", "refused": [one.message for one in refused.refusals]}
        return till, await _seen(conn, till, tried)

    till, seen = await transaction(state.pool, work, dry_run=True)
    if request.headers.get("solde-dialog"):
        return page("cards/preview.html", request, visitor=visitor, preview=seen)
    return _dialog(request, till, data, preview=seen)


async def _seen(conn: Connection, till: Till, tried: Trial) -> dict[str, object]:
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


@post("/accounts/{code:str}/cards/ask/{kind:str}", status_code=303, include_in_schema=False)
async def ask_submit(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], kind: FromPath[str],
    data: Form,
) -> Response[str] | Redirect:  # fmt: skip
    """Write the intent once, ask the gateway, and show what it said."""
    await _check(request, visitor)
    async with reading(request) as conn:
        till = await _sit(conn, visitor, code, kind, data.get("transaction", ""))
    made: list[int] = []
    try:
        wish = _wish(till, data, request)
        answer = await act_once(
            request, visitor, data, lambda conn: _propose(request, conn, till, wish, made),
            account_id=till.account.account_id,
        )  # fmt: skip
    except Refused as refused:
        return _dialog(request, till, data, refused)
    if not made:
        return answer
    state, key = request.app.state, (till.account.account_id, made[-1])
    await carry_out(state.gateway, state.pool, key, clock=state.clock)
    one = (await await_outcome(state.pool, key)).transaction
    label, tone = STATES[one.state]
    said = t("{what}: {state}", what=t(KINDS[one.kind]), state=t(label)) + (f" ({one.code})" if one.code else "")
    tones = {"red": "bad", "amber": "wait"}
    return Done(transaction_path(till.account.code, one.number), said, tones.get(tone, "good")).answer()


async def _propose(
    request: Request[Any, Any, State], conn: Connection, till: Till, wish: CardRequest, made: list[int]
) -> Done:
    state, visitor, account = request.app.state, till.visitor, till.account
    made.clear()
    now = state.clock()
    asker = Asker(visitor.actor, visitor.role, now, today_in(till.customer.time_zone, now))
    ref: AccountRef = await state.directory.get(account.code, visitor.seller)
    answer = await propose_intent(conn, state.approvals, state.gateway, ref, wish, asker)
    if isinstance(answer, Waiting):
        said = t("A second person decides: {why}", why=answer.why)
        return Done(till.back, said, "wait", f"/approvals/{answer.approval_id}", t("See it"))
    made.append(answer.id)
    return Done(transaction_path(account.code, answer.id), t("Asked before: this is what came of it"))


def _dialog(
    request: Request[Any, Any, State],
    till: Till,
    data: Mapping[str, str],
    refused: Refused | None = None,
    preview: Mapping[str, object] | None = None,
) -> Response[str]:
    of, currency = till.of, till.account.currency
    most = Decimal(0) if of is None else of.amount if till.kind is CardKind.CAPTURE else of.refundable
    fields = {"amount": as_typed(most, currency) if most else "", "card": "", "reason": "", "comment": ""}
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    default = next((str(card.card_number) for card in till.cards if card.is_default), "")
    return page(
        "cards/ask.html",
        request,
        visitor=till.visitor,
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


@get("/accounts/{code:str}/cards/transactions/{number:int}/resolve", name="resolve_card", include_in_schema=False)
async def resolve_form(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], number: FromPath[int]
) -> Response[str]:
    """Ask what became of it, and how that is known."""
    await _check(request, visitor)
    return await _resolve_dialog(request, visitor, code, number, {})


@post("/accounts/{code:str}/cards/transactions/{number:int}/resolve", status_code=303, include_in_schema=False)
async def resolve_submit(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], number: FromPath[int],
    data: Form,
) -> Response[str] | Redirect:  # fmt: skip
    """Say it."""
    await _check(request, visitor)
    number = min(number, card_store.LARGEST_NUMBER)

    async def work(conn: Connection) -> Done:
        account = (await get_account(conn, code, visitor.seller_id)).account
        one = await resolve_within(
            conn, (account.account_id, number), approved=data.get("outcome") == "approved",
            gateway_reference=(data.get("gateway_reference") or "").strip() or None, actor=visitor.actor,
            reason=data.get("reason", ""), now=request.app.state.clock(),
        )  # fmt: skip
        said = t("{what}: {state}", what=t(KINDS[one.kind]), state=t(STATES[one.state][0]))
        return Done(transaction_path(code, number), said)

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _resolve_dialog(request, visitor, code, number, data, refused)


async def _resolve_dialog(
    request: Request[Any, Any, State],
    visitor: Visitor,
    code: str,
    number: int,
    data: Mapping[str, str],
    refused: Refused | None = None,
) -> Response[str]:
    number = min(number, card_store.LARGEST_NUMBER)
    async with reading(request) as conn:
        account = (await get_account(conn, code, visitor.seller_id)).account
        await read_outcome(conn, (account.account_id, number))
    fields = {"outcome": "failed", "gateway_reference": "", "reason": ""}
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    return page(
        "cards/resolve.html",
        request,
        visitor=visitor,
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
