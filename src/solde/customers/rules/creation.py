"""Which customers may be created, and with what codes. Pure: no database, no clock.

Source: product §1.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from solde.kernel.dates import parse_date
from solde.kernel.money import check_scale, parse_amount
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Kind, Refusal, declare, refuse

from ..model import AccountState, CustomerKind, InvoiceMode, NewCustomer, Payer, PaymentMode, Seller
from . import forms
from .identifiers import Reader, read_email, read_iban, read_phone, read_registration_number, read_vat_number
from .near import did_you_mean
from .world import UNKNOWN_COUNTRY, read_country, read_currency, read_language

FIELD_MISSING = declare("field_missing", Kind.INVALID, "Fill in the field; it is mandatory for this kind of customer.")
FIELD_TOO_LONG = declare("field_too_long", Kind.INVALID, "Shorten the text to the length named.")
FIELD_NOT_PRINTABLE = declare("field_not_printable", Kind.INVALID, "Remove control characters from the text.")
FIELD_NOT_FOR_KIND = declare("field_not_for_kind", Kind.INVALID, "Leave the field blank, or choose the other kind.")
UNKNOWN_KIND = declare("unknown_customer_kind", Kind.INVALID, "Use COMPANY or INDIVIDUAL.")
UNKNOWN_SELLER = declare("unknown_seller", Kind.INVALID, "Use a code of GET /api/v1/sellers.")
UNKNOWN_SETTING = declare("unknown_setting", Kind.INVALID, "Use a code of the settings list the message names.")
BAD_CODE = declare(
    "bad_code",
    Kind.INVALID,
    "Use letters, digits, single spaces and . _ - + : @ & after a letter or digit, or leave it blank.",
)
BAD_BIRTH_DATE = declare("bad_birth_date", Kind.INVALID, "Give a date of birth between 1900 and today.")
NEGATIVE_CREDIT_LIMIT = declare(
    "negative_credit_limit",
    Kind.INVALID,
    "Give zero for no credit, more than zero, or leave it blank for unlimited credit.",
)
CODE_TAKEN = declare("code_taken", Kind.CONFLICT, "Choose another code, or leave it blank to have one made.")
PAYER_CLOSED = declare("payer_closed", Kind.CONFLICT, "Name an account that is not closed as the payer.")
PAYER_CURRENCY_DIFFERS = declare("payer_currency_differs", Kind.INVALID, "Name a payer of the same currency.")
PAYER_HAS_PAYER = declare("payer_has_payer", Kind.CONFLICT, "Name the account that pays in the end as the payer.")

CODE_PREFIX = "CUST-"
EARLIEST_BIRTH = date(1900, 1, 1)
_CODE = re.compile(r"[^\W_](?:[\w.\-+:@&]| (?! ))*(?<! )")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")

_WORLD: Mapping[str, Callable[[str], str | Refusal]] = {
    "country": read_country,
    "language": read_language,
    "currency": read_currency,
}
_IDENTIFIERS: Mapping[str, Reader] = {
    "vat_number": read_vat_number,
    "registration_number": read_registration_number,
    "iban": read_iban,
    "email": read_email,
    "phone": read_phone,
}
_MODES: Mapping[str, frozenset[str]] = {
    "payment_mode": frozenset(PaymentMode),
    "invoice_mode": frozenset(InvoiceMode),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules must know of the world: sellers, the settings lists by field, and the payers named."""

    sellers: Mapping[str, Seller]
    settings: Mapping[str, frozenset[str]]
    payers: Mapping[str, Payer]


@dataclass(frozen=True, slots=True)
class Checked:
    """A request in the form it is kept, with the paths of what it lacks."""

    request: NewCustomer
    seller: Seller
    payer_account_id: int | None
    incomplete: tuple[str, ...]


Value = str | date | Decimal | None


def check_customer(
    new: NewCustomer, known: Known, today: date, *, allow_incomplete: bool = False
) -> Checked | list[Refusal]:
    """Read every field, or tell all that is missing or wrong, each on its tab.

    Gives: with `allow_incomplete`, missing mandatory fields and an unknown country are noted, not refused.
    Refuses: every code declared in this module and in `identifiers` and `world`, but code_taken.
    """
    if new.kind not in set(CustomerKind):
        hint = did_you_mean(new.kind, CustomerKind)
        return [refuse(UNKNOWN_KIND, f"{new.kind!r} is no kind of customer{hint}", field="kind")]
    path = forms.paths(CustomerKind(new.kind))
    texts, refusals = _read_texts(new, path)
    values, more = _read_values(texts, known, today)
    refusals += more
    mandatory = forms.MANDATORY[CustomerKind(new.kind)]
    missing = [field for field in path if field in mandatory and texts.get(field, "") is None]
    if allow_incomplete:
        missing += [f for f, refusal in refusals if f == "country" and refusal.code == UNKNOWN_COUNTRY.code]
        refusals = [(f, refusal) for f, refusal in refusals if refusal.code != UNKNOWN_COUNTRY.code]
    else:
        refusals += [(field, refuse(FIELD_MISSING, f"{field.replace('_', ' ')} is missing")) for field in missing]
    if refusals:
        return [refusal.at(field=path.get(field, field)) for field, refusal in refusals]
    read: dict[str, Any] = values
    return _complete(replace(new, **read), known, tuple(path[field] for field in path if field in missing))


Placed = list[tuple[str, Refusal]]


