"""Forms of litigation: enter it, update it, remove it, of one invoice or of several."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.litigation import (
    KEPT,
    Disputed,
    DisputeRequest,
    DisputeVerb,
    Reason,
    Terms,
    dispute,
    list_owners,
    list_reasons,
)
from solde.litigation.model import Text
from solde.litigation.rules import UNKNOWN_REASON
from solde.litigation.store import past_of
from solde.operations import Operation

from ...i18n import t
from .typed import Given, Typed, as_typed
from .wishes import Desk, Form, Outcome, Wish, texts


async def enter(conn: Connection, desk: Desk) -> Form:
    """Put invoices in litigation: one with an amount of its own, several each wholly."""
    one = _only(desk)
    fields = texts(
        desk.given, amount=as_typed(one.open, desk.currency) if one else "", reason_code="", reason="",
        owner=desk.visitor.actor, review_date="", date=desk.today.isoformat(),
    )  # fmt: skip
    form = Form(fields, await _values(conn, desk, Terms()))
    typed = Typed(desk.given)
    request = _read(typed, desk, form, needs_amount=one is not None)
    if typed.refusals:
        return replace(form, refusals=tuple(typed.refusals))
    if desk.trial and not (request.reason_code or request.reason):
        request = replace(request, reason="-")
    return replace(form, wish=_wish(desk, replace(request, verb=DisputeVerb.ENTER), t("Put in litigation")))


async def update(conn: Connection, desk: Desk) -> Form:
    """Change litigations: of one all that is said of it, of several what is filled in."""
    one, account = _only(desk), desk.account.account_id
    past = (await past_of(conn, [(account, one.number)])).get((account, one.number)) if one else None
    terms = Terms() if past is None else past.terms
    fields = texts(
        desk.given, amount=as_typed(one.disputed, desk.currency) if one else "",
        reason_code=terms.reason_code or "", reason=terms.reason or "", owner=terms.owner or "",
        review_date=terms.review_on.isoformat() if terms.review_on else "", date=desk.today.isoformat(),
    )  # fmt: skip
    form = Form(fields, await _values(conn, desk, terms))
    typed = Typed(desk.given)
    request = _read(typed, desk, form, needs_amount=one is not None)
    if typed.refusals:
        return replace(form, refusals=tuple(typed.refusals))
    if one is None:
        request = _only_filled_in(request)
    return replace(form, wish=_wish(desk, replace(request, verb=DisputeVerb.UPDATE), t("Litigation updated")))


async def remove(_: Connection, desk: Desk) -> Form:
    """Take invoices out of litigation."""
    form = Form(texts(desk.given, reason="", date=desk.today.isoformat()), {"several": len(desk.chosen) > 1})
    typed = Typed(desk.given)
    on, reason = typed.day("date"), typed.text("reason")
    if typed.refusals:
        return replace(form, refusals=tuple(typed.refusals))
    request = DisputeRequest(
        desk.account.account_id, 0, DisputeVerb.REMOVE, desk.visitor.actor, effective_on=on, reason=reason
    )
    return replace(form, wish=_wish(desk, request, t("Taken out of litigation")))


def _only(desk: Desk) -> Operation | None:
    """The chosen row, where it is one."""
    return desk.chosen[0] if len(desk.chosen) == 1 else None


async def _values(conn: Connection, desk: Desk, terms: Terms) -> dict[str, object]:
    """What the fields offer: the reasons in use and that of now, and whose litigations there are."""
    reasons = [r for r in await list_reasons(conn) if r.is_active or r.code == terms.reason_code]
    owners = [desk.visitor.actor, *await list_owners(conn, desk.visitor.seller_id)]
    return {
        "reasons": [(reason.code, _label(reason)) for reason in reasons],
        "owners": list(dict.fromkeys(owners)),
        "several": len(desk.chosen) > 1,
    }


def _label(reason: Reason) -> str:
    return t(reason.label)


def _read(typed: Typed, desk: Desk, form: Form, *, needs_amount: bool) -> DisputeRequest:
    """What is typed, of no row yet; what is left blank is none."""
    given: Given = desk.given
    amount: Decimal | None = typed.amount("amount") if needs_amount else None
    code = typed.among("reason_code", [code for code, _ in form.values["reasons"]], UNKNOWN_REASON)
    return DisputeRequest(
        desk.account.account_id, 0, DisputeVerb.ENTER, desk.visitor.actor, amount, typed.day("date"),
        typed.text("reason"), typed.text("owner") if given.has("owner") else None, typed.day("review_date"), code,
    )  # fmt: skip


def _only_filled_in(request: DisputeRequest) -> DisputeRequest:
    def or_kept(text: Text) -> Text:
        return text or KEPT

    return replace(
        request,
        reason=or_kept(request.reason),
        owner=or_kept(request.owner),
        reason_code=or_kept(request.reason_code),
        review_on=request.review_on or KEPT,
    )


def _wish(desk: Desk, request: DisputeRequest, said: str) -> Wish:
    """The same for every chosen row, together or not at all."""
    requests = [replace(request, number=o.number) for o in desk.chosen]

    async def perform(conn: Connection) -> Outcome:
        answers = await dispute(conn, requests, today=desk.today)
        if refusals := [refusal for one in answers if not isinstance(one, Disputed) for refusal in one]:
            raise Refused(refusals)
        return Outcome(argued=tuple(o.number for o in desk.chosen))

    return Wish(said, perform=perform)
