"""Which customers may be created, and with what codes. Pure: no database, no clock.

Source: product §1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Label

from ..model import CustomerKind, InvoiceMode, PaymentMode, Seller
from ..requests import NewCustomer
from . import forms
from .fields import (
    FIELD_MISSING,
    UNKNOWN_SELLER,
    ReferenceData,
    check_payer,
    plain_code,
    read_texts,
    read_values,
)
from .near import did_you_mean
from .world import UNKNOWN_COUNTRY

UNKNOWN_KIND = declare("unknown_customer_kind", Kind.INVALID, "Use COMPANY or INDIVIDUAL.")
CODE_TAKEN = declare("code_taken", Kind.CONFLICT, "Choose another code, or leave it blank to have one made.")

CODE_PREFIX = "CUST-"


@dataclass(frozen=True, slots=True)
class Checked:
    """A request in the form it is kept, with the paths of what it lacks."""

    request: NewCustomer
    seller: Seller
    payer_account_id: int | None
    incomplete: tuple[str, ...]


_FIELDS = tuple(field.name for field in fields(NewCustomer) if field.name != "kind")


def check_customer(
    new: NewCustomer, known: ReferenceData, today: date, *, allow_incomplete: bool = False
) -> Checked | list[Refusal]:
    """Read every field, or tell all that is missing or wrong, each on its tab.

    Gives: with `allow_incomplete`, missing mandatory fields and an unknown country are noted, not refused.
    Refuses: every code declared in this module and in `fields`, `identifiers` and `world`, but code_taken.
    """
    if new.kind not in set(CustomerKind):
        hint = did_you_mean(new.kind, CustomerKind)
        return [refuse(UNKNOWN_KIND, "{kind!r} is no kind of customer{hint}", kind=new.kind, hint=hint, field="kind")]
    path = forms.paths(CustomerKind(new.kind))
    texts, refusals = read_texts({field: getattr(new, field) for field in _FIELDS}, path)
    values, more = read_values(texts, known, today)
    refusals += more + check_payer(
        values.get("payer"), values.get("currency"), values.get("account_code"), known.payers,
        str(values["seller"]) if values.get("seller") else _first_seller(known).code,
    )  # fmt: skip
    mandatory = forms.MANDATORY[CustomerKind(new.kind)]
    missing = [field for field in path if field in mandatory and texts.get(field, "") is None]
    if allow_incomplete:
        missing += [f for f, refusal in refusals if f == "country" and refusal.code == UNKNOWN_COUNTRY.code]
        refusals = [(f, refusal) for f, refusal in refusals if refusal.code != UNKNOWN_COUNTRY.code]
    else:
        refusals += [
            (field, refuse(FIELD_MISSING, "{name} is missing", name=Label(field.replace("_", " "))))
            for field in missing
        ]
    if refusals:
        return [refusal.at(field=path.get(field, field)) for field, refusal in refusals]
    read: dict[str, Any] = values
    return _complete(replace(new, **read), known, tuple(path[field] for field in path if field in missing))


def _first_seller(known: ReferenceData) -> Seller:
    """Whose a customer is where nobody says it."""
    return min(known.sellers.values(), key=lambda seller: seller.seller_id)


def _complete(new: NewCustomer, known: ReferenceData, incomplete: tuple[str, ...]) -> Checked:
    """Fill what the schema wants and nobody said: the first seller, its currency, the name, the modes."""
    seller = known.sellers[new.seller] if new.seller else _first_seller(known)
    person = " ".join(part for part in (new.first_name, new.last_name) if part)
    payer = known.payers.get(new.payer) if new.payer else None
    filled = replace(
        new,
        seller=seller.code,
        name=new.name or (person if new.kind == CustomerKind.INDIVIDUAL else None) or None,
        currency=new.currency or seller.currency,
        payment_mode=new.payment_mode or PaymentMode.POSTPAID,
        invoice_mode=new.invoice_mode or InvoiceMode.CONSOLIDATED,
    )
    return Checked(filled, seller, payer.account_id if payer else None, incomplete)


def with_codes(new: NewCustomer, generated: str | None) -> NewCustomer:
    """Fill blank codes: the account takes the customer's, the levels below take the account's.

    `generated` is the code drawn for a customer without one; without it, what hangs on it stays blank.
    Gives: CUST-000123 with BA-000123 and UA-000123; ACME with BA-ACME and UA-ACME.
    """
    code = new.code or generated
    account = new.account_code or code
    stem = account.removeprefix(CODE_PREFIX) if account else None
    return replace(
        new,
        code=code,
        name=new.name or code,
        account_code=account,
        billing_account_code=new.billing_account_code or (f"BA-{stem}" if stem else None),
        user_account_code=new.user_account_code or (f"UA-{stem}" if stem else None),
    )


def plain_codes(new: NewCustomer) -> NewCustomer:
    """The request with only those codes that could be codes, to look for others of the same name."""
    plain: dict[str, Any] = {field: plain_code(getattr(new, field)) for field in forms.CODES}
    return replace(new, **plain)


def check_codes(
    given: Sequence[NewCustomer], filled: Sequence[NewCustomer], taken: Mapping[str, frozenset[str]]
) -> list[list[Refusal]]:
    """Is every code of a batch free, in the database and above it in the batch?

    Shape: `given` as asked, `filled` by `with_codes`; `taken` holds those of the batch's codes that exist, by field.
    Gives: one list a request: the codes given by hand that are taken, or else the first taken one of the others.
    Refuses: code_taken.
    """
    seen: dict[str, Counter[str]] = {field: Counter() for field in forms.CODES}
    answers: list[list[Refusal]] = []
    for asked, new in zip(given, filled, strict=True):
        clashes = [(field, r) for field in forms.CODES if (r := _check_code(new, field, taken[field], seen[field]))]
        by_hand = [refusal for field, refusal in clashes if getattr(asked, field)]
        answers.append(by_hand or [refusal for _, refusal in clashes[:1]])
    return answers


def _check_code(new: NewCustomer, field: str, taken: frozenset[str], seen: Counter[str]) -> Refusal | None:
    code = getattr(new, field)
    if not code:
        return None
    seen[code] += 1
    level = field.removesuffix("code").replace("_", " ").strip() or "customer"
    at = forms.paths(CustomerKind(new.kind))[field] if new.kind in set(CustomerKind) else field
    if code in taken:
        return refuse(CODE_TAKEN, "there is already a {level} {code!r}", level=level, code=code, field=at)
    if seen[code] > 1:
        return refuse(
            CODE_TAKEN, "an earlier row of the request makes the {level} {code!r}", level=level, code=code, field=at
        )
    return None


__all__ = [
    "CODE_PREFIX", "CODE_TAKEN", "UNKNOWN_KIND", "UNKNOWN_SELLER", "Checked", "ReferenceData", "check_codes", "check_customer",
    "plain_code", "plain_codes", "with_codes",
]  # fmt: skip
