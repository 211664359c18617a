"""Numbers and addresses that prove themselves: VAT and registration numbers, IBAN, email, telephone.

Each reader takes the text and the customer's country where it is known, and gives the text as it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

import phonenumbers
from stdnum import get_cc_module
from stdnum.eu import vat as eu_vat

from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say

BAD_VAT_NUMBER = declare("bad_vat_number", Kind.INVALID, "Copy the number from the customer's own papers.")
BAD_REGISTRATION_NUMBER = declare(
    "bad_registration_number", Kind.INVALID, "Copy the number from the company register of the customer's country."
)
BAD_IBAN = declare("bad_iban", Kind.INVALID, "Copy the IBAN from the customer's bank details; a character is wrong.")
BAD_EMAIL = declare("bad_email", Kind.INVALID, "Write one address such as anna@example.com.")
BAD_PHONE = declare("bad_phone", Kind.INVALID, "Write the number with its country, such as +33 1 42 68 53 00.")

Reader = Callable[[str, str | None], str | Refusal]

_SEPARATORS = re.compile(r"[\s.\-/·]+")
_TAX_NUMBER = re.compile(r"[A-Z0-9]{4,20}")
_REGISTER_NUMBER = re.compile(r"[^\W_][\w .,\-/()&]{1,39}")
_VAT_PREFIXES = frozenset(code.upper() for code in eu_vat.MEMBER_STATES) | {"EL"}

# Where a country's register numbers carry a check digit or a fixed form: any of these must accept the number.
_REGISTERS: dict[str, tuple[str, ...]] = {
    "AT": ("at.businessid",), "AU": ("au.acn", "au.abn"), "BE": ("be.vat",), "BR": ("br.cnpj",), "CH": ("ch.uid",),
    "CN": ("cn.uscc",), "DK": ("dk.cvr",), "EE": ("ee.registrikood",), "ES": ("es.nif",), "FI": ("fi.ytunnus",),
    "FR": ("fr.siren", "fr.siret"), "HR": ("hr.oib",), "IL": ("il.hp",), "JP": ("jp.cn",), "KR": ("kr.brn",),
    "NO": ("no.orgnr",), "PT": ("pt.nif",), "RO": ("ro.onrc", "ro.cui"), "RU": ("ru.ogrn", "ru.inn"),
    "SE": ("se.orgnr",), "SG": ("sg.uen",), "SI": ("si.maticna",), "TW": ("tw.ubn",), "UA": ("ua.edrpou",),
    "US": ("us.ein",),
}  # fmt: skip
_REGISTER_FORMS = {
    "GB": re.compile(r"\d{8}|[A-Z]{2}\d{6}|R0?\d{6,7}"),
    "IE": re.compile(r"\d{1,6}"),
    "LU": re.compile(r"[A-Z]\d{1,7}"),
    "NL": re.compile(r"\d{8}|\d{12}"),
}


def read_vat_number(text: str, country: str | None) -> str | Refusal:
    """A VAT number: by the country's own check, or by its European prefix; elsewhere by its characters.

    Gives: a European number with its prefix, any other without separators.
    Source: python-stdnum, which knows some 80 countries.
    """
    number = _SEPARATORS.sub("", text).upper()
    own = _vat_module(country) if country else None
    if country in _VAT_PREFIXES or number[:2] in _VAT_PREFIXES:
        european = _european_vat_number(number, country)
        if european is not None:
            return european
    if own is not None and country not in _VAT_PREFIXES and own.is_valid(number):
        return str(own.compact(number))
    if own is None and number[:2] not in _VAT_PREFIXES and _TAX_NUMBER.fullmatch(number):
        return number
    return refuse(
        BAD_VAT_NUMBER,
        "{text!r} is no VAT number{country}",
        text=text,
        country=say(" of {country}", country=country) if country else "",
    )


def _european_vat_number(number: str, country: str | None) -> str | None:
    """The number with its prefix, where a member state's check accepts it as written or with the country's prefix."""
    prefix = "EL" if country == "GR" else country
    for candidate in (number, f"{prefix}{number}" if country in _VAT_PREFIXES else number):
        if eu_vat.is_valid(candidate):
            compact = str(eu_vat.compact(candidate))
            return "EL" + compact[2:] if compact.startswith("GR") else compact
    return None


@lru_cache(maxsize=512)
def _vat_module(country: str) -> Any:
    return get_cc_module(country.lower(), "vat")


def read_registration_number(text: str, country: str | None) -> str | Refusal:
    """A number of a company register: checked as its country does, elsewhere by length and characters."""
    compact = _SEPARATORS.sub("", text).upper()
    modules = _register_modules(country or "")
    form = _REGISTER_FORMS.get(country or "")
    for module in modules:
        if module.is_valid(text):
            return str(module.compact(text))
    if form is not None and form.fullmatch(compact):
        return compact
    if not modules and form is None and _REGISTER_NUMBER.fullmatch(text):
        return text
    said = say(
        "{text!r} is no registration number{country}",
        text=text,
        country=say(" of {country}", country=country) if country else "",
    )
    return refuse(BAD_REGISTRATION_NUMBER, said)


@lru_cache(maxsize=512)
def _register_modules(country: str) -> tuple[Any, ...]:
    return tuple(import_module(f"stdnum.{name}") for name in _REGISTERS.get(country, ()))


def read_iban(text: str, _country: str | None = None) -> str | Refusal:
    """An IBAN whose length, form and check digits are right."""
    # The register of banks is large, and most customers have no bank account here.
    from schwifty import IBAN
    from schwifty.exceptions import SchwiftyException

    try:
        return str(IBAN(text).compact)
    except SchwiftyException as error:
        return refuse(BAD_IBAN, "{text!r} is no IBAN: {error}", text=text, error=str(error).lower())


_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[\w-]{1,63}(?<!-)")


def read_email(text: str, _country: str | None = None) -> str | Refusal:
    """One address of sound form; letters of any script; the domain in lower case. Nobody asks the network."""
    local, _, domain = text.rpartition("@")
    if _LOCAL_PART.fullmatch(local) and len(local.encode()) <= 64 and _is_domain(domain) and len(text.encode()) <= 254:
        return f"{local}@{domain.lower()}"
    return refuse(BAD_EMAIL, "{text!r} is no email address", text=text)


def _is_domain(domain: str) -> bool:
    labels = domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or "_" in domain:
        return False
    try:
        encoded = domain.encode("idna").decode()
    except UnicodeError:
        return False
    return len(encoded) <= 253 and all(_LABEL.fullmatch(label) for label in encoded.split(".")) and len(labels[-1]) >= 2


def read_phone(text: str, country: str | None) -> str | Refusal:
    """A telephone number, in the world's form: +33142685300. Without a `+` it is read as the country's."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        said = say(
            "{text!r} is no telephone number{country}",
            text=text,
            country=say(" of {country}", country=country) if country else "",
        )
        return refuse(BAD_PHONE, said)
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
