"""The levels of a customer that one form shows: what of them was seen, what is typed, what changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

from solde import audit
from solde.customers import (
    Account,
    BillingAccount,
    Customer,
    CustomerKind,
    FormField,
    Level,
    UserAccount,
    edit_form,
)
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse

from .. import formats
from ..i18n import t
from ..submit import KEY_LOST
from .customer_fields import Choices, FieldGroup, as_text, name_of, options_of, read_typed

PREFIXES: Mapping[Level, str] = {
    Level.CUSTOMER: "",
    Level.ACCOUNT: "account",
    Level.BILLING_ACCOUNT: "billing",
    Level.USER_ACCOUNT: "user",
}
"""What stands before the names of a level's fields, where one form shows them all."""

LEGENDS: Mapping[Level, str] = {
    Level.ACCOUNT: "Account {code}",
    Level.BILLING_ACCOUNT: "Billing account {code}",
    Level.USER_ACCOUNT: "User account {code}",
}
RECORDS_MOST = 100
"""How many of the latest audit records are looked through for who changed a level."""


class ShownLevel(msgspec.Struct, frozen=True):
    """A level as a form showed it: the version it had, and its fields as texts."""

    level: Level
    code: str
    version: int
    fields: dict[str, str]

    @property
    def prefix(self) -> str:
        """What stands before the names of its fields."""
        return PREFIXES[self.level]

    def name(self, field: str) -> str:
        """The name of one of its fields in the form."""
        return name_of(self.prefix, field)

    def named(self) -> dict[str, str]:
        """Its fields by their names in the form."""
        return {self.name(field): text for field, text in self.fields.items()}

    def differs(self, field: str, value: object) -> bool:
        """Is this another value than was seen?"""
        return as_text(value) != self.fields[field]


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that somebody else changed: what was seen, what is kept now, and what was typed where it is another."""

    name: str
    label: str
    seen: str
    now: str
    typed: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What somebody else changed while a form was open; `values` are theirs where one typed nothing else."""

    by: str
    at: str
    differences: tuple[FieldConflict, ...]
    values: Mapping[str, str]


