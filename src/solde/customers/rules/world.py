"""Countries, currencies and languages as the world's registers have them now."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import pycountry
from babel import Locale

from solde.kernel.money import UNKNOWN_CURRENCY
from solde.kernel.refusals import Kind, Refusal, declare, refuse

from .near import did_you_mean

UNKNOWN_COUNTRY = declare("unknown_country", Kind.INVALID, "Use a two-letter ISO 3166 code, such as FR.")
UNKNOWN_LANGUAGE = declare("unknown_language", Kind.INVALID, "Use a language code such as fr or en-GB.")

# In ISO 4217, but no money an account is kept in: metals, tests, bond and accounting units, "no currency".
_NO_MONEY = frozenset("XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX".split())
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}))?", re.IGNORECASE)


@cache
def country_codes() -> frozenset[str]:
    """Every ISO 3166 alpha-2 code."""
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def currency_codes() -> frozenset[str]:
    """Every current ISO 4217 code of money."""
    return frozenset(currency.alpha_3 for currency in pycountry.currencies) - _NO_MONEY


@cache
def language_codes() -> frozenset[str]:
    """Every ISO 639 code a language tag may begin with: two letters, or three where there are no two."""
    return frozenset(getattr(language, "alpha_2", language.alpha_3) for language in pycountry.languages)


@lru_cache(maxsize=512)
def country_names(code: str) -> tuple[str, ...]:
    """The English names of a country: the official short one and the common one."""
    country = pycountry.countries.get(alpha_2=code)
    names = (getattr(country, "name", None), getattr(country, "common_name", None))
    return tuple(name for name in names if name)


def read_country(text: str) -> str | Refusal:
    """An ISO 3166 alpha-2 code in capitals."""
    code = text.upper()
    if code in country_codes():
        return code
    meant = did_you_mean(text, _codes_by_name().get(text.casefold()))
    return refuse(UNKNOWN_COUNTRY, "{text!r} is no country code{meant}", text=text, meant=meant)


def country_named(text: str) -> str | None:
    """The code of a country written as a code or by its name, in English, French, German, Spanish or Italian."""
    code = text.upper()
    return code if code in country_codes() else _codes_by_any_name().get(" ".join(text.split()).casefold())


@cache
def _codes_by_any_name() -> dict[str, str]:
    names = {
        name.casefold(): code
        for language in ("it", "es", "de", "fr", "en")
        for code, name in Locale(language).territories.items()
        if code in country_codes()
    }
    return names | _codes_by_name()


@cache
def _codes_by_name() -> dict[str, str]:
    by_name = {name.casefold(): code for code in country_codes() for name in country_names(code)}
    by_letters = {country.alpha_3.casefold(): country.alpha_2 for country in pycountry.countries}
    return by_name | by_letters | {"uk": "GB", "el": "GR"}


def read_currency(text: str) -> str | Refusal:
    """A current ISO 4217 code in capitals."""
    code = text.upper()
    if code in currency_codes():
        return code
    return refuse(UNKNOWN_CURRENCY, "{text!r} is no current currency code", text=text)


def read_language(text: str) -> str | Refusal:
    """A language tag: a language, optionally a script and a country: fr, en-GB, zh-Hant-TW."""
    found = _LANGUAGE.fullmatch(text.replace("_", "-"))
    language, script, country = (part or "" for part in found.groups()) if found else ("", "", "")
    known_script = not script or pycountry.scripts.get(alpha_4=script.title()) is not None
    known_country = not country or country.upper() in country_codes()
    if language.lower() not in language_codes() or not known_script or not known_country:
        return refuse(UNKNOWN_LANGUAGE, "{text!r} is no language code", text=text)
    return "-".join(part for part in (language.lower(), script.title(), country.upper()) if part)


@cache
def language_names() -> dict[str, str]:
    """The English name of every language that has a two-letter code."""
    return {language.alpha_2: language.name for language in pycountry.languages if hasattr(language, "alpha_2")}


@cache
def currency_names() -> dict[str, str]:
    """The English name of every current currency."""
    named = {currency.alpha_3: currency.name for currency in pycountry.currencies}
    return {code: named[code] for code in sorted(currency_codes())}
