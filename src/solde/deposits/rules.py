"""What may become of a security deposit. Pure: no database, no clock.

Source: product §5 Deposit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Protocol

from solde.kernel.dates import add_months
from solde.kernel.money import EXACT, check_positive, exponent, minor_unit
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Amount, Label, either, say
from solde.operations.model import OpenItem, Side
from solde.payments.rules import check_settled

from .model import Deposit, DepositSettings, DepositState, Template, TemplateState, ValidityUnit

NO_DEPOSIT = declare("unknown_deposit", Kind.NOT_FOUND, "List deposits by GET /api/v1/security-deposits.")
NO_TEMPLATE = declare("unknown_deposit_template", Kind.NOT_FOUND, "List them by GET /api/v1/deposit-templates.")
TEMPLATE_IDLE = declare(
    "deposit_template_not_active", Kind.CONFLICT, "Activate the template, or choose one that is active."
)
CURRENCY = declare("deposit_currency_differs", Kind.INVALID, "Choose a template in the account's currency.")
TOO_FINE = declare("deposit_amount_too_fine", Kind.INVALID, "Give no more decimals than the currency has.")
TOO_SMALL = declare("deposit_below_template", Kind.INVALID, "Ask at least what the template asks.")
TOO_LARGE = declare("deposit_above_template", Kind.INVALID, "Ask at most what the template allows.")
OVER_LIMIT = declare("deposit_above_limit", Kind.CONFLICT, "Ask less, or raise the limit in the settings.")
OVER_CUSTOMER = declare(
    "deposit_above_customer_limit", Kind.CONFLICT, "Ask less, or give back a deposit of the customer first."
)
NAME_TAKEN = declare("deposit_name_taken", Kind.CONFLICT, "Choose a name no deposit of the account has.")
NAME_UNFIT = declare("deposit_name_unfit", Kind.INVALID, "Use 1 to 100 printable characters.")
ENDS_BEFORE = declare("deposit_validity_past", Kind.INVALID, "Let it end on a day after it begins.")
BAD_STATE = declare("deposit_state_forbids", Kind.CONFLICT, "See in its history how far the deposit is.")
EXPIRED = declare("deposit_expired", Kind.CONFLICT, "Give back what is held, and ask for a new deposit.")
OVER_HELD = declare("deposit_over_held", Kind.CONFLICT, "Use at most what is held.")
NOTHING_TO_PAY = declare("deposit_nothing_to_pay", Kind.CONFLICT, "Choose a debit with more to pay.")
NOT_PAYABLE = declare("deposit_pays_apart", Kind.CONFLICT, "Choose a debit that counts in the default balance.")
NO_FUNDING = declare("deposit_funding_unknown", Kind.NOT_FOUND, "Name the payment as the deposit's history shows it.")
FUNDING_USED = declare(
    "deposit_funding_used",
    Kind.CONFLICT,
    "Take back first what the deposit paid or gave back, or bill what the bank took back.",
)
AUTO_OFF = declare(
    "deposit_auto_refund_off", Kind.CONFLICT, "Switch the automatic refund on in the settings of security deposits."
)

ENDED = (DepositState.REFUNDED, DepositState.AUTO_REFUND, DepositState.CANCELED)


class Event(StrEnum):
    """What happens to a deposit, as far as its state depends on it."""

    FUND_PART = "fund_part"
    FUND_ALL = "fund_all"
    FUND_REST = "fund_rest"
    PAY = "pay"
    REFUND_PART = "refund_part"
    REFUND_ALL = "refund_all"
    EXPIRE = "expire"
    CANCEL = "cancel"
    REJECT_PART = "reject_part"
    REJECT_ALL = "reject_all"


_S, _E = DepositState, Event
_HELD: Mapping[Event, DepositState] = {
    _E.PAY: _S.UNLOCKED,
    _E.REFUND_PART: _S.UNLOCKED,
    _E.REFUND_ALL: _S.REFUNDED,
    _E.EXPIRE: _S.AUTO_REFUND,
    _E.REJECT_PART: _S.HOLD,
    _E.REJECT_ALL: _S.VALIDATED,
}
_ASKED: Mapping[Event, DepositState] = {
    _E.FUND_PART: _S.HOLD,
    _E.FUND_ALL: _S.LOCKED,
    _E.FUND_REST: _S.UNLOCKED,
}
TABLE: Mapping[DepositState, Mapping[Event, DepositState]] = {
    _S.VALIDATED: {**_ASKED, _E.CANCEL: _S.CANCELED},
    _S.HOLD: {**_ASKED, **_HELD},
    _S.LOCKED: _HELD,
    _S.UNLOCKED: _HELD,
    _S.REFUNDED: {},
    _S.AUTO_REFUND: {},
    _S.CANCELED: {},
}
"""What each state becomes by each event; what is absent is refused.

