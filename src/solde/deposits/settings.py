"""Templates and settings of security deposits: load, decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import check_positive, check_scale
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say

from . import store
from .model import DepositSettings, Limit, Template, TemplateState, ValidityUnit
from .rules import NO_TEMPLATE, TOO_FINE, check_amount

CODE_TAKEN = declare("deposit_template_exists", Kind.CONFLICT, "Choose another code, or change that template.")
CODE_UNFIT = declare(
    "deposit_template_code_unfit", Kind.INVALID, "Use capital letters, digits and _, a letter first, 2 to 30 of them."
)
LABEL_MISSING = declare(
    "deposit_template_label_missing", Kind.INVALID, "Give the template a name of 1 to 100 characters."
)
BOUNDS_CROSS = declare("deposit_bounds_cross", Kind.INVALID, "Let the least be at most the most.")
VALIDITY_UNFIT = declare(
    "deposit_validity_unfit", Kind.INVALID, "Give both a number of 1 to 9999 and its unit, or neither."
)
ARCHIVED = declare(
    "deposit_template_archived", Kind.CONFLICT, "Make a new template; an archived one does not come back."
)
STATE_BACK = declare("deposit_template_state", Kind.CONFLICT, "A template goes DRAFT, ACTIVE, ARCHIVED, never back.")
LIMIT_TWICE = declare("deposit_limit_twice", Kind.INVALID, "Name each currency once.")
CURRENCY_UNFIT = declare("deposit_currency_unfit", Kind.INVALID, "Use a three-letter ISO 4217 code, such as EUR.")

ORDER = (TemplateState.DRAFT, TemplateState.ACTIVE, TemplateState.ARCHIVED)
__all__ = ["TOO_FINE", "TemplateChange", "change_settings", "change_template", "create_template"]


class TemplateChange(msgspec.Struct, frozen=True, kw_only=True):
    """What shall change of a template; what is not given stays."""

    label: str | UnsetType = UNSET
    least: Decimal | UnsetType | None = UNSET
    most: Decimal | UnsetType | None = UNSET
    validity: int | UnsetType | None = UNSET
    validity_unit: ValidityUnit | UnsetType | None = UNSET
    state: TemplateState | UnsetType = UNSET


async def create_template(conn: Connection, new: Template, *, actor: str) -> Template:
    """Write a new template.

    Refuses: deposit_template_exists, and everything `check_template` refuses.
    """
    if refusals := check_template(new):
        raise Refused(refusals)
    if not await store.insert_template(conn, new):
        raise Refused(refuse(CODE_TAKEN, "there is a template {code} already", code=new.code, field="code"))
    await _tell(conn, actor, "deposit_template_create", None, new)
    return new


async def change_template(conn: Connection, code: str, change: TemplateChange, version: int, *, actor: str) -> Template:
    """Change a template; deposits made from it stay as they are.

    Refuses: unknown_deposit_template, version_differs, deposit_template_archived, deposit_template_state, and everything
    `check_template` refuses.
    """
    before = await store.lock_template(conn, code)
    if before is None:
        raise Refused(refuse(NO_TEMPLATE, "there is no template {code!r}", code=code))
    if before.version != version:
        said = say("the template is at version {version}, not {made_from}", version=before.version, made_from=version)
        raise Refused(refuse(VERSION_DIFFERS, said))
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    after = replace(before, **given)
    refusals = [*check_step(before.state, after.state), *check_template(after)]
    if refusals:
        raise Refused(refusals)
    if after == before:
        return before
    await store.update_template(conn, after)
    after = replace(after, version=before.version + 1)
    await _tell(conn, actor, "deposit_template_change", before, after)
    return after


def check_step(before: TemplateState, after: TemplateState) -> list[Refusal]:
    """May a template go from one state to another? Never back; an archived one not at all."""
    if before is after:
        return []
    if before is TemplateState.ARCHIVED:
        return [refuse(ARCHIVED, "the template is archived and cannot become {after}", after=after, field="state")]
    if ORDER.index(after) < ORDER.index(before):
        said = say("the template is {before} and cannot become {after}", before=before, after=after)
        return [refuse(STATE_BACK, said, field="state")]
    return []


def check_template(one: Template) -> list[Refusal]:
    """Every reason why a template is not fit."""
    found: list[Refusal | None] = []
    code = one.code
    if not (
        2 <= len(code) <= 30
        and code.isascii()
        and code[0].isalpha()
        and code.replace("_", "").isalnum()
        and code == code.upper()
    ):
        found.append(refuse(CODE_UNFIT, "{code!r} is no code of a template", code=code, field="code"))
    if not (0 < len(one.label.strip()) <= 100 and one.label.isprintable()):
        found.append(refuse(LABEL_MISSING, "the name is empty, too long or not printable", field="label"))
    if not is_currency(one.currency):
        return [refuse(CURRENCY_UNFIT, "{currency!r} is no currency", currency=one.currency, field="currency")]
    found += [
        check_amount(value, one.currency, name)
        for name, value in (("min", one.least), ("max", one.most))
        if value is not None
    ]
    if one.least is not None and one.most is not None and one.least > one.most:
        found.append(
            refuse(BOUNDS_CROSS, "the least is {least}, the most {most}", least=one.least, most=one.most, field="max")
        )
    if (one.validity is None) != (one.validity_unit is None) or (
        one.validity is not None and not 0 < one.validity < 10_000
    ):
        found.append(refuse(VALIDITY_UNFIT, "the validity is a number with its unit", field="validity"))
    return [bad for bad in found if bad is not None]


def is_currency(text: str) -> bool:
    """Three capital letters?"""
    return len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()


async def change_settings(
    conn: Connection, *, auto_refund: bool, limits: Sequence[Limit], version: int, actor: str
) -> DepositSettings:
    """Replace what holds for all deposits; deposits that stand stay as they are.

    Refuses: version_differs, deposit_limit_twice, deposit_currency_unfit, an unfit amount.
    """
    before = await store.get_settings(conn, lock=True)
    if before.version != version:
        said = say("the settings are at version {version}, not {made_from}", version=before.version, made_from=version)
        raise Refused(refuse(VERSION_DIFFERS, said))
    if refusals := check_limits(limits):
        raise Refused(refusals)
    kept = [one for one in limits if one.deposit_most is not None or one.customer_most is not None]
    after = DepositSettings(auto_refund, before.version, {one.currency: one for one in kept})
    if after == before:
        return before
    await store.save_settings(conn, auto_refund=auto_refund, limits=kept)
    after = replace(after, version=before.version + 1)
    await _tell(conn, actor, "deposit_settings_change", before, after)
    return after


def check_limits(limits: Sequence[Limit]) -> list[Refusal]:
    """Every reason why these limits are not fit."""
    found: list[Refusal | None] = []
    for place, one in enumerate(limits):
        if not is_currency(one.currency):
            said = say("{currency!r} is no currency", currency=one.currency)
            found.append(refuse(CURRENCY_UNFIT, said, field=f"limits.{place}.currency"))
            continue
        if any(other.currency == one.currency for other in limits[:place]):
            found.append(
                refuse(
                    LIMIT_TWICE, "{currency} is named twice", currency=one.currency, field=f"limits.{place}.currency"
                )
            )
        for name, most in (("max_per_deposit", one.deposit_most), ("max_per_customer", one.customer_most)):
            if most is not None:
                bad = check_scale(most) or check_positive(most)
                found.append(None if bad is None else bad.at(field=f"limits.{place}.{name}"))
    return [bad for bad in found if bad is not None]


async def _tell(
    conn: Connection,
    actor: str,
    verb: str,
    before: Template | DepositSettings | None,
    after: Template | DepositSettings,
) -> None:
    (action,) = await audit.next_action_ids(conn, 1)
    told = [None if one is None else msgspec.to_builtins(one, str_keys=True) for one in (before, after)]
    await audit.append(conn, [AuditRecord(0, action, actor, verb, None, *told)])
