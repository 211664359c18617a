"""Decisions of accounting: is a scheme sound, what its lines come to, which entries an operation gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from solde.kernel.money import ZERO
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say
from solde.operations.model import OperationType, Side

from .model import AccountSource, Drawn, Journal, Scheme, SchemeLine, Taken

CODE_TAKEN = declare(
    "accounting_code_taken", Kind.CONFLICT, "Change the one that is there, with its version, or choose another code."
)
BAD_SCHEME_CODE = declare(
    "scheme_code_invalid", Kind.INVALID, "Use capital letters, digits and _, beginning with a letter, 2 to 30."
)
SCHEME_LABEL_MISSING = declare(
    "scheme_label_missing", Kind.INVALID, "Give the scheme a label of at most 100 characters."
)
SCHEME_LINES = declare("scheme_lines_invalid", Kind.INVALID, "Give a scheme no lines at all, or 2 to 20.")
SCHEME_CUSTOMER = declare(
    "scheme_customer_line",
    Kind.INVALID,
    "Give the scheme exactly one line of the customer: the whole amount, on the side of the operation.",
)
SCHEME_UNBALANCED = declare(
    "scheme_unbalanced",
    Kind.INVALID,
    "Let the debits be the credits: whole is net and tax together, and the rest is what the other lines leave.",
)
SCHEME_ACCOUNT = declare(
    "scheme_account_invalid",
    Kind.INVALID,
    "Write a general account of 1 to 20 letters and digits on a fixed line only.",
)
BAD_TEMPLATE = declare("scheme_label_unknown", Kind.INVALID, "Use the names in braces that the message lists.")

BAD_TAX = declare(
    "tax_invalid",
    Kind.INVALID,
    "Give it a code of 1 to 20 capital letters, digits and _, a label of at most 100, a rate from 0 to 100 or none.",
)
BAD_JOURNAL = declare(
    "journal_invalid", Kind.INVALID, "Give it a code of 1 to 20 letters and digits and a label of at most 100."
)
LINES_MOST = 20
NAMES = ("type", "number", "reference", "description", "account", "customer")
GENERAL_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,20}")
JOURNAL = re.compile(r"[0-9A-Za-z]{1,20}")
TAX = re.compile(r"[0-9A-Z][0-9A-Z_]{0,19}")
_WEIGHT = {Taken.WHOLE: (1, 1), Taken.NET: (1, 0), Taken.TAX: (0, 1)}
_OF_WEIGHT = {weight: taken for taken, weight in _WEIGHT.items()}


def check_scheme(scheme: Scheme) -> list[Refusal]:
    """Every reason why a scheme cannot be kept."""
    refusals: list[Refusal] = []
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,29}", scheme.code):
        refusals.append(refuse(BAD_SCHEME_CODE, "{code!r} is no code of a scheme", code=scheme.code, field="code"))
    if not 1 <= len(scheme.label.strip()) <= 100:
        refusals.append(refuse(SCHEME_LABEL_MISSING, "the scheme has no label, or a very long one", field="label"))
    if not scheme.lines:
        return refusals
    if not 2 <= len(scheme.lines) <= LINES_MOST:
        refusals.append(refuse(SCHEME_LINES, "the scheme has {count} lines", count=len(scheme.lines), field="lines"))
    for row, line in enumerate(scheme.lines):
        refusals += [bad.at(row=row) for bad in _check_line(line)]
    customers = [line for line in scheme.lines if line.customer]
    if len(customers) != 1 or not customers[0].same_side or customers[0].amount is not Taken.WHOLE:
        said = (
            say("{count} lines are the customer's", count=len(customers))
            if len(customers) != 1
            else say("the customer's line is not that")
        )
        refusals.append(refuse(SCHEME_CUSTOMER, said, field="lines"))
    elif resolve(scheme.lines) is None:
        refusals.append(refuse(SCHEME_UNBALANCED, "debits and credits of the scheme differ", field="lines"))
    return refusals


def _check_line(line: SchemeLine) -> list[Refusal]:
    refusals = []
    is_fixed = line.account is AccountSource.FIXED
    if is_fixed != (line.fixed_account is not None) or not GENERAL_ACCOUNT.fullmatch(line.fixed_account or "0"):
        refusals.append(
            refuse(
                SCHEME_ACCOUNT,
                "{fixed_account!r} is no general account of a line of kind {account}",
                fixed_account=line.fixed_account,
                account=line.account,
                field="fixed_account",
            )
        )
    unknown = [name for name in re.findall(r"\{([^}]*)\}", line.label or "") if name not in NAMES]
    if unknown or len(line.label or "") > 200:
        said = (
            say("{{{unknown}}} is not one of {names}", unknown=unknown[0], names=", ".join(NAMES))
            if unknown
            else say("the label is very long")
        )
        refusals.append(refuse(BAD_TEMPLATE, said, field="label"))
    return refusals


def resolve(lines: Sequence[SchemeLine]) -> list[Taken] | None:
    """What each line takes, the rest worked out; None where the lines do not balance for every amount and tax."""
    net = tax = 0
    for line in lines:
        if line.amount is not Taken.REST:
            sign = 1 if line.same_side else -1
            net, tax = net + sign * _WEIGHT[line.amount][0], tax + sign * _WEIGHT[line.amount][1]
    rests = [line for line in lines if line.amount is Taken.REST]
    if not rests:
        return [line.amount for line in lines] if (net, tax) == (0, 0) else None
    sign = -1 if rests[0].same_side else 1
    left = _OF_WEIGHT.get((sign * net, sign * tax))
    if len(rests) > 1 or left is None:
        return None
    return [left if line.amount is Taken.REST else line.amount for line in lines]


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an operation and its account an entry is made of."""

    kind: OperationType
    number: int
    amount: Decimal
    net: Decimal | None
    tax: Decimal | None
    reference: str | None
    description: str | None
    account_code: str | None
    customer_name: str | None
    own_account: str | None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The account that takes the tax of a rate, in percent; without a rate what no rate explains."""

    code: str
    label: str
    rate: Decimal | None
    account: str | None
    version: int = 0


def draw(
    facts: Facts, lines: Sequence[SchemeLine], receivables: frozenset[str], rates: Sequence[TaxRate]
) -> list[Drawn]:
    """The entries an operation gives under a scheme that balances; the specification of the statement that writes them.

    An account that is missing is an empty text.
    """
    taken = resolve(lines)
    assert taken is not None, "a scheme that is kept balances"
    rate = tax_rate(facts.net, facts.tax, facts.amount, rates)
    found = []
    for line, takes in zip(lines, taken, strict=True):
        if amount := amount_of(takes, facts.amount, facts.net, facts.tax):
            side = facts.kind.side if line.same_side else Side(-facts.kind.side)
            account = _account(line, facts.kind, rate)
            if line.customer and account in receivables:
                account = facts.own_account or account
            auxiliary = facts.account_code if line.customer else None
            tax_code = rate.code if rate and line.account is AccountSource.TAX else None
            found.append(Drawn(side, account or "", amount, label_of(line, facts), auxiliary, tax_code))
    return found


def amount_of(takes: Taken, amount: Decimal, net: Decimal | None, tax: Decimal | None) -> Decimal:
    """How much a line takes; without net and tax everything is net."""
    if takes is Taken.WHOLE:
        return amount
    if takes is Taken.NET:
        return net if net is not None else amount - (tax or ZERO)
    return tax if tax is not None else amount - (net if net is not None else amount)


def tax_rate(net: Decimal | None, tax: Decimal | None, amount: Decimal, rates: Sequence[TaxRate]) -> TaxRate | None:
    """Which rate explains a tax: the nearest within a quarter of a percent of the net and a hundredth; else the one without a rate."""
    if not tax:
        return None
    base = net if net is not None else amount - tax
    off = {r.code: abs(tax - base * r.rate / 100) for r in rates if r.rate is not None}
    near = [r for r in rates if r.rate is not None and off[r.code] <= base * Decimal("0.0025") + Decimal("0.01")]
    if near:
        return min(near, key=lambda r: off[r.code])
    return next((r for r in rates if r.rate is None), None)


def check_tax(tax: TaxRate) -> list[Refusal]:
    """Every reason why a tax cannot be kept."""
    found = []
    if not TAX.fullmatch(tax.code):
        found.append(refuse(BAD_TAX, "{code!r} is no code of a tax", code=tax.code, field="code"))
    if not 1 <= len(tax.label.strip()) <= 100:
        found.append(refuse(BAD_TAX, "the tax has no label, or a very long one", field="label"))
    if tax.rate is not None and (not 0 <= tax.rate <= 100 or tax.rate != round(tax.rate, 3)):
        found.append(
            refuse(
                BAD_TAX, "{rate} is no rate in percent with at most three decimals", rate=str(tax.rate), field="rate"
            )
        )
    if tax.account is not None and not GENERAL_ACCOUNT.fullmatch(tax.account):
        found.append(refuse(BAD_TAX, "{account!r} is no general account", account=tax.account, field="account"))
    return found


def check_journal(journal: Journal) -> list[Refusal]:
    """Every reason why a journal cannot be kept."""
    found = []
    if not JOURNAL.fullmatch(journal.code):
        found.append(refuse(BAD_JOURNAL, "{code!r} is no code of a journal", code=journal.code, field="code"))
    if not 1 <= len(journal.label.strip()) <= 100:
        found.append(refuse(BAD_JOURNAL, "the journal has no label, or a very long one", field="label"))
    return found


def _account(line: SchemeLine, kind: OperationType, rate: TaxRate | None) -> str | None:
    if line.account is AccountSource.TAX:
        return rate.account if rate else None
    accounts = {
        AccountSource.TYPE: kind.account,
        AccountSource.CONTRA: kind.contra_account,
        AccountSource.SECOND_CONTRA: kind.second_contra_account,
        AccountSource.FIXED: line.fixed_account,
    }
    return accounts[line.account]


def label_of(line: SchemeLine, facts: Facts) -> str:
    """The label of an entry: by the line's template, or the type and the reference."""
    if line.label is None:
        return " ".join(part for part in (facts.kind.label, facts.reference) if part is not None)
    label = line.label
    values = (
        facts.kind.label, str(facts.number), facts.reference, facts.description, facts.account_code, facts.customer_name,
    )  # fmt: skip
    for name, value in zip(NAMES, values, strict=True):
        label = label.replace(f"{{{name}}}", value or "")
    return label[:1000]
