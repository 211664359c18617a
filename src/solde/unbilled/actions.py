"""Make, take back and bill unbilled items: load, decide, save. Services: make and edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from solde import audit
from solde.audit import AuditRecord
from solde.db import Connection
from solde.kernel.money import plain
from solde.kernel.refusals import UNKNOWN_ACCOUNT, VERSION_DIFFERS, Refusal, Refused, refuse
from solde.kernel.texts import say
from solde.operations import store as operation_store

from . import rules, store
from .model import ItemRow, Made, NewItem, Service, UnbilledTotal

MadeAnswer = Made | tuple[Refusal, ...]


async def add_items(conn: Connection, wanted: Sequence[NewItem], *, today: date) -> list[MadeAnswer]:
    """Keep charges and credits for the next invoice; gives each item as it was written, or its refusals.

    Refuses: unknown_account, unbilled_account_closed, unknown_service, service_inactive, no_real_service,
    dated_in_future, comment_unfit, an unfit amount.
    Source: product §0 Unbilled items.
    """
    account_ids = sorted({new.account_id for new in wanted})
    heads = await operation_store.lock_accounts(conn, account_ids)
    totals = await store.totals_of(conn, account_ids)
    cycles = await store.cycles_of(conn, account_ids)
    services = {service.code: service for service in await store.list_services(conn)}
    answers: list[MadeAnswer] = []
    for new in wanted:
        head = heads.get(new.account_id)
        if head is None:
            answers.append((refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"),))
        elif refusals := rules.check_item(new, services, head.state, today):
            answers.append(tuple(refusals))
        else:
            number = totals[new.account_id].last_item + 1
            item = rules.row_of(new, number, services[new.service], cycles.get(new.account_id))
            totals[new.account_id] = _with(totals[new.account_id], item)
            answers.append(Made(item, totals[new.account_id]))
    made = [(new, one) for new, one in zip(wanted, answers, strict=True) if isinstance(one, Made)]
    await _save(conn, [(one.item, new.actor, "unbilled_item", new.service) for new, one in made])
    return answers


async def take_back(
    conn: Connection, account_id: int, number: int, *, actor: str, comment: str | None, today: date
) -> Made:
    """Take an item back by its opposite, whether it is billed or not; the item itself stays as it is.

    Refuses: unknown_account, unbilled_account_closed, unknown_unbilled_item, unbilled_item_corrected,
    unbilled_item_is_correction, comment_unfit.
    """
    heads = await operation_store.lock_accounts(conn, [account_id])
    if account_id not in heads:
        raise Refused(refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"))
    if heads[account_id].state == "CLOSED":
        raise Refused(refuse(rules.ITEM_ACCOUNT_CLOSED, "the account is closed"))
    if (bad := rules.check_comment(comment, "internal")) is not None:
        raise Refused(bad)
    item = await store.get_item(conn, account_id, number)
    if item is None:
        raise Refused(refuse(rules.UNKNOWN_ITEM, "the account has no unbilled item {number}", number=number))
    total = (await store.totals_of(conn, [account_id]))[account_id]
    cycle = (await store.cycles_of(conn, [account_id])).get(account_id)
    service = {one.code: one for one in await store.list_services(conn)}[item.service]
    back = rules.opposite(item, service, total.last_item + 1, today, cycle, comment)
    if isinstance(back, Refusal):
        raise Refused(back)
    await _save(conn, [(back, actor, "unbilled_item_taken_back", item.service)])
    return Made(back, _with(total, back))


async def bill(conn: Connection, account_id: int, numbers: Sequence[int], operation: int) -> None:
    """Mark items as billed by an operation that was posted in the same transaction.

    Refuses: unbilled_item_billed. The caller locked the account and answers for the amount.
    """
    billed = set(await store.bill_items(conn, account_id, numbers, operation))
    if late := sorted(set(numbers) - billed):
        raise Refused(refuse(rules.ALREADY_BILLED, "item {late} is not there, or billed already", late=late[0]))


def _with(total: UnbilledTotal, item: ItemRow) -> UnbilledTotal:
    gross = item.split.gross
    return replace(
        total,
        last_item=item.item_number,
        net=total.net + item.split.net,
        tax=total.tax + item.split.tax,
        debit=total.debit + max(gross, Decimal(0)),
        credit=total.credit - min(gross, Decimal(0)),
        count=total.count + 1,
    )


async def _save(conn: Connection, made: Sequence[tuple[ItemRow, str, str, str]]) -> None:
    """Write items, each with its actor, the verb of its record and the code of its service."""
    if not made:
        return
    action_ids = await audit.next_action_ids(conn, len(made))
    await store.insert_items(conn, [item for item, *_ in made], action_ids)
    records = [
        AuditRecord(item.account_id, action, actor, verb, None, None, _told(item, service))
        for (item, actor, verb, service), action in zip(made, action_ids, strict=True)
    ]
    await audit.append(conn, records)


def _told(item: ItemRow, service: str) -> dict[str, object]:
    told: dict[str, object] = {
        "item": item.item_number, "kind": item.kind.value, "service": service, "gross": plain(item.split.gross),
        "tax": plain(item.split.tax), "date": item.occurred_on,
    }  # fmt: skip
    return told if item.corrects is None else told | {"corrects": item.corrects}


async def add_service(conn: Connection, code: str, label: str, tax_rate: Decimal, *, actor: str) -> Service:
    """Make a service.

    Refuses: bad_service_code, service_label_unfit, tax_rate_unfit, service_exists.
    """
    if refusals := rules.check_service(code, label, tax_rate):
        raise Refused(refusals)
    made = await store.insert_service(conn, code, label.strip(), tax_rate)
    if made is None:
        raise Refused(refuse(rules.SERVICE_EXISTS, "there is a service {code} already", code=code, field="code"))
    (action_id,) = await audit.next_action_ids(conn, 1)
    await audit.append(conn, [AuditRecord(0, action_id, actor, "service_create", None, None, _service_told(made))])
    return made


async def edit_service(
    conn: Connection, code: str, label: str, tax_rate: Decimal, *, active: bool, actor: str, version: int | None = None
) -> Service:
    """Change what a service is called, its tax rate for later items, and whether it may be chosen.

    Refuses: no_such_service, version_differs, service_label_unfit, tax_rate_unfit.
    """
    before = await store.lock_service(conn, code)
    if before is None:
        raise Refused(refuse(rules.NO_SUCH_SERVICE, "there is no service {code!r}", code=code))
    if version is not None and before.version != version:
        said = say(
            "{code!r} is at version {version}, your change was made from {made_from}",
            code=code,
            version=before.version,
            made_from=version,
        )
        raise Refused(refuse(VERSION_DIFFERS, said))
    if refusals := rules.check_service(code, label, tax_rate):
        raise Refused(refusals)
    if (before.label, before.tax_rate, before.active) == (label.strip(), tax_rate, active):
        return before
    after = await store.update_service(conn, code, label.strip(), tax_rate, active=active)
    (action_id,) = await audit.next_action_ids(conn, 1)
    was, told = _service_told(before), _service_told(after)
    await audit.append(conn, [AuditRecord(0, action_id, actor, "service_edit", None, was, told)])
    return after


def _service_told(service: Service) -> dict[str, object]:
    rate = plain(service.tax_rate)
    return {"service": service.code, "label": service.label, "tax_rate": rate, "active": service.active}