def _read_texts(new: NewCustomer, path: Mapping[str, str]) -> tuple[dict[str, Value], Placed]:
    """Every field trimmed, blank as none; refuses what no field may hold."""
    texts: dict[str, Value] = {}
    refusals: Placed = []
    for field in _FIELDS:
        value = getattr(new, field)
        if isinstance(value, str):
            value = unicodedata.normalize("NFC", value).strip() or None
        texts[field] = value
        if value is None:
            continue
        if field not in path:
            refusals.append(
                (field, refuse(FIELD_NOT_FOR_KIND, f"this kind of customer has no {field.replace('_', ' ')}"))
            )
        elif isinstance(value, str) and (refusal := _check_text(value, forms.longest(field))):
            refusals.append((field, refusal))
    bad = {field for field, _ in refusals}
    return {field: value for field, value in texts.items() if field not in bad}, refusals


_FIELDS = tuple(field.name for field in fields(NewCustomer) if field.name != "kind")


def _check_text(text: str, longest: int) -> Refusal | None:
    if _UNPRINTABLE.search(text):
        return refuse(FIELD_NOT_PRINTABLE, f"{text!r} holds a character that cannot be printed")
    if len(text) > longest:
        return refuse(FIELD_TOO_LONG, f"the text has {len(text)} characters; {longest} are allowed")
    return None


def _read_values(texts: Mapping[str, Value], known: Known, today: date) -> tuple[dict[str, Value], Placed]:
    """Every field in the form it is kept; refuses wrong values."""
    country = _known_country(texts.get("country"))
    values: dict[str, Value] = dict(texts)
    refusals: Placed = []
    for field, value in texts.items():
        reader = None if value is None else _reader(field, country, known, today)
        if reader is None:
            continue
        read = reader(value)
        if isinstance(read, Refusal):
            refusals.append((field, read))
        values[field] = None if isinstance(read, Refusal) else read
    return values, refusals + _check_payer(values, known)


def _known_country(value: Value) -> str | None:
    read = read_country(value) if isinstance(value, str) else None
    return read if isinstance(read, str) else None


def _reader(field: str, country: str | None, known: Known, today: date) -> Callable[..., Value | Refusal] | None:
    """How a field is read; none where any printable text will do."""
    if field in forms.CODES:
        return _read_code
    if field in _WORLD:
        return _WORLD[field]
    if field in _IDENTIFIERS:
        return partial(_read_identifier, _IDENTIFIERS[field], country)
    if field == "seller":
        return partial(_read_seller, known.sellers)
    if field in _MODES or field in known.settings:
        return partial(_read_setting, field, _MODES.get(field) or known.settings[field])
    if field == "birth_date":
        return partial(_read_birth_date, today)
    return _read_credit_limit if field == "credit_limit" else None


def _read_identifier(reader: Reader, country: str | None, text: str) -> str | Refusal:
    return reader(text, country)


def _read_code(text: str) -> str | Refusal:
    if _CODE.fullmatch(text):
        return text
    return refuse(BAD_CODE, f"{text!r} cannot be a code")


def _read_seller(sellers: Mapping[str, Seller], text: str) -> str | Refusal:
    if text in sellers:
        return text
    return refuse(UNKNOWN_SELLER, f"{text!r} is no seller{did_you_mean(text, sellers)}")


def _read_setting(field: str, choices: frozenset[str], text: str) -> str | Refusal:
    if text in choices:
        return text
    return refuse(UNKNOWN_SETTING, f"{text!r} is no {field.replace('_', ' ')}{did_you_mean(text, choices)}")


def _read_birth_date(today: date, value: date | str) -> date | Refusal:
    born = parse_date(value) if isinstance(value, str) else value
    if isinstance(born, Refusal) or EARLIEST_BIRTH <= born <= today:
        return born
    return refuse(BAD_BIRTH_DATE, f"{born} is no date of birth of a living customer")


def _read_credit_limit(value: Decimal | str) -> Decimal | Refusal:
    amount = parse_amount(value) if isinstance(value, str) else check_scale(value) or value
    if isinstance(amount, Refusal) or amount >= 0:
        return amount
    return refuse(NEGATIVE_CREDIT_LIMIT, f"the credit limit is {amount}; it cannot be below zero")


def _check_payer(values: Mapping[str, Value], known: Known) -> Placed:
    code, currency = values.get("payer"), values.get("currency")
    if not isinstance(code, str) or code == values.get("account_code"):
        return []
    payer = known.payers.get(code)
    if payer is None:
        return [("payer", refuse(UNKNOWN_ACCOUNT, f"there is no account {code!r}"))]
    if payer.state == AccountState.CLOSED:
        return [("payer", refuse(PAYER_CLOSED, f"account {code!r} is closed"))]
    if payer.has_payer:
        return [("payer", refuse(PAYER_HAS_PAYER, f"account {code!r} is itself paid for by another"))]
    if currency is not None and payer.currency != currency:
        return [
            (
                "payer",
                refuse(PAYER_CURRENCY_DIFFERS, f"account {code!r} is kept in {payer.currency}, not in {currency}"),
            )
        ]
    return []


def _complete(new: NewCustomer, known: Known, incomplete: tuple[str, ...]) -> Checked:
    """Fill what the schema wants and nobody said: the first seller, its currency, the name, the modes."""
    seller = known.sellers[new.seller] if new.seller else min(known.sellers.values(), key=lambda s: s.seller_id)
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


def plain_code(text: str | None) -> str | None:
    """The text where it could be a code."""
    read = _read_code(text.strip()) if text and len(text) <= forms.LONGEST_CODE else None
    return read if isinstance(read, str) else None


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
        return refuse(CODE_TAKEN, f"there is already a {level} {code!r}", field=at)
    if seen[code] > 1:
        return refuse(CODE_TAKEN, f"an earlier row of the request makes the {level} {code!r}", field=at)
    return None
