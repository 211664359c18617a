"""Change what is known of a customer and of one account below it: the form of its creation, with what is kept now.

The form carries what was seen when it was opened, so that a change made meanwhile by somebody else is told apart from
one's own: theirs is taken over, one's own stays typed, and only saving again overwrites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import TABS, Customer, CustomerKind, Edit, Level, edit_levels, get_customer
from solde.customers.rules.editing import ASSUMED, FIXED
from solde.db import Connection
from solde.kernel.refusals import VERSION_DIFFERS, Refusal, Refused

from ..addresses import Address, customer_path
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from .customer_fields import Choices, Filled, Tab, draw, lists_of, placed
from .customer_form import offered
from .customer_levels import (
    Conflict,
    ShownLevel,
    chosen_levels,
    conflict_of,
    decode,
    encode,
    levels_now,
    parts_of,
    typed_in,
)

REASON_MOST = 500


@web_page("/customers/{code:str}/edit", name="edit_customer", permission=Permission.CUSTOMERS)
async def edit_page(page: Page, code: str) -> Response[str]:
    """The form with what is kept now."""
    async with page.reading() as conn:
        customer = await get_customer(conn, plain(code), page.visitor.seller_id)
        choices, _ = await offered(conn, page.visitor)
    levels = chosen_levels(customer, page.query)
    return _form(page, customer, choices, levels, {})


@web_form("/customers/{code:str}/edit", permission=Permission.CUSTOMERS)
async def save_changes(page: Page, code: str, data: Form) -> Response[str] | Redirect:
    """Save what was changed, or show what is wrong with it, or what somebody else changed meanwhile."""
    async with page.reading() as conn:
        customer = await get_customer(conn, plain(code), page.visitor.seller_id)
        choices, _ = await offered(conn, page.visitor)
    seen = decode(data.get("seen", ""), customer)
    edits = _edits(customer, seen, data, choices)
    if not edits:
        return Done(customer_path(customer.code), t("Nothing was changed"), "wait").answer()
    reason = data.get("reason", "").replace("\0", "").strip()[:REASON_MOST] or None

    async def work(conn: Connection) -> Done:
        now = page.now()
        await edit_levels(
            conn, edits, actor=page.visitor.actor, now=now, reason=reason, seller_id=page.visitor.seller_id
        )
        return Done(customer_path(customer.code), t("Changes of {code} saved", code=customer.code))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        if any(one.code == VERSION_DIFFERS.code for one in refused.refusals):
            return await _meanwhile(page, customer.code, choices, seen, data)
        names = _by_row(refused.refusals, edits, seen)
        return _form(page, customer, choices, seen, data, names)


def plain(code: str) -> str:
    """No code holds a null character, and the database does not take one."""
    return code.replace("\0", "")


def _edits(customer: Customer, seen: Sequence[ShownLevel], data: Mapping[str, str], choices: Choices) -> list[Edit]:
    """One change of each level where something was typed; of an incomplete customer also what is confirmed by saving."""
    missing = {path.rpartition(".")[2] for path in customer.incomplete}
    edits = []
    for level in seen:
        typed = typed_in(level, data, choices)
        changes = {f: v for f, v in typed.items() if level.differs(f, v) or (f in missing and f in ASSUMED)}
        confirmed = any(field in missing and FIXED[field] is level.level for field in FIXED)
        if changes or confirmed:
            edits.append(Edit(level.level, level.code, level.version, changes))
    return edits


def _by_row(refusals: Sequence[Refusal], edits: Sequence[Edit], seen: Sequence[ShownLevel]) -> list[Refusal]:
    """Each refusal at the name its field has in the form."""
    levels = {one.level: one for one in seen}
    found = []
    for refusal in refusals:
        level = levels[edits[refusal.row or 0].level]
        field = (refusal.field or "").rpartition(".")[2]
        found.append(refusal.at(field=level.name(field)) if field in level.fields else refusal)
    return found


async def _meanwhile(
    page: Page, code: str, choices: Choices, seen: Sequence[ShownLevel], data: Mapping[str, str]
) -> Response[str]:
    """The form as it is now with one's own changes in it, and what somebody else changed."""
    async with page.reading() as conn:
        customer = await get_customer(conn, code, page.visitor.seller_id)
        conflict = await conflict_of(conn, customer, seen, data, choices)
    now = levels_now(customer, seen)
    return _form(page, customer, choices, now, {**data, **conflict.values}, conflict=conflict)


