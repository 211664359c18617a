"""What a statement of account says in the customer's language, and how it writes amounts and dates there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from babel import Locale

from solde.kernel.money import SCALE, exponent, plain, round_to

from ..ageing import Bucket
from .model import Addressee

ENGLISH = {
    "title": "Statement of account",
    "account": "Account",
    "customer": "Customer",
    "period": "Period",
    "made_on": "Made on",
    "currency": "Currency",
    "balance_name": "Balance",
    "opening": "Opening balance",
    "debits": "Debits",
    "credits": "Credits",
    "closing": "Closing balance",
    "movements": "Movements",
    "date": "Date",
    "number": "No.",
    "type": "Type",
    "reference": "Reference",
    "description": "Description",
    "due": "Due",
    "debit": "Debit",
    "credit": "Credit",
    "balance": "Balance",
    "total": "Total of the period",
    "open_items": "Open items",
    "amount": "Amount",
    "open": "Open",
    "disputed": "Disputed",
    "more_open": "Only the {count} that were due first are listed; the ageing counts all.",
    "no_movements": "No movements in this period.",
    "nothing_open": "Nothing is open.",
    "ageing": "Ageing of what is open",
    "not_due": "Not due",
    "days": "{first}–{last} days",
    "more_days": "Over {last} days",
    "open_credits": "Open credits",
    "total_open": "Total open",
    "until": "to",
    "page": "Page",
    "of": "of",
    "DR": "DR",
    "CR": "CR",
    "meaning": "DR: due to {seller}. CR: in the customer's favour.",
}
FRENCH = {
    "title": "Relevé de compte",
    "account": "Compte",
    "customer": "Client",
    "period": "Période",
    "made_on": "Établi le",
    "currency": "Devise",
    "balance_name": "Solde",
    "opening": "Solde initial",
    "debits": "Débits",
    "credits": "Crédits",
    "closing": "Solde final",
    "movements": "Mouvements",
    "date": "Date",
    "number": "N°",
    "type": "Type",
    "reference": "Référence",
    "description": "Libellé",
    "due": "Échéance",
    "debit": "Débit",
    "credit": "Crédit",
    "balance": "Solde",
    "total": "Total de la période",
    "open_items": "Écritures ouvertes",
    "amount": "Montant",
    "open": "Ouvert",
    "disputed": "Contesté",
    "more_open": "Seules les {count} premières échues figurent ici ; la balance âgée les compte toutes.",
    "no_movements": "Aucun mouvement sur la période.",
    "nothing_open": "Rien n'est ouvert.",
    "ageing": "Balance âgée",
    "not_due": "Non échu",
    "days": "{first}–{last} jours",
    "more_days": "Plus de {last} jours",
    "open_credits": "Crédits ouverts",
    "total_open": "Total ouvert",
    "until": "au",
    "page": "Page",
    "of": "sur",
    "DR": "DÉBIT",
    "CR": "CRÉDIT",
    "meaning": "DÉBIT : dû à {seller}. CRÉDIT : en faveur du client.",
}
LANGUAGES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "fr": FRENCH}
_NARROW_SPACE = "\u202f"


def known_language(language: str) -> str:
    """The customer's language where statements are written in it, else English."""
    code = language[:2].lower()
    return code if code in LANGUAGES else "en"


def write_amount(amount: Decimal, currency: str, language: str) -> str:
    """The currency's decimals at least, and as many more as the amount has: 1,610.81544 or 1 610,81544."""
    places = -int(Decimal(plain(amount)).as_tuple().exponent)
    text = f"{round_to(amount, min(SCALE, max(exponent(currency), places))):,f}"
    return text.replace(",", _NARROW_SPACE).replace(".", ",") if language == "fr" else text


def write_balance(amount: Decimal, currency: str, language: str) -> str:
    """A balance without a sign: 120.00 DR."""
    text = write_amount(abs(amount), currency, language)
    return text if amount == 0 else f"{text} {LANGUAGES[language]['DR' if amount > 0 else 'CR']}"


def write_day(day: date, language: str) -> str:
    """A date that no reader takes for another: 31 Jan 2026, 31/01/2026."""
    if language == "fr":
        return f"{day.day:02}/{day.month:02}/{day.year:04}"
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    return f"{day.day} {months[day.month - 1]} {day.year:04}"


def write_bucket(bucket: Bucket, language: str) -> str:
    """How old a bucket's amounts are."""
    words = LANGUAGES[language]
    if bucket.from_days == 0:
        return words["not_due"]
    if bucket.until_days is None:
        return words["more_days"].format(last=bucket.from_days - 1)
    return words["days"].format(first=bucket.from_days, last=bucket.until_days)


def write_address(party: Addressee, language: str) -> list[str]:
    """The lines below a name, the country last and by its name."""
    named = None if party.country is None else Locale(language).territories.get(party.country, party.country)
    return [*party.address, *([named] if named else [])]