FUND_REST completes a deposit of which something was used before: it is UNLOCKED again, not LOCKED.
"""

_WORDS: Mapping[Event, str] = {
    _E.FUND_PART: "funded",
    _E.FUND_ALL: "funded",
    _E.FUND_REST: "funded",
    _E.PAY: "used to pay",
    _E.REFUND_PART: "refunded",
    _E.REFUND_ALL: "refunded",
    _E.EXPIRE: "refunded",
    _E.CANCEL: "cancelled",
    _E.REJECT_PART: "taken back by the bank",
    _E.REJECT_ALL: "taken back by the bank",
}


def next_state(state: DepositState, event: Event) -> DepositState | None:
    """The state after an event; None where it cannot happen."""
    return TABLE[state].get(event)


def possible(deposit: Deposit) -> frozenset[str]:
    """What can be done with a deposit as it is: fund, pay, refund, cancel."""
    events = {"fund": Event.FUND_PART, "pay": Event.PAY, "refund": Event.REFUND_PART, "cancel": Event.CANCEL}
    found = {name for name, event in events.items() if next_state(deposit.state, event) is not None}
    return frozenset(found if deposit.balance > 0 else found - {"pay", "refund"})


def check_event(deposit: Deposit, event: Event) -> Refusal | None:
    """Can this happen to the deposit as it is?"""
    if next_state(deposit.state, event) is not None:
        return None
    before = [state for state in DepositState if event in TABLE[state]]
    said = say(
        "deposit {number} is {state} and cannot be {done}; that is possible while it is {before}",
        number=deposit.number,
        state=Label(deposit.state),
        done=Label(_WORDS[event]),
        before=either([Label(one) for one in before]),
    )
    return refuse(BAD_STATE, said)


def funding_event(deposit: Deposit, amount: Decimal) -> Event:
    """What a funding of this much is: a part, all, or the rest of a deposit used before."""
    if amount < deposit.asked:
        return Event.FUND_PART
    return Event.FUND_ALL if deposit.balance + amount == deposit.expected else Event.FUND_REST


def valid_until(template: Template, begin: date) -> date | None:
    """The last day of a deposit that begins on a day: 1 MONTHS from 31 January ends on the last of February."""
    if template.validity is None or template.validity_unit is None:
        return None
    count, unit = template.validity, template.validity_unit
    try:
        if unit in (ValidityUnit.DAYS, ValidityUnit.WEEKS):
            return begin + timedelta(days=count * (7 if unit is ValidityUnit.WEEKS else 1))
        return add_months(begin, count * (12 if unit is ValidityUnit.YEARS else 1))
    except (OverflowError, ValueError):
        return date.max


def check_amount(amount: Decimal, currency: str, field: str = "amount") -> Refusal | None:
    """Is it above zero, and no finer than the currency?"""
    if (bad := check_positive(amount)) is not None:
        return bad.at(field=field)
    if amount % minor_unit(currency) != 0:
        said = say(
            "{amount} is finer than {currency}, which has {places} decimals",
            amount=amount,
            currency=currency,
            places=exponent(currency),
        )
        return refuse(TOO_FINE, said, field=field)
    return None


def floor_to(amount: Decimal, currency: str) -> Decimal:
    """As much of an amount as the currency can show."""
    return amount.quantize(minor_unit(currency), ROUND_FLOOR, EXACT)


class RequestedDeposit(Protocol):
    """A deposit as it is asked for."""

    @property
    def template_code(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def name(self) -> str | None: ...
    @property
    def valid_until(self) -> date | None: ...


def check_request(
    request: RequestedDeposit,
    template: Template | None,
    currency: str,
    settings: DepositSettings,
    customer_sum: Decimal,
    day: date,
) -> list[Refusal]:
    """Every reason why such a deposit cannot be asked for.

    Units: `customer_sum` what the customer's standing deposits ask for together, in this currency.
    Refuses: unknown_deposit_template, deposit_template_not_active, deposit_currency_differs; then an unfit amount,
    deposit_below_template, deposit_above_template, deposit_above_limit, deposit_above_customer_limit,
    deposit_validity_past, deposit_name_unfit.
    """
    if template is None:
        said = say("there is no template {template_code!r}", template_code=request.template_code)
        return [refuse(NO_TEMPLATE, said, field="template")]
    if template.state is not TemplateState.ACTIVE:
        said = say("the template {code} is {state}", code=template.code, state=template.state)
        return [refuse(TEMPLATE_IDLE, said, field="template")]
    if template.currency != currency:
        said = say(
            "the template {code} is in {currency}, the account in {account_currency}",
            code=template.code,
            currency=template.currency,
            account_currency=currency,
        )
        return [refuse(CURRENCY, said, field="template")]
    if (bad := check_amount(request.amount, currency)) is not None:
        return [bad]
    found = [
        _check_template(request.amount, template),
        *_check_limits(request.amount, currency, settings, customer_sum),
        _check_validity(request.valid_until, day),
        _check_name(request.name),
    ]
    return [bad for bad in found if bad is not None]


def _check_template(amount: Decimal, template: Template) -> Refusal | None:
    if template.least is not None and amount < template.least:
        said = say(
            "{amount} is asked; {code} asks at least {least}", amount=amount, code=template.code, least=template.least
        )
        return refuse(TOO_SMALL, said, field="amount")
    if template.most is not None and amount > template.most:
        said = say(
            "{amount} is asked; {code} allows at most {most}", amount=amount, code=template.code, most=template.most
        )
        return refuse(TOO_LARGE, said, field="amount")
    return None


def _check_limits(
    amount: Decimal, currency: str, settings: DepositSettings, customer_sum: Decimal
) -> list[Refusal | None]:
    limit = settings.limits.get(currency)
    if limit is None:
        return []
    found: list[Refusal | None] = []
    if limit.deposit_most is not None and amount > limit.deposit_most:
        said = say(
            "{amount} is asked; a deposit may be at most {deposit_most}",
            amount=amount,
            deposit_most=Amount(limit.deposit_most, currency),
        )
        found.append(refuse(OVER_LIMIT, said, field="amount"))
    if limit.customer_most is not None and customer_sum + amount > limit.customer_most:
        said = say(
            "{amount} is asked; the customer's deposits are {customer_sum} already, and may be at most "
            "{customer_most} together",
            amount=amount,
            customer_sum=Amount(customer_sum, currency),
            customer_most=limit.customer_most,
        )
        found.append(refuse(OVER_CUSTOMER, said, field="amount"))
    return found


def _check_validity(until: date | None, day: date) -> Refusal | None:
    if until is not None and until <= day:
        return refuse(
            ENDS_BEFORE, "it would end on {until}, and begins on {day}", until=until, day=day, field="valid_until"
        )
    return None


def _check_name(name: str | None) -> Refusal | None:
    if name is None or (0 < len(name) <= 100 and name.isprintable() and name.strip() == name):
        return None
    return refuse(NAME_UNFIT, "the name is empty, too long, not printable or ends in spaces", field="name")


def check_held(deposit: Deposit, amount: Decimal) -> Refusal | None:
    """Is so much held?"""
    if amount > deposit.balance:
        said = say(
            "{amount} is asked of deposit {number}; {balance} is held",
            amount=amount,
            number=deposit.number,
            balance=deposit.balance,
        )
        return refuse(OVER_HELD, said, field="amount")
    return None


def is_expired(deposit: Deposit, today: date) -> bool:
    """Is its last day over?"""
    return deposit.valid_until is not None and deposit.valid_until < today


def check_payable(item: OpenItem) -> Refusal | None:
    """Is it a debit of the default balance?"""
    if item.excluded:
        return refuse(
            NOT_PAYABLE, "operation {number} is kept out of the default balance", number=item.number, field="operation"
        )
    return None


def amount_to_pay(
    deposit: Deposit, number: int, item: OpenItem | None, wished: Decimal | None, deposit_type_ids: Collection[int]
) -> Decimal | Refusal:
    """How much of an operation a deposit pays: the wish, or as much as both allow in the currency's decimals.

    Refuses: deposit_state_forbids, deposit_over_held, deposit_pays_apart, deposit_nothing_to_pay, an unfit amount, what
    `check_settled` refuses.
    """
    if (bad := check_event(deposit, Event.PAY) or _check_any_held(deposit)) is not None:
        return bad
    if (bad := check_settled(number, Side.DEBIT, item, wished, deposit_type_ids)) is not None:
        return bad if bad.field is not None else bad.at(field="operation")
    assert item is not None, "checked before"
    if (bad := check_payable(item)) is not None:
        return bad
    if wished is not None:
        return check_amount(wished, deposit.currency) or check_held(deposit, wished) or wished
    amount = floor_to(min(deposit.balance, item.available), deposit.currency)
    if amount == 0:
        said = say(
            "{available} of operation {number} is available, less than can be paid",
            available=item.available,
            number=item.number,
        )
        return refuse(NOTHING_TO_PAY, said, field="operation")
    return amount


def amount_to_give(deposit: Deposit, wished: Decimal | None) -> Decimal | Refusal:
    """How much of a deposit is given back: the wish, or all that is held.

    Refuses: deposit_state_forbids, deposit_over_held, an unfit amount.
    """
    if (bad := check_event(deposit, Event.REFUND_ALL) or _check_any_held(deposit)) is not None:
        return bad
    if wished is None:
        return deposit.balance
    return check_amount(wished, deposit.currency) or check_held(deposit, wished) or wished


def _check_any_held(deposit: Deposit) -> Refusal | None:
    if deposit.balance == 0:
        return refuse(OVER_HELD, "nothing is held of deposit {number}", number=deposit.number)
    return None
