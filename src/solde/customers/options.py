"""What the fields of the forms that take a choice offer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from solde.db import Connection

from . import store
from .model import CustomerKind, InvoiceMode, PaymentMode, Setting
from .rules import world
from .rules.search import fold

_MODES: Mapping[str, tuple[Setting, ...]] = {
    "kind": (
        Setting(CustomerKind.COMPANY, "Company"),
        Setting(CustomerKind.INDIVIDUAL, "Individual"),
    ),
    "payment_mode": (
        Setting(PaymentMode.POSTPAID, "Postpaid: pays after consuming"),
        Setting(PaymentMode.PREPAID, "Prepaid: pays before consuming"),
    ),
    "invoice_mode": (
        Setting(InvoiceMode.CONSOLIDATED, "Consolidated: one invoice a period"),
        Setting(InvoiceMode.INDIVIDUAL, "Individual: charges are invoiced at once"),
        Setting(InvoiceMode.NONE, "None: invoices are internal and not sent"),
    ),
}


async def list_choices(conn: Connection) -> Mapping[str, tuple[Setting, ...]]:
    """By field what it may hold, with a label, in the order it is offered: settings lists, modes, the world's registers."""
    settings = await store.list_settings(conn)
    return {**{field: tuple(choices) for field, choices in settings.items()}, **_MODES, **_world()}


@cache
def _world() -> Mapping[str, tuple[Setting, ...]]:
    countries = {code: world.country_names(code)[-1] for code in world.country_codes()}
    return {
        "country": _by_label(countries),
        "language": _by_label(world.language_names()),
        "currency": tuple(Setting(code, name) for code, name in world.currency_names().items()),
    }


def _by_label(names: Mapping[str, str]) -> tuple[Setting, ...]:
    return tuple(sorted((Setting(code, name) for code, name in names.items()), key=lambda one: fold(one.label)))