def _form(
    page: Page,
    customer: Customer,
    choices: Choices,
    levels: Sequence[ShownLevel],
    data: Mapping[str, str],
    refusals: Sequence[Refusal] = (),
    conflict: Conflict | None = None,
) -> Response[str]:
    """The form; what was typed stands in it, and what is kept where nothing was."""
    kind, kept = CustomerKind(customer.kind), {n: v for one in levels for n, v in one.named().items()}
    wrong, rest = placed(refusals, kept)
    filled = Filled({name: data.get(name, value) for name, value in kept.items()}, wrong, choices, {})
    tabs = draw(parts_of(kind, levels), filled, (*TABS[kind], "user_account"))
    here = {one.level: one.code for one in levels}
    account = next((a for a in customer.accounts if a.code == here.get(Level.ACCOUNT)), None)
    return page.show(
        "customers/edit.html",
        status=409 if conflict else 422 if refusals else 200,
        title=t("Edit {name}", name=customer.name),
        customer=customer.code,
        back=customer_path(customer.code),
        href=customer_path(customer.code, "edit"),
        kind=kind.value,
        facts=_facts(customer, account.currency if account else ""),
        account=account.code if account else "",
        currency=account.currency if account else "",
        others=_others(customer, levels),
        seen=encode(levels),
        tabs=tabs,
        lists=lists_of(tabs),
        wrong_count=len(wrong),
        rest=rest,
        missing=_missing(customer, levels, tabs),
        conflict=conflict,
        key="" if conflict else data.get("key", ""),
        reason=data.get("reason", ""),
    )


def _facts(customer: Customer, currency: str) -> list[tuple[str, str]]:
    """What never changes."""
    facts = [(t("Customer"), customer.code), (t("Seller"), customer.seller), (t("Currency"), currency)]
    return [(name, value) for name, value in facts if value]


def _others(customer: Customer, levels: Sequence[ShownLevel]) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Where a customer has several accounts, or an account several levels below: a way to each of them."""
    here = {one.level: one.code for one in levels}
    account = next((a for a in customer.accounts if a.code == here.get(Level.ACCOUNT)), None)
    billing = next(
        (b for b in (account.billing_accounts if account else ()) if b.code == here.get(Level.BILLING_ACCOUNT)), None
    )
    base = Address(customer_path(customer.code, "edit"))
    below = Address(base.path, [("account", account.code)]) if account else base
    lowest = below.with_(billing=billing.code) if billing else below
    rows = [
        (t("Account"), base, "account", [a.code for a in customer.accounts], Level.ACCOUNT),
        (t("Billing account"), below, "billing", [b.code for b in account.billing_accounts] if account else [], Level.BILLING_ACCOUNT),
        (t("User account"), lowest, "user", [u.code for u in billing.user_accounts] if billing else [], Level.USER_ACCOUNT),
    ]  # fmt: skip
    return [
        (words, [(code, str(address.with_(**{name: code})), code == here[level]) for code in codes])
        for words, address, name, codes, level in rows
        if len(codes) > 1
    ]


def _missing(customer: Customer, levels: Sequence[ShownLevel], tabs: Sequence[Tab]) -> list[tuple[str, str]]:
    """What an incomplete customer lacks: each in words, with the field where it is filled in; none where saving confirms it."""
    labels = {field.name: field.label for tab in tabs for group in tab.groups for field in group.fields}
    found = []
    for path in customer.incomplete:
        field = path.rpartition(".")[2]
        name = next((one.name(field) for one in levels if field in one.fields), "")
        found.append((labels[name], name) if name else (t("Currency") if field == "currency" else t("Seller"), ""))
    return found


route_handlers = [edit_page, save_changes]
