"""The rules of sellers and their calendars: read, and change under a version."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import check_scale, plain
from solde.kernel.refusals import VERSION_DIFFERS, Kind, Refusal, Refused, declare, refuse
from solde.kernel.texts import say
from solde.kernel.versions import check_version, version_of

from .model import EVERY_CURRENCY, EVERY_SELLER, AccountTerms, Holiday, Limits, Remainder, Rule, Shift, Start, Unit
from .store import sql

MOST_COUNT = 366
MOST_HOLIDAYS = 1000
MOST_LABEL = 100

RULE_COUNT = declare(
    "rule_count_unfit", Kind.INVALID, "Name 1 to 366 instalments; the usual number is at most the most."
)
RULE_GRACE = declare("rule_grace_unfit", Kind.INVALID, "Name 0 to 366 days, or none: then only a person breaks plans.")
RULE_INTEREST = declare("rule_interest_unfit", Kind.INVALID, "Name 0 to 100 percent a year, six decimals at most.")
RULE_CURRENCY = declare("rule_currency_unfit", Kind.INVALID, "Name a currency of three letters, or * for every other.")
RULE_AMOUNT = declare("rule_amount_unfit", Kind.INVALID, "Name amounts above zero, the least at most the most.")
RULE_CATEGORY = declare("rule_category_unknown", Kind.INVALID, "Use codes of GET /api/v1/customer-categories.")
NO_HOLIDAY_LABEL = declare("holiday_label_unfit", Kind.INVALID, "Give each day a name of 1 to 100 characters.")
HOLIDAY_TWICE = declare("holiday_named_twice", Kind.INVALID, "Name each day once.")
TOO_MANY_HOLIDAYS = declare("holidays_too_many", Kind.INVALID, "Name at most 1000 days a seller; leave past ones out.")


async def load_rules(conn: Connection) -> dict[int, Rule]:
    """Every rule by its seller; that of every seller is always there."""
    return {row[0]: _rule(row) for row in await (await conn.execute(sql.list_rules)).fetchall()}


def _rule(row: Sequence[Any]) -> Rule:
    limits = {
        code: Limits(_amount(least), _amount(most), _amount(instalment), Decimal(fee))
        for code, least, most, instalment, fee in row[11]
    }
    return Rule(
        row[0], row[1], row[2], Start(row[3]), Unit(row[4]), Remainder(row[5]), Shift(row[6]), tuple(row[7]), row[8],
        row[9], row[10], limits,
    )  # fmt: skip


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


async def load_terms(conn: Connection, account_ids: Sequence[int]) -> dict[int, AccountTerms]:
    """What is known of accounts before plans are made; an unknown account is absent."""
    rows = await (await conn.execute(sql.terms_of, {"account_ids": list(account_ids)})).fetchall()
    rules = await load_rules(conn)
    days = await load_holidays(conn, sorted({row[4] for row in rows}))
    return {
        row[0]: AccountTerms(
            row[0], row[1], row[2], rules[row[3]], frozenset(day.on_day for day in days.get(row[4], ()))
        )
        for row in rows
    }


async def load_holidays(conn: Connection, seller_ids: Sequence[int]) -> dict[int, tuple[Holiday, ...]]:
    """The calendars of sellers, in order of the days; a seller without one is absent."""
    cursor = await conn.execute(sql.list_holidays, {"seller_ids": list(seller_ids)})
    found: dict[int, list[Holiday]] = {}
    for seller, day, label in await cursor.fetchall():
        found.setdefault(seller, []).append(Holiday(day, label))
    return {seller: tuple(days) for seller, days in found.items()}


async def put_rule(
    conn: Connection,
    rule: Rule,
    categories: Sequence[str],
    actor: str,
    *,
    version: int | None,
    reason: str | None = None,
) -> Rule:
    """Write a seller's rule whole, new or changed; `version` is the one it was changed from, None where it is new.

    Shape: `categories` are the codes there are.
    Refuses: version_differs; what `check_rule` refuses.
    """
    if refusals := check_rule(rule, categories):
        raise Refused(refusals)
    await conn.execute(sql.lock_settings)
    before = (await load_rules(conn)).get(rule.seller_id)
    known = 0 if before is None else before.version
    if version is not None and version != known:
        said = say("the rule is at version {known}, the change was made from {version}", known=known, version=version)
        raise Refused(refuse(VERSION_DIFFERS, said))
    await conn.execute(
        sql.put_rule,
        {
            "seller_id": rule.seller_id,
            "default_count": rule.default_count,
            "most_count": rule.most_count,
            "start": rule.start.value,
            "unit": rule.unit.value,
            "remainder": rule.remainder.value,
            "shift": rule.shift.value,
            "categories": list(rule.categories),
            "grace_days": rule.grace_days,
            "interest": rule.interest,
            "version": known + 1,
        },
    )
    await _put_limits(conn, rule)
    after = (await load_rules(conn))[rule.seller_id]
    was = None if before is None else _told(before)
    (action_id,) = await audit.next_action_ids(conn, 1)
    await audit.append(conn, [AuditRecord(0, action_id, actor, "instalment_rule", reason, was, _told(after))])
    return after


async def _put_limits(conn: Connection, rule: Rule) -> None:
    await conn.execute(sql.drop_limits, {"seller_id": rule.seller_id})
    limits = list(rule.limits.values())
    await conn.execute(
        sql.insert_limits,
        {
            "seller_id": rule.seller_id,
            "currencies": list(rule.limits),
            "leasts": [one.least for one in limits],
            "mosts": [one.most for one in limits],
            "least_instalments": [one.least_instalment for one in limits],
            "fees": [one.fee for one in limits],
        },
    )


def check_rule(rule: Rule, categories: Sequence[str]) -> list[Refusal]:
    """Every reason why this is no rule.

    Refuses: rule_count_unfit, rule_grace_unfit, rule_interest_unfit, rule_category_unknown, rule_currency_unfit,
    rule_amount_unfit.
    """
    refusals = []
    if not 1 <= rule.default_count <= rule.most_count <= MOST_COUNT:
        said = say(
            "{default_count} instalments are usual, {most_count} are the most",
            default_count=rule.default_count,
            most_count=rule.most_count,
        )
        refusals.append(refuse(RULE_COUNT, said, field="default_count"))
    if rule.grace_days is not None and not 0 <= rule.grace_days <= MOST_COUNT:
        refusals.append(
            refuse(RULE_GRACE, "{grace_days} days are named", grace_days=rule.grace_days, field="grace_days")
        )
    if check_scale(rule.interest) is not None or not 0 <= rule.interest <= 100:
        refusals.append(refuse(RULE_INTEREST, "{interest} percent are named", interest=rule.interest, field="interest"))
    if unknown := sorted(set(rule.categories) - set(categories)):
        refusals.append(
            refuse(RULE_CATEGORY, "there is no category {unknown!r}", unknown=unknown[0], field="categories")
        )
    for currency, limits in rule.limits.items():
        if currency != EVERY_CURRENCY and not re.fullmatch("[A-Z]{3}", currency):
            refusals.append(refuse(RULE_CURRENCY, "{currency!r} is no currency", currency=currency, field="limits"))
        refusals += [bad.at(field=f"limits.{currency}.{bad.field}") for bad in _check_limits(limits)]
    return refusals


def _check_limits(limits: Limits) -> list[Refusal]:
    named = [("min_amount", limits.least), ("max_amount", limits.most), ("min_instalment", limits.least_instalment)]
    refusals = [
        refuse(RULE_AMOUNT, "{amount} is named", amount=amount, field=name)
        for name, amount in [*named, ("fee", limits.fee)]
        if amount is not None and (check_scale(amount) is not None or amount < 0 or (amount == 0 and name != "fee"))
    ]
    if not refusals and limits.least is not None and limits.most is not None and limits.least > limits.most:
        said = say("the least is {least}, the most {most}", least=limits.least, most=limits.most)
        refusals.append(refuse(RULE_AMOUNT, said, field="min_amount"))
    return refusals


def _told(rule: Rule) -> dict[str, object]:
    return {
        "seller": None if rule.seller_id == EVERY_SELLER else rule.seller_id,
        "count": [rule.default_count, rule.most_count],
        "start": rule.start.value,
        "unit": rule.unit.value,
        "remainder": rule.remainder.value,
        "shift": rule.shift.value,
        "categories": list(rule.categories),
        "grace_days": rule.grace_days,
        "interest": plain(rule.interest),
        "limits": {code: _told_limits(limits) for code, limits in sorted(rule.limits.items())},
    }


def _told_limits(limits: Limits) -> dict[str, str | None]:
    names = {"least": limits.least, "most": limits.most, "instalment": limits.least_instalment, "fee": limits.fee}
    return {name: None if amount is None else plain(amount) for name, amount in names.items()}


async def put_holidays(
    conn: Connection,
    seller_id: int,
    days: Sequence[Holiday],
    actor: str,
    *,
    reason: str | None = None,
    version: int | None = None,
) -> tuple[Holiday, ...]:
    """Write a seller's calendar whole; `version` is of what it was made from.

    Refuses: version_differs, holidays_too_many, holiday_named_twice, holiday_label_unfit.
    """
    if refusals := check_holidays(days):
        raise Refused(refusals)
    await conn.execute(sql.lock_settings)
    before = (await load_holidays(conn, [seller_id])).get(seller_id, ())
    check_version(version, version_of(tuple(before)), say("the calendar"))
    after = tuple(sorted((Holiday(day.on_day, day.label.strip()) for day in days), key=lambda day: day.on_day))
    if before == after:
        return after
    await conn.execute(sql.drop_holidays, {"seller_id": seller_id})
    values = {"days": [day.on_day for day in after], "labels": [day.label for day in after]}
    await conn.execute(sql.insert_holidays, {"seller_id": seller_id, **values})
    (action_id,) = await audit.next_action_ids(conn, 1)
    was, told = {"seller": seller_id, "days": _named(before)}, {"seller": seller_id, "days": _named(after)}
    await audit.append(conn, [AuditRecord(0, action_id, actor, "holidays", reason, was, told)])
    return after


def check_holidays(days: Sequence[Holiday]) -> list[Refusal]:
    """Every reason why these are no calendar."""
    if len(days) > MOST_HOLIDAYS:
        return [refuse(TOO_MANY_HOLIDAYS, "{count} days are named", count=len(days), field="holidays")]
    seen: set[date] = set()
    refusals = []
    for place, day in enumerate(days):
        if day.on_day in seen:
            refusals.append(
                refuse(HOLIDAY_TWICE, "{on_day} is named twice", on_day=day.on_day, field=f"holidays.{place}.date")
            )
        seen.add(day.on_day)
        if not 0 < len(day.label.strip()) <= MOST_LABEL or "\0" in day.label:
            refusals.append(
                refuse(NO_HOLIDAY_LABEL, "{on_day} has no fit name", on_day=day.on_day, field=f"holidays.{place}.label")
            )
    return refusals


def _named(days: Sequence[Holiday]) -> Mapping[str, str]:
    return {day.on_day.isoformat(): day.label for day in days}