class _Kept(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def version(self) -> int: ...


_Below = TypeVar("_Below", Account, BillingAccount, UserAccount)


def chosen_levels(customer: Customer, query: Mapping[str, str]) -> list[ShownLevel]:
    """The customer, and of the levels below those that an address names, or else the first ones."""
    account = _chosen(customer.accounts, query.get("account"))
    billing = None if account is None else _chosen(account.billing_accounts, query.get("billing"))
    user = None if billing is None else _chosen(billing.user_accounts, query.get("user"))
    kept: list[tuple[Level, _Kept | None]] = [
        (Level.CUSTOMER, customer), (Level.ACCOUNT, account), (Level.BILLING_ACCOUNT, billing), (Level.USER_ACCOUNT, user),
    ]  # fmt: skip
    return [_seen(customer, level, one) for level, one in kept if one is not None]


def _chosen(below: Sequence[_Below], code: str | None) -> _Below | None:
    return next((one for one in below if one.code == code), below[0] if below else None)


def fields_of(customer: Customer, level: Level) -> list[FormField]:
    """The fields of a level that may change."""
    return [field for tab in edit_form(level, CustomerKind(customer.kind)) for field in tab.fields]


def _seen(customer: Customer, level: Level, kept: _Kept) -> ShownLevel:
    fields = {field.name: as_text(getattr(kept, field.name)) for field in fields_of(customer, level)}
    return ShownLevel(level, kept.code, kept.version, fields)


def levels_now(customer: Customer, seen: Sequence[ShownLevel]) -> list[ShownLevel]:
    """The same levels as they are kept now.

    Refuses: form_key_missing where the customer has no such level.
    """
    kept = {(Level.CUSTOMER, customer.code): customer} | _below(customer)
    if missing := [one.code for one in seen if (one.level, one.code) not in kept]:
        raise Refused(refuse(KEY_LOST, "customer {code!r} has no {missing!r}", code=customer.code, missing=missing[0]))
    return [_seen(customer, one.level, kept[one.level, one.code]) for one in seen]


def _below(customer: Customer) -> dict[tuple[Level, str], _Kept]:
    kept: dict[tuple[Level, str], _Kept] = {(Level.ACCOUNT, one.code): one for one in customer.accounts}
    billing_accounts = [one for account in customer.accounts for one in account.billing_accounts]
    kept |= {(Level.BILLING_ACCOUNT, one.code): one for one in billing_accounts}
    return kept | {(Level.USER_ACCOUNT, one.code): one for billing in billing_accounts for one in billing.user_accounts}


def parts_of(kind: CustomerKind, levels: Sequence[ShownLevel]) -> list[FieldGroup]:
    """The levels as parts of one form."""
    legends = {one.level: t(LEGENDS[one.level], code=one.code) for one in levels if one.level in LEGENDS}
    return [FieldGroup(edit_form(one.level, kind), one.prefix, legends.get(one.level, "")) for one in levels]


def encode(levels: Sequence[ShownLevel]) -> str:
    """What a form carries of what was seen."""
    return msgspec.json.encode(levels).decode()


def decode(text: str, customer: Customer) -> list[ShownLevel]:
    """What a form carried, where it is of this customer and whole.

    Refuses: form_key_missing.
    """
    try:
        seen = msgspec.json.decode(text, type=list[ShownLevel])
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError):
        raise Refused(refuse(KEY_LOST, "the form lost what it was opened with")) from None
    now = levels_now(customer, seen)
    if len({one.level for one in seen}) < len(seen) or [set(a.fields) for a in seen] != [set(b.fields) for b in now]:
        raise Refused(refuse(KEY_LOST, "the form lost what it was opened with"))
    return seen


def typed_in(level: ShownLevel, data: Mapping[str, str], choices: Choices) -> dict[str, str | None]:
    """What is typed into the fields of a level; what the form did not send stays as it was seen."""
    typed = {f: read_typed(f, data.get(level.name(f), text), choices) for f, text in level.fields.items()}
    return {field: as_text(value) or None for field, value in typed.items()}


async def conflict_of(
    conn: Connection, customer: Customer, seen: Sequence[ShownLevel], data: Mapping[str, str], choices: Choices
) -> Conflict:
    """What somebody else changed since the form was opened, and who."""
    found: list[FieldConflict] = []
    values: dict[str, str] = {}
    touched: set[tuple[str, str]] = set()
    for before, now in zip(seen, levels_now(customer, seen), strict=True):
        typed = typed_in(before, data, choices)
        for field in fields_of(customer, before.level):
            was, kept, mine = before.fields[field.name], now.fields[field.name], typed[field.name] or ""
            if was == kept:
                continue
            touched.add((before.level, before.code))
            own = mine if mine not in {was, kept} else ""
            shown = [_in_words(field, text, choices) for text in (was, kept, own)]
            found.append(FieldConflict(before.name(field.name), t(field.label), shown[0], shown[1], shown[2]))
            if not own:
                values[before.name(field.name)] = kept
    by, at = await _who(conn, customer, touched)
    return Conflict(by, at, tuple(found), values)


def _in_words(field: FormField, text: str, choices: Choices) -> str:
    return dict(options_of(field.choices, choices)).get(text, text) if field.choices and text else text


async def _who(conn: Connection, customer: Customer, touched: set[tuple[str, str]]) -> tuple[str, str]:
    """Who changed one of these levels last, and when."""
    accounts = [account.account_id for account in customer.accounts]
    for record in (await audit.list_records(conn, accounts, limit=RECORDS_MOST)).items:
        code = record.after.get("code") if isinstance(record.after, dict) else None
        if any(record.verb == f"{level}.change" and code == one for level, one in touched):
            return record.actor, formats.instant(record.recorded_at)
    return "", ""
