"""Approval limits: what each role may do alone."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from litestar import Response
from litestar.response import Redirect

from solde.access import LABELS, PERMISSIONS, Permission, Role
from solde.adjustments import AdjustmentType
from solde.adjustments.rules import missing_permission
from solde.adjustments.words import LABELS as ADJUSTMENT_LABELS
from solde.app.actions import ALL_ACTIONS
from solde.app.work.words import KINDS
from solde.approvals import Limit, limit_version, list_limits, set_limit
from solde.approvals.model import ANY_CURRENCY
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused

from ... import formats
from ...amounts import as_typed, read_amount
from ...form_errors import by_field
from ...i18n import t
from ...page import Page, web_form, web_page
from .saving import Done, Form, act_once, number_of, text_of

LIST = "/settings/limits"
FIELDS = ("role", "kind", "currency", "single_most", "day_most", "reason")
Key = tuple[str, str]

ADJUSTMENTS = {kind.kind: kind for kind in AdjustmentType if kind.kind.startswith("adjustment_")}
P = Permission
NEEDED: Mapping[str, Permission] = {
    **{action.kind: action.permission for action in ALL_ACTIONS if action.settle is not None},
    "manual_operation": P.OPERATIONS, "payment": P.PAYMENTS, "small_write_off": P.WRITE_OFFS,
    "receipt_assignment": P.PAYMENTS, "card_payment": P.CARDS, "card_refund": P.CARDS,
    "unbilled_take_back": P.ADJUSTMENTS,
}  # fmt: skip
"""What an action wants of a role. A role without it has a limit only where it approves what others propose."""


@web_page(LIST, name="settings_limits")
async def limits_page(page: Page) -> Response[str]:
    """Roles by kinds of action."""
    async with page.reading() as conn:
        limits = await list_limits(conn)
    by_place: dict[Key, list[dict[str, str]]] = {}
    for limit in limits:
        by_place.setdefault((limit.role, limit.kind), []).append(_shown(limit))
    kinds = sorted(page.services.approvals.kinds, key=_label)
    return page.show(
        "settings/limits.html",
        title=t("Approval limits"),
        may=page.visitor.may_for_all(Permission.SETTINGS),
        roles=[(role.value, t(LABELS[role])) for role in Role],
        kinds=[(kind, _label(kind), [_cell(by_place, role, kind) for role in Role]) for kind in kinds],
    )


def _cell(limits: Mapping[Key, list[dict[str, str]]], role: Role, kind: str) -> tuple[bool, list[dict[str, str]]]:
    """Whether a role may do an action at all, and its limits."""
    has = PERMISSIONS[role]
    if kind in ADJUSTMENTS:
        may = missing_permission(ADJUSTMENTS[kind], has) is None
    else:
        may = kind not in NEEDED or NEEDED[kind] in has
    return may or P.APPROVALS in has, limits.get((role.value, kind), [])


def _label(kind: str) -> str:
    if kind in ADJUSTMENTS:
        return t("Adjustment: {what}", what=t(ADJUSTMENT_LABELS[ADJUSTMENTS[kind]]))
    return t(KINDS[kind])


def _shown(limit: Limit) -> dict[str, str]:
    return {
        "currency": limit.currency,
        "single": _amount(limit.single_most, limit.currency),
        "day": _amount(limit.day_most, limit.currency),
    }


def _amount(amount: Decimal | None, currency: str) -> str:
    """An amount, in any currency without needless decimals; nothing where there is no limit."""
    if amount is None:
        return ""
    whole = currency == ANY_CURRENCY and amount == amount.to_integral_value()
    return (
        formats.whole(int(amount)) if whole else formats.money(amount, "EUR" if currency == ANY_CURRENCY else currency)
    )


@web_page("/settings/limit", name="settings_limit", permission=Permission.SETTINGS)
async def limit_dialog(page: Page) -> Response[str]:
    """The form of a limit, as it is."""
    asked = {name: page.query.get(name) or "" for name in ("role", "kind", "currency")}
    asked["currency"] = asked["currency"] or ANY_CURRENCY
    async with page.reading() as conn:
        limits = await list_limits(conn)
    found = next((one for one in limits if (one.role, one.kind, one.currency) == tuple(asked.values())), None)
    amounts = (
        {} if found is None else {n: _typed(getattr(found, n), found.currency) for n in ("single_most", "day_most")}
    )
    drawn = Limit(asked["role"], asked["kind"], asked["currency"], None, None)
    return _form(page, {**asked, **amounts, "of": _key(drawn), "version": str(limit_version(limits, drawn))})


def _key(limit: Limit) -> str:
    """Which limit it is, as a form says of which it was drawn."""
    return f"{limit.role} {limit.kind} {limit.currency}"


def _typed(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None else as_typed(amount, None if currency == ANY_CURRENCY else currency)


@web_form("/settings/limit", permission=Permission.SETTINGS)
async def save_limit(page: Page, data: Form) -> Redirect | Response[str]:
    """Set a limit."""
    try:
        limit = _read(data)

        async def work(conn: Connection) -> Done:
            kinds, reason = page.services.approvals.kinds, text_of(data, "reason") or None
            # Another role or action may have been chosen since: of that limit nothing was seen.
            version = number_of(data, "version") if data.get("of") == _key(limit) else None
            await set_limit(conn, limit, kinds=kinds, actor=page.visitor.actor, reason=reason, version=version)
            label = t(LABELS[Role(limit.role)])
            return Done(LIST, t("Limit of {role} for {kind} is set.", role=label, kind=_label(limit.kind)))

        return await act_once(page, data, work)
    except Refused as refused:
        return _form(page, data, refused)


def _read(form: Mapping[str, str]) -> Limit:
    """The limit as typed; refuses an unfit amount."""
    refusals: list[Refusal] = []
    amounts: dict[str, Decimal | None] = {}
    currency = text_of(form, "currency").upper() or ANY_CURRENCY
    for name in ("single_most", "day_most"):
        text = text_of(form, name)
        amount = read_amount(text, currency) if text else None
        if isinstance(amount, Refusal):
            refusals.append(amount.at(field=name))
        else:
            amounts[name] = amount
    if refusals:
        raise Refused(refusals)
    return Limit(form.get("role", ""), form.get("kind", ""), currency, amounts["single_most"], amounts["day_most"])


def _form(page: Page, values: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    wrong, rest = by_field(refused.refusals, FIELDS) if refused else ({}, [])
    return page.show(
        "settings/limit.html",
        status=200 if refused is None else 422,
        title=t("Approval limit"),
        back=LIST,
        values={**dict.fromkeys((*FIELDS, "key", "of", "version"), ""), **values},
        wrong={**dict.fromkeys(FIELDS, ""), **wrong},
        rest=rest,
        roles=[(role.value, t(LABELS[role])) for role in Role],
        kinds=sorted(((kind, _label(kind)) for kind in page.services.approvals.kinds), key=lambda one: one[1]),
    )


route_handlers = [limits_page, limit_dialog, save_limit]
