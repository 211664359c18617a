"""What a proposal says, in words: its kind, its whole content line by line, and what it would change. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from solde.app.work.words import kind_in_words
from solde.approvals import WaitingOn
from solde.operations import Operation

from . import formats
from .addresses import account_path
from .i18n import t

LABELS = {
    "deposit_number": "Security deposit",
    "plan_number": "Instalment plan",
    "version": "Version",
    "amount": "Amount",
    "net": "Net",
    "tax": "Tax",
    "credit_number": "Credit",
    "card_number": "Card",
    "transaction_number": "Card transaction",
    "kind": "Kind",
    "number": "Operation",
    "to_account_id": "To account",
    "method": "Payment method",
    "payment_method": "Payment method",
    "type_code": "Type",
    "on": "Date",
    "operation_on": "Date",
    "due_on": "Due",
    "collected_on": "Collected",
    "reference": "Reference",
    "description": "Description",
    "comment": "Comment",
    "order_number": "Order number",
    "excluded": "Excluded from balances",
    "allocate_to": "Pays",
    "amounts": "How much of each",
    "receipt_id": "Receipt",
    "most": "At most, an account",
    "due_before": "All of it due before",
    "accounts": "Accounts",
    "billing_account_id": "Billing account",
    "account_id": "Account",
    "currency": "Currency",
    "reason": "Reason",
    "service": "Service",
    "visible": "Visible comment",
    "internal": "Internal comment",
    "transaction": "Card transaction",
    "card": "Card",
    "item": "Unbilled item",
}
UNSAID = {"actor", "source", "key", "type", "return_url"}
NUMBERED = {"credit_number", "number"}
MONEY = {"amount", "net", "tax", "most"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the content: what it is, what it says, and where that is seen."""

    label: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What numbers in a content stand for; and what the page says elsewhere, which is not said again."""

    account: str
    currency: str
    said: Mapping[str, object] = field(default_factory=dict)
    operations: Mapping[int, Operation] = field(default_factory=dict)
    accounts: Mapping[int, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)

    def operation(self, number: int) -> str:
        """An operation as people call it."""
        found = self.operations.get(number)
        if found is None:
            return t("operation {n}", n=number)
        return f"{found.reference or number} · {t(found.label)}"


def kind_words(kind: str) -> str:
    """A kind of action in words."""
    return kind_in_words(kind, t)


def waiting_words(waiting: Sequence[WaitingOn]) -> dict[int, list[str]]:
    """What waits for approval, in words, by the operation it is about."""
    said: dict[int, list[str]] = {}
    for one in waiting:
        amount = f"{formats.money(one.amount, one.currency)} {one.currency}"
        words = t("{what} of {amount} waits for approval", what=kind_words(one.kind), amount=amount)
        for number in numbers_in(one.content):
            said.setdefault(number, []).append(words)
    return said


def flat(content: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """The fields of a content that say something; those of a payment or operation in it as its own."""
    for name, value in content.items():
        if name in {"payment", "operation"} and isinstance(value, Mapping):
            yield from flat(value)
        elif name not in UNSAID and value not in (None, "", False, {}, []):
            yield name, value


def numbers_in(content: Mapping[str, object]) -> set[int]:
    """Every operation of the account that a content names."""
    found: set[int] = set()
    for name, value in flat(content):
        if name in NUMBERED and isinstance(value, int):
            found.add(value)
        elif name == "allocate_to" and isinstance(value, list):
            found.update(n for n in value if isinstance(n, int))
        elif name == "amounts" and isinstance(value, Mapping):
            found.update(int(n) for n in value if str(n).isdecimal())
    return found


def facts(content: Mapping[str, object], names: Names) -> list[Fact]:
    """The whole content, line by line."""
    return [
        Fact(t(LABELS[name]) if name in LABELS else name.replace("_", " ").capitalize(), *_said(name, value, names))
        for name, value in flat(content)
        if name not in names.said or names.said[name] != value
    ]


def _said(name: str, value: object, names: Names) -> tuple[str, str]:
    """A value in words, and where it is seen."""
    if name in NUMBERED and isinstance(value, int):
        return names.operation(value), account_path(names.account, "operations", str(value)) if names.account else ""
    if name in {"to_account_id", "account_id"} and isinstance(value, int):
        code = names.accounts.get(value, str(value))
        return code, account_path(code)
    if name == "receipt_id":
        return t("Receipt {n}", n=value), f"/payments/receipts/{value}"
    if name == "type_code":
        return names.types.get(str(value), str(value)), ""
    if name in MONEY:
        return money_of(value, names.currency), ""
    if name == "allocate_to":
        return _pays(value, names), ""
    if name == "amounts" and isinstance(value, Mapping):
        parts = [f"{names.operation(int(n))}: {money_of(a, names.currency)}" for n, a in value.items()]
        return "; ".join(parts), ""
    return (t("yes") if value is True else str(value)), ""


def _pays(value: object, names: Names) -> str:
    if isinstance(value, list):
        return ", ".join(names.operation(n) for n in value)
    return t("the oldest due first") if value == "oldest" else t("nothing yet")


def money_of(value: object, currency: str) -> str:
    """An amount of a JSON text, with its currency."""
    try:
        return f"{formats.money(Decimal(str(value)), currency)} {currency}"
    except InvalidOperation:
        return str(value)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an action would do: what it would post, in words; and what is open of each operation, before and after."""

    posted: tuple[str, ...] = ()
    rows: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()


