"""What may be changed of a customer or of a level below, and what follows from it. Pure: no database, no clock.

Source: product §1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from solde.kernel.refusals import UNKNOWN_ACCOUNT, VERSION_DIFFERS, Kind, Refusal, declare, refuse
from solde.kernel.texts import Label, say

from ..model import CustomerKind, Editable, InvoiceMode, Level
from ..requests import Edit
from . import forms
from .fields import FIELD_MISSING, Placed, ReferenceData, Value, check_payer, read_texts, read_values

FIELD_FIXED = declare("field_fixed", Kind.INVALID, "Leave the field as it is; codes, currency and seller never change.")
PAYS_FOR_OTHERS = declare(
    "account_pays_for_others", Kind.CONFLICT, "Give the accounts it pays for another payer first."
)

CHECKED_BY_COUNTRY = ("vat_number", "registration_number")
ASSUMED: Mapping[str, Level] = {"name": Level.CUSTOMER, "payment_mode": Level.ACCOUNT}
"""Mandatory fields that an import which lacked them filled by itself: they are there once a person gives them."""
FIXED: Mapping[str, Level] = {"seller": Level.CUSTOMER, "currency": Level.ACCOUNT}
"""Mandatory fields that never change: they are there once a person has changed their level."""
SEARCHED = frozenset({"name", "country", "registration_number", "description"})


@dataclass(frozen=True, slots=True)
class Planned:
    """A change that may be made: every field of the level afterwards, and which of them differ from before."""

    before: Editable
    after: Mapping[str, Value]
    changed: frozenset[str]
    given: frozenset[str]


def plan_edit(edit: Edit, before: Editable, known: ReferenceData, today: date) -> Planned | list[Refusal]:
    """Read what shall change, or tell all that is wrong with it, each on its tab.

    Gives: fields not named stay. A field that was blank may stay blank; a mandatory one that is filled is not emptied.
    With another country the numbers of the company registers are checked again.
    Refuses: version_differs, field_fixed, field_missing, account_pays_for_others, and what fields refuse.
    """
    if edit.version != before.version:
        said = say(
            "{code!r} is at version {version}, your change was made from {edit_version}",
            code=before.code,
            version=before.version,
            edit_version=edit.version,
        )
        return [refuse(VERSION_DIFFERS, said)]
    path = forms.paths_of(forms.EDIT_TABS[before.level][CustomerKind(before.kind)])
    asked = {field: value for field, value in edit.changes.items() if field not in before.fixed}
    texts, refusals = read_texts(asked, path)
    again = {f: before.fields[f] for f in CHECKED_BY_COUNTRY if "country" in texts and f in before.fields}
    country = before.fields.get("country", before.country) if before.level is Level.CUSTOMER else before.country
    values, more = read_values({**again, **texts}, known, today, None if country is None else str(country))
    refusals += _check_fixed(edit, before) + more + _check_emptied(texts, before) + _check_payer(values, before, known)
    if refusals:
        return [refusal.at(field=path.get(field, field)) for field, refusal in refusals]
    after = _complete(before, {**before.fields, **values}, asked)
    changed = frozenset(field for field, value in after.items() if value != before.fields[field])
    return Planned(before, after, changed, frozenset(f for f, value in asked.items() if value is not None))


def _check_fixed(edit: Edit, before: Editable) -> Placed:
    return [
        (field, refuse(FIELD_FIXED, "the {name} is {fixed!r} and stays", name=field, fixed=fixed))
        for field, fixed in before.fixed.items()
        if field in edit.changes and edit.changes[field] != fixed
    ]


def _check_emptied(texts: Mapping[str, Value], before: Editable) -> Placed:
    mandatory = forms.MANDATORY[CustomerKind(before.kind)]
    return [
        (field, refuse(FIELD_MISSING, "{name} is mandatory and cannot be emptied", name=Label(field.replace("_", " "))))
        for field, value in texts.items()
        if value is None and field in mandatory and not _may_be_blank(field, before)
    ]


def _may_be_blank(field: str, before: Editable) -> bool:
    """Country, language and email are mandatory for the customer, not for its billing accounts."""
    if before.fields.get(field) is None:
        return True
    return before.level is Level.BILLING_ACCOUNT and field not in forms.BILLING_ACCOUNT_MANDATORY


def _check_payer(values: Mapping[str, Value], before: Editable, known: ReferenceData) -> Placed:
    payer = values.get("payer")
    if payer is None or payer in {before.code, before.fields.get("payer")}:
        return []
    found = check_payer(payer, before.fixed["currency"], before.code, known.payers, before.fixed["seller"])
    if before.pays_for_others and not any(refusal.code == UNKNOWN_ACCOUNT.code for _, refusal in found):
        return [
            (
                "payer",
                refuse(PAYS_FOR_OTHERS, "account {code!r} pays for others, so none can pay for it", code=before.code),
            )
        ]
    return found


def _complete(before: Editable, after: dict[str, Value], asked: Mapping[str, object]) -> dict[str, Value]:
    """Fill what the schema wants: a person's name, the invoice mode; an account that pays for itself names none."""
    if before.level is Level.CUSTOMER and not after["name"]:
        after["name"] = _person(after) or before.code
    elif before.kind == CustomerKind.INDIVIDUAL and "name" not in asked and before.level is Level.CUSTOMER:
        # A name that was made of the names before is made of them again.
        after["name"] = _person(after) if after["name"] == _person(before.fields) else after["name"]
    if before.level is Level.ACCOUNT:
        after["invoice_mode"] = after["invoice_mode"] or InvoiceMode.CONSOLIDATED
        after["payer"] = None if after["payer"] == before.code else after["payer"]
    return after


def _person(fields: Mapping[str, Value]) -> str:
    return " ".join(str(part) for part in (fields["first_name"], fields["last_name"]) if part)


def still_missing(
    noted: Iterable[str], lacking: Collection[str], given: Collection[str], edited: Collection[Level]
) -> tuple[str, ...]:
    """Which of the mandatory fields noted as missing still are.

    Shape: `noted` are paths; `lacking` the fields blank on any level now; `given` those a person gave in this change of
    the levels `edited`.
    """
    return tuple(path for path in noted if _is_missing(path.rpartition(".")[2], lacking, given, edited))


def _is_missing(field: str, lacking: Collection[str], given: Collection[str], edited: Collection[Level]) -> bool:
    if field in ASSUMED:
        return field not in given
    return field in lacking or (field in FIXED and FIXED[field] not in edited)
