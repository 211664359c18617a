"""How each field of a customer or of a level below is read: the text as it is kept, or why it cannot be. Pure.

Source: product §1.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from solde.kernel.dates import parse_date
from solde.kernel.money import check_scale, parse_amount
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Kind, Refusal, declare, refuse
from solde.kernel.texts import Label, say

from ..model import AccountState, InvoiceMode, Payer, PaymentMode, Seller
from . import forms
from .identifiers import Reader, read_email, read_iban, read_phone, read_registration_number, read_vat_number
from .near import did_you_mean
from .world import read_country, read_currency, read_language

FIELD_MISSING = declare("field_missing", Kind.INVALID, "Fill in the field; it is mandatory for this kind of customer.")
FIELD_TOO_LONG = declare("field_too_long", Kind.INVALID, "Shorten the text to the length named.")
FIELD_NOT_PRINTABLE = declare("field_not_printable", Kind.INVALID, "Remove control characters from the text.")
FIELD_NOT_FOR_KIND = declare("field_not_for_kind", Kind.INVALID, "Leave the field blank, or choose the other kind.")
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
PAYER_CLOSED = declare("payer_closed", Kind.CONFLICT, "Name an account that is not closed as the payer.")
PAYER_CURRENCY_DIFFERS = declare("payer_currency_differs", Kind.INVALID, "Name a payer of the same currency.")
PAYER_HAS_PAYER = declare("payer_has_payer", Kind.CONFLICT, "Name the account that pays in the end as the payer.")

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
class ReferenceData:
    """What the rules must know of the world: sellers, the settings lists by field, and the payers named."""

    sellers: Mapping[str, Seller]
    settings: Mapping[str, frozenset[str]]
    payers: Mapping[str, Payer]


Value = str | date | Decimal | None
Placed = list[tuple[str, Refusal]]
"""Refusals, each with the field it is about."""


def read_texts(given: Mapping[str, Value], path: Mapping[str, str]) -> tuple[dict[str, Value], Placed]:
    """Every field trimmed, blank as none; refuses what no field may hold, and fields without a path.

    Refuses: field_not_for_kind, field_too_long, field_not_printable.
    """
    texts: dict[str, Value] = {}
    refusals: Placed = []
    for field, asked in given.items():
        value = unicodedata.normalize("NFC", asked).strip() or None if isinstance(asked, str) else asked
        texts[field] = value
        if value is None:
            continue
        if field not in path:
            refusals.append(
                (
                    field,
                    refuse(
                        FIELD_NOT_FOR_KIND, "this kind of customer has no {name}", name=Label(field.replace("_", " "))
                    ),
                )
            )
        elif isinstance(value, str) and (refusal := _check_text(value, forms.longest(field))):
            refusals.append((field, refusal))
    bad = {field for field, _ in refusals}
    return {field: value for field, value in texts.items() if field not in bad}, refusals


def _check_text(text: str, longest: int) -> Refusal | None:
    if _UNPRINTABLE.search(text):
        return refuse(FIELD_NOT_PRINTABLE, "{text!r} holds a character that cannot be printed", text=text)
    if len(text) > longest:
        return refuse(
            FIELD_TOO_LONG, "the text has {count} characters; {longest} are allowed", count=len(text), longest=longest
        )
    return None


def read_values(
    texts: Mapping[str, Value], known: ReferenceData, today: date, country: str | None = None
) -> tuple[dict[str, Value], Placed]:
    """Every field in the form it is kept; refuses wrong values.

    `country` is the customer's where the texts hold none: numbers are checked as that country does.
    """
    country = _known_country(texts.get("country")) or country
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
    return values, refusals


def _known_country(value: Value) -> str | None:
    read = read_country(value) if isinstance(value, str) else None
    return read if isinstance(read, str) else None


def _reader(
    field: str, country: str | None, known: ReferenceData, today: date
) -> Callable[..., Value | Refusal] | None:
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
    return refuse(BAD_CODE, "{text!r} cannot be a code", text=text)


def _read_seller(sellers: Mapping[str, Seller], text: str) -> str | Refusal:
    if text in sellers:
        return text
    return refuse(UNKNOWN_SELLER, "{text!r} is no seller{hint}", text=text, hint=did_you_mean(text, sellers))


def _read_setting(field: str, choices: frozenset[str], text: str) -> str | Refusal:
    if text in choices:
        return text
    said = say(
        "{text!r} is no {name}{hint}",
        text=text,
        name=Label(field.replace("_", " ")),
        hint=did_you_mean(text, choices),
    )
    return refuse(UNKNOWN_SETTING, said)


def _read_birth_date(today: date, value: date | str) -> date | Refusal:
    born = parse_date(value) if isinstance(value, str) else value
    if isinstance(born, Refusal) or EARLIEST_BIRTH <= born <= today:
        return born
    return refuse(BAD_BIRTH_DATE, "{born} is no date of birth of a living customer", born=born)


def _read_credit_limit(value: Decimal | str) -> Decimal | Refusal:
    amount = parse_amount(value) if isinstance(value, str) else check_scale(value) or value
    if isinstance(amount, Refusal) or amount >= 0:
        return amount
    return refuse(NEGATIVE_CREDIT_LIMIT, "the credit limit is {amount}; it cannot be below zero", amount=amount)


def check_payer(
    code: Value, currency: Value, own_code: Value, payers: Mapping[str, Payer], seller: str | None
) -> Placed:
    """May the account of this code pay for one of this currency and seller? An account that names itself pays for itself.

    One of another seller is as unknown as one that is not there: nothing is told of it.

    Refuses: unknown_account, payer_closed, payer_has_payer, payer_currency_differs.
    """
    if not isinstance(code, str) or code == own_code:
        return []
    refusal = _check_other_payer(code, currency, payers.get(code), seller)
    return [] if refusal is None else [("payer", refusal)]


def _check_other_payer(code: str, currency: Value, payer: Payer | None, seller: str | None) -> Refusal | None:
    if payer is None or payer.seller != seller:
        return refuse(UNKNOWN_ACCOUNT, "there is no account {code!r}", code=code)
    if payer.state == AccountState.CLOSED:
        return refuse(PAYER_CLOSED, "account {code!r} is closed", code=code)
    if payer.has_payer:
        return refuse(PAYER_HAS_PAYER, "account {code!r} is itself paid for by another", code=code)
    if currency is not None and payer.currency != currency:
        said = say(
            "account {code!r} is kept in {currency}, not in {asked}",
            code=code,
            currency=payer.currency,
            asked=currency,
        )
        return refuse(PAYER_CURRENCY_DIFFERS, said)
    return None


def plain_code(text: str | None) -> str | None:
    """The text where it could be a code."""
    read = _read_code(text.strip()) if text and len(text) <= forms.LONGEST_CODE else None
    return read if isinstance(read, str) else None