def preview(answer: Mapping[str, object], names: Names) -> Preview:
    """The preview of an executor's answer as JSON; an answer of an unknown form says nothing."""
    if isinstance(effect := answer.get("effect"), Mapping):
        return preview(effect, names)
    payment = answer.get("payment", answer)
    if isinstance(payment, Mapping) and "unallocated" in payment:
        return _of_payment(payment, names)
    if "touched" in answer:
        return _of_effect(answer, names)
    return Preview()


def _of_payment(answer: Mapping[str, object], names: Names) -> Preview:
    """A payment is posted, and pays what its lines say."""
    currency = names.currency
    posted = t("A payment of {amount}", amount=money_of(answer["amount"], currency))
    paid: dict[int, Decimal] = {}
    for line in _list(answer.get("lines")):
        number = int(str(line["debit"]))
        paid[number] = paid.get(number, Decimal(0)) + Decimal(str(line["amount"]))
    rows = tuple(
        (names.operation(number), *_open(names.operations.get(number), amount, currency))
        for number, amount in paid.items()
    )
    left = t("{amount} of it pays nothing yet", amount=money_of(answer["unallocated"], currency))
    return Preview((posted,), rows, (left,) if Decimal(str(answer["unallocated"])) else ())


def _open(before: Operation | None, paid: Decimal, currency: str) -> tuple[str, str]:
    if before is None:
        return "", formats.money(paid, currency)
    return formats.money(before.open, currency), formats.money(before.open - paid, currency)


def _of_effect(answer: Mapping[str, object], names: Names) -> Preview:
    """Operations are posted, and those touched have more or less open."""
    made = {(one["account"], one["number"]): one for one in _list(answer.get("operations"))}
    posted = tuple(
        t(
            "{type}, {amount}, on {account}",
            type=names.types.get(str(one["type"]), str(one["type"])),
            amount=money_of(one["amount"], names.currency),
            account=one["account"],
        )
        for one in made.values()
    )
    rows = []
    for one in _list(answer.get("touched")):
        new = made.get((one["account"], one["number"]))
        name = _name(one, new, names)
        before = "" if one["open_before"] is None else _plain(one["open_before"], names.currency)
        rows.append((name, before, _plain(one["open_after"], names.currency)))
    return Preview(posted, tuple(rows))


def _name(one: Mapping[str, object], new: Mapping[str, object] | None, names: Names) -> str:
    where = "" if one["account"] == names.account else f" ({one['account']})"
    if new is not None:
        return t("New: {type}", type=names.types.get(str(new["type"]), str(new["type"]))) + where
    number = int(str(one["number"]))
    return (names.operation(number) if not where else t("operation {n}", n=number)) + where


def _plain(value: object, currency: str) -> str:
    return formats.money(Decimal(str(value)), currency)


def _list(value: object) -> Sequence[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def touched_numbers(answer: Mapping[str, object], account: str) -> set[int]:
    """Every operation of the account that an answer names."""
    if isinstance(effect := answer.get("effect"), Mapping):
        return touched_numbers(effect, account)
    payment = answer.get("payment", answer)
    found = {int(str(one["number"])) for one in _list(answer.get("touched")) if one["account"] == account}
    if isinstance(payment, Mapping):
        found |= {int(str(line["debit"])) for line in _list(payment.get("lines"))}
    return found
