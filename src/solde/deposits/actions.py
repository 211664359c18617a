"""Ask for deposits, cancel the request: load, decide, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from solde.db import Connection
from solde.kernel.money import ZERO
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, refuse
from solde.operations import Types
from solde.operations import store as operation_store
from solde.payments.rules import check_reason, check_words

from . import rules, store
from .batch import (
    Decided,
    DepositBatch,
    DepositStep,
    add_post,
    cancel_rest,
    choose_day,
    find_deposit,
    finish,
    moved,
    open_desk,
)
from .executing import Answer, carry_out
from .model import Deposit, DepositSettings, DepositState, EntryKind, StepRole, Template
from .requests import CancelRequest, DepositRequest
from .rules import Event


@dataclass(slots=True)
class Asking:
    """What deciding requests needs beside the desk: templates, limits, what customers have already."""

    templates: dict[str, Template]
    settings: DepositSettings
    customers: dict[int, int]
    sums: dict[int, Decimal]
    last: dict[int, int]
    names: set[tuple[int, str]]
    added: dict[tuple[int, str], Decimal] = field(default_factory=dict)

    def sum_of(self, account_id: int, currency: str) -> Decimal:
        """What the standing deposits of an account's customer ask for, those of this batch too."""
        return self.sums.get(account_id, ZERO) + self.added.get(self._whose(account_id, currency), ZERO)

    def add(self, account_id: int, currency: str, amount: Decimal) -> None:
        """Count one more deposit."""
        key = self._whose(account_id, currency)
        self.added[key] = self.added.get(key, ZERO) + amount

    def _whose(self, account_id: int, currency: str) -> tuple[int, str]:
        return self.customers.get(account_id, -account_id), currency


async def request_deposits(
    conn: Connection, requests: Sequence[DepositRequest], types: Types, *, today: date
) -> list[Answer]:
    """Ask each account for a deposit: posts INV_SD, which stands apart from the default balance.

    All accounts of the customers are locked, so that two requests at once do not pass a customer's limit together.
    Refuses: unknown_account, account_closed, what `check_request` refuses, deposit_name_taken, dated_in_future.
    Source: product §5 Deposit.
    """
    accounts = await store.accounts_beside(conn, sorted({r.account_id for r in requests}))
    heads = await operation_store.lock_accounts(conn, accounts)
    desk = DepositBatch(types, today, heads, {}, {})
    asking = await _read(conn, requests)
    return await carry_out(conn, desk, [_decide_request(desk, asking, request) for request in requests])


async def _read(conn: Connection, requests: Sequence[DepositRequest]) -> Asking:
    accounts = sorted({r.account_id for r in requests})
    wanted = [(r.account_id, r.name) for r in requests if r.name is not None]
    return Asking(
        await store.get_templates(conn, sorted({r.template_code for r in requests})),
        await store.get_settings(conn),
        await store.customers_of(conn, accounts),
        await store.standing_sums(conn, accounts),
        await store.last_deposits(conn, accounts),
        await store.names_taken(conn, wanted) if wanted else set(),
    )


def _decide_request(desk: DepositBatch, asking: Asking, request: DepositRequest) -> Decided:
    account_id = request.account_id
    head = desk.heads.get(account_id)
    if head is None:
        return (refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account"),)
    day = choose_day(desk, None, (), request.on)
    if isinstance(day, Refusal):
        return (day,)
    template = asking.templates.get(request.template_code)
    already = asking.sum_of(account_id, head.currency)
    found = rules.check_request(request, template, head.currency, asking.settings, already, day)
    found += [bad for bad in (check_words(request.reason), _check_taken(asking, request)) if bad is not None]
    if found or template is None:
        return tuple(found)
    number = asking.last.get(account_id, 0) + 1
    step = _step_of_request(desk, request, template, number, day)
    decided = finish(desk, step)
    if isinstance(decided, DepositStep):
        asking.last[account_id] = number
        asking.names.add((account_id, step.after.name))
        asking.add(account_id, head.currency, request.amount)
    return decided


def _check_taken(asking: Asking, request: DepositRequest) -> Refusal | None:
    if request.name is not None and (request.account_id, request.name) in asking.names:
        return refuse(rules.NAME_TAKEN, "the account has a deposit {name!r} already", name=request.name, field="name")
    return None


def _step_of_request(
    desk: DepositBatch, request: DepositRequest, template: Template, number: int, day: date
) -> DepositStep:
    until = request.valid_until or rules.valid_until(template, day)
    deposit = Deposit(
        request.account_id, number, template.code, request.name or f"{template.code}-{number}", template.currency,
        request.amount, ZERO, ZERO, ZERO, DepositState.VALIDATED, 0, until, None, 1, day,
    )  # fmt: skip
    step = DepositStep(
        EntryKind.REQUEST, request.amount, deposit, day, request.actor, request.reason, late=request.late
    )
    posted = add_post(desk, step, StepRole.REQUEST, "INV_SD", request.amount, f"Request of deposit {deposit.name}")
    step.after = replace(deposit, request_number=posted)
    return step


async def cancel_deposits(
    conn: Connection, requests: Sequence[CancelRequest], types: Types, *, today: date
) -> list[Answer]:
    """Take back the request of each deposit nobody paid: posts CAN_SD and matches it with the request.

    Refuses: unknown_account, unknown_deposit, deposit_state_forbids, action_reason_missing, dated_in_future,
    effective_too_early.
    """
    desk = await open_desk(conn, [(r.account_id, r.deposit_number) for r in requests], types, today)
    return await carry_out(conn, desk, [_decide_cancel(desk, request) for request in requests])


def _decide_cancel(desk: DepositBatch, request: CancelRequest) -> Decided:
    deposit = find_deposit(desk, request.account_id, request.deposit_number)
    if isinstance(deposit, Refusal):
        return (deposit,)
    if (bad := rules.check_event(deposit, Event.CANCEL) or check_reason(request.reason)) is not None:
        return (bad,)
    day = choose_day(desk, deposit, (deposit.request_number,), request.on)
    if isinstance(day, Refusal):
        return (day,)
    state = rules.next_state(deposit.state, Event.CANCEL)
    after = moved(deposit, day, state, cancelled=deposit.cancelled + deposit.asked)
    step = DepositStep(EntryKind.CANCEL, deposit.asked, after, day, request.actor, request.reason, late=request.late)
    cancel_rest(desk, step, deposit)
    return finish(desk, step)
