"""The locked accounts, deposits and operations of a batch; steps are decided on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from solde.db import Connection
from solde.kernel.dates import check_not_ahead
from solde.kernel.money import ZERO
from solde.kernel.refusals import UNKNOWN_ACCOUNT, Refusal, refuse
from solde.kernel.texts import say
from solde.matching import UnmatchRequest
from solde.matching.rules import TOO_EARLY
from solde.operations import NewOperation, OpenItem, Types
from solde.operations import store as operation_store
from solde.operations.store import AccountHead
from solde.payments import Allocate
from solde.payments.effects import Key, read_items
from solde.payments.model import Routes
from solde.payments.settling import check_new

from . import rules, store
from .model import Deposit, DepositState, EntryKind, StepRole


@dataclass(slots=True)
class DepositBatch:
    """What a batch works on; each decision lowers what the next one finds."""

    types: Types
    today: date
    heads: dict[int, AccountHead]
    deposits: dict[Key, Deposit]
    items: dict[Key, OpenItem]
    before: dict[Key, OpenItem] = field(default_factory=dict)
    held: dict[Key, list[tuple[int, int]]] = field(default_factory=dict)
    routes: Routes = field(default_factory=lambda: Routes({}, {}))
    numbers: dict[int, int] = field(default_factory=dict)

    def next_number(self, account_id: int) -> int:
        """The number the next operation of an account will have."""
        number = self.numbers.get(account_id, self.heads[account_id].last_number) + 1
        self.numbers[account_id] = number
        return number


@dataclass(frozen=True, slots=True)
class Post:
    """An operation to post: its number to be, and what it is in the step."""

    part: StepRole
    number: int
    new: NewOperation


@dataclass(frozen=True, slots=True)
class Link:
    """A match to make: how much of which debits and credits."""

    debits: dict[int, Decimal]
    credits: dict[int, Decimal]


@dataclass(slots=True)
class DepositStep:
    """A decision: what becomes of a deposit, what is reversed, posted, matched and paid for it."""

    kind: EntryKind
    amount: Decimal
    after: Deposit
    day: date
    actor: str
    reason: str | None
    posts: list[Post] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    reversals: list[UnmatchRequest] = field(default_factory=list)
    concerns: int | None = None
    rest: NewOperation | None = None
    rest_to: Allocate = Allocate.OLDEST
    late: bool = False


Decided = DepositStep | tuple[Refusal, ...]


async def open_desk(
    conn: Connection, keys: Sequence[Key], types: Types, today: date, items: Sequence[Key] = ()
) -> DepositBatch:
    """Lock the accounts in order, then read the deposits named, what they hold, and the operations named."""
    heads = await operation_store.lock_accounts(conn, [account for account, _ in keys])
    wanted = sorted(set(keys))
    deposits = await store.get_deposits(conn, wanted)
    desk = DepositBatch(types, today, heads, deposits, {})
    touched = {*items, *((one.account_id, one.request_number) for one in deposits.values())}
    for account_id, deposit, number, entry in await store.held_of(conn, wanted):
        desk.held.setdefault((account_id, deposit), []).append((number, entry))
        touched.add((account_id, number))
    desk.before = await read_items(conn, sorted(touched))
    desk.items = dict(desk.before)
    return desk


def find_deposit(desk: DepositBatch, account_id: int, number: int) -> Deposit | Refusal:
    """The deposit of a request."""
    if account_id not in desk.heads:
        return refuse(UNKNOWN_ACCOUNT, "there is no such account", field="account")
    found = desk.deposits.get((account_id, number))
    return found or refuse(rules.NO_DEPOSIT, "the account has no deposit {number}", number=number)


def choose_day(
    desk: DepositBatch, deposit: Deposit | None, touched: Sequence[int], wished: date | None
) -> date | Refusal:
    """The day of a step: today unless wished, never before the last step or what it touches allows."""
    if (bad := check_not_ahead(wished, desk.today)) is not None:
        return bad
    if deposit is None:
        return wished or desk.today
    earliest = max([deposit.last_on, *(desk.items[deposit.account_id, number].not_before for number in touched)])
    if wished is None:
        return max(earliest, desk.today)
    if wished < earliest:
        said = say(
            "{wished} is before {earliest}, the first day on which deposit {number} can be moved so",
            wished=wished,
            earliest=earliest,
            number=deposit.number,
        )
        return refuse(TOO_EARLY, said, field="date")
    return wished


def take_held(desk: DepositBatch, deposit: Deposit, amount: Decimal, first: int | None = None) -> dict[int, Decimal]:
    """How much of which credits an amount is taken from: those of the step `first`, then the oldest."""
    held = sorted(desk.held.get(deposit.key, ()), key=lambda one: one[1] != first)
    taken: dict[int, Decimal] = {}
    for number, _ in held:
        item = desk.items[deposit.account_id, number]
        part = min(item.open, amount)
        if part > 0:
            taken[number] = part
            amount -= part
    assert amount == 0, "a deposit holds its balance"
    return taken


def finish(desk: DepositBatch, step: DepositStep) -> Decided:
    """Check what a step posts, then leave the desk as the step leaves the books."""
    bad = [r for post in step.posts for r in check_new(post.new, desk.types, desk.heads, desk.today)]
    bad += [] if step.rest is None else check_new(step.rest, desk.types, desk.heads, desk.today)
    account_id = step.after.account_id
    if bad:
        desk.numbers[account_id] = desk.numbers.get(account_id, 0) - len(step.posts)
        return tuple(dict.fromkeys(bad))
    for post in step.posts:
        desk.items[account_id, post.number] = _item(desk, post)
        if post.part is StepRole.HELD:
            desk.held.setdefault(step.after.key, []).append((post.number, step.after.last_entry))
    for link in step.links:
        for number, amount in (*link.debits.items(), *link.credits.items()):
            item = desk.items[account_id, number]
            desk.items[account_id, number] = replace(item, open=item.open - amount)
    desk.deposits[step.after.key] = step.after
    return step


def _item(desk: DepositBatch, post: Post) -> OpenItem:
    new, kind = post.new, desk.types.by_code[post.new.type_code]
    day = new.operation_on
    return OpenItem(
        new.account_id, post.number, kind.type_id, kind.class_, kind.side, new.excluded, day, day, day, day, new.amount,
        new.amount, ZERO,
    )  # fmt: skip


def moved(deposit: Deposit, day: date, state: DepositState | None, **changes: Decimal | str | None) -> Deposit:
    """A deposit after one more step."""
    assert state is not None, "checked before"
    return replace(deposit, state=state, last_entry=deposit.last_entry + 1, last_on=day, **changes)  # type: ignore[arg-type]


def cancel_rest(desk: DepositBatch, step: DepositStep, deposit: Deposit) -> None:
    """Take back what of the request is not paid, as a part of a step."""
    if deposit.asked > 0:
        number = add_post(
            desk, step, StepRole.CANCEL, "CAN_SD", deposit.asked, f"Cancels the request of deposit {deposit.name}"
        )
        step.links.append(Link({deposit.request_number: deposit.asked}, {number: deposit.asked}))


def _name_of(step: DepositStep, part: StepRole) -> str | None:
    """What an operation that nobody else names is called; the money of the bank has no name but the bank's."""
    return None if part in (StepRole.PAYMENT, StepRole.REJECTION) else step.after.name


def add_post(
    desk: DepositBatch, step: DepositStep, part: StepRole, type_code: str, amount: Decimal, description: str, *, excluded: bool = False,
    reference: str | None = None, method: str | None = None,
) -> int:  # fmt: skip
    """Add an operation to a step; gives its number to be. Without a reference it is named after the deposit."""
    account_id = step.after.account_id
    number = desk.next_number(account_id)
    new = NewOperation(
        account_id, type_code, amount, step.day, excluded=excluded, reference=reference or _name_of(step, part), description=description,
        payment_method=method, source="deposit",
    )  # fmt: skip
    step.posts.append(Post(part, number, new))
    return number
