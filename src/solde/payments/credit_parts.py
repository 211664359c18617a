"""What of a credit note is net and what is tax. Pure: no database, no clock."""

from __future__ import annotations

from decimal import Decimal

from solde.kernel.money import EXACT, SCALE, ZERO, exponent, round_to
from solde.kernel.refusals import Refusal, refuse
from solde.kernel.texts import Label, say
from solde.operations.rules import TAX_DIFFERS

from .credit_model import CreditRoom, Parts
from .rules import OVER_CREDITED


def wished_amount(amount: Decimal | None, net: Decimal | None, tax: Decimal | None) -> Decimal | None:
    """How much a wish credits: its amount, or its net and tax together; none where it says neither."""
    return net + tax if amount is None and net is not None and tax is not None else amount


def in_proportion(amount: Decimal, whole: Decimal, parts: Parts, currency: str) -> Parts:
    """The net and tax of a part of an amount: the net is rounded as documents are, the tax is the rest.

    An amount finer than the currency is split as finely as it may be kept.
    """
    places = exponent(currency)
    if amount != round_to(amount, places):
        places = SCALE
    net = round_to(EXACT.divide(amount * parts.net, whole), places)
    return Parts(net, amount - net)


def credited_parts(
    number: int, room: CreditRoom, amount: Decimal, net: Decimal | None, tax: Decimal | None, currency: str
) -> Parts | Refusal | None:
    """The net and tax of a credit note over this much of an invoice: as wished, else in the invoice's proportion.

    What credits the last of an invoice takes what is left of its net and tax, so that no cent of tax stays behind.
    Gives: none where the invoice never said them and no wish does.
    Refuses: tax_parts_differ, over_credited.
    Source: billing §3.
    """
    if net is not None or tax is not None:
        return _wished(number, room, amount, net, tax)
    if room.parts is None:
        return None
    left = _left(room.parts, room.credited_parts)
    if amount == room.left and room.given_up == 0:
        return left
    found = in_proportion(amount, room.amount, room.parts, currency)
    if room.parts.net < 0 or room.parts.tax < 0:
        return found
    most, least = min(left.tax, amount), max(amount - left.net, ZERO)
    of_tax = max(min(found.tax, most), least)
    return Parts(amount - of_tax, of_tax)


def _wished(
    number: int, room: CreditRoom, amount: Decimal, net: Decimal | None, tax: Decimal | None
) -> Parts | Refusal:
    of_net = amount - tax if net is None and tax is not None else net
    of_tax = amount - net if tax is None and net is not None else tax
    assert of_net is not None, "one of the two was given"
    assert of_tax is not None, "one of the two was given"
    if of_net + of_tax != amount:
        said = say("net {of_net} and tax {of_tax} do not make {amount}", of_net=of_net, of_tax=of_tax, amount=amount)
        return refuse(TAX_DIFFERS, said, field="tax")
    left = _left(room.parts or Parts(room.amount, ZERO), room.credited_parts)
    for name, part, most in (("net", of_net, left.net), ("tax", of_tax, left.tax)):
        if not min(ZERO, most) <= part <= max(ZERO, most):
            said = say(
                "{name} of {part} is asked; {most} of the {name} of operation {number} is left",
                name=Label(name),
                part=part,
                most=most,
                number=number,
            )
            return refuse(OVER_CREDITED, said, field=name)
    return Parts(of_net, of_tax)


def _left(whole: Parts, credited: Parts) -> Parts:
    return Parts(whole.net - credited.net, whole.tax - credited.tax)
