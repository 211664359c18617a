"""What an unbilled item may be, the tax in it, and which period it falls into. Pure: no database, no clock.

Source: product §0 Unbilled items, §6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from solde.kernel.dates import check_not_ahead
from solde.kernel.money import EXACT, SCALE, ZERO, check_positive, check_scale, plain, round_to
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say

from .model import ItemKind, ItemRow, NewItem, Period, Service, Split, UnbilledItem

UNKNOWN_SERVICE = declare("unknown_service", Kind.INVALID, "Use the code of a service of GET /api/v1/services.")
NO_SUCH_SERVICE = declare("no_such_service", Kind.NOT_FOUND, "Use the code of a service of GET /api/v1/services.")
SERVICE_INACTIVE = declare(
    "service_inactive", Kind.CONFLICT, "Choose an active service, or activate it in the settings."
)
NO_REAL_SERVICE = declare(
    "no_real_service", Kind.INVALID, "Charges and credits name a real service; Credits/Promotions is for promotions."
)
ITEM_ACCOUNT_CLOSED = declare("unbilled_account_closed", Kind.CONFLICT, "A closed account takes no charges or credits.")
UNKNOWN_ITEM = declare("unknown_unbilled_item", Kind.NOT_FOUND, "Use a number of GET …/unbilled-items.")
ALREADY_CORRECTED = declare(
    "unbilled_item_corrected", Kind.CONFLICT, "It was taken back before; nothing is left to do."
)
NOT_CORRECTABLE = declare("unbilled_item_is_correction", Kind.CONFLICT, "Make a new charge or credit instead.")
ALREADY_BILLED = declare("unbilled_item_billed", Kind.CONFLICT, "An invoice holds it already; look at billed_by.")
COMMENT_UNFIT = declare("comment_unfit", Kind.INVALID, "Use at most 500 printable characters.")
BAD_SERVICE_CODE = declare(
    "bad_service_code", Kind.INVALID, "Use capital letters, digits and _, beginning with a letter: MOBILE_DATA."
)
SERVICE_EXISTS = declare("service_exists", Kind.CONFLICT, "Choose another code, or edit the service there is.")
SERVICE_LABEL_UNFIT = declare("service_label_unfit", Kind.INVALID, "Give a label of 1 to 80 printable characters.")
TAX_RATE_UNFIT = declare("tax_rate_unfit", Kind.INVALID, "Give a percentage from 0 to 100 with at most three decimals.")

PROMOTIONS = "PROMO"
"""The service that stands for no service."""
COMMENT_MOST = 500
LABEL_MOST = 80
_MONTHS = {"MONTHLY": 1, "QUARTERLY": 3, "HALFYEARLY": 6, "YEARLY": 12}
"""By the code of a billing cycle; every other cycle, and none, bills every month."""


def split_gross(gross: Decimal, tax_rate: Decimal) -> Split:
    """The net amount and the tax in a gross amount, both with six decimals; together exactly the amount.

    Units: `tax_rate` in percent of the net amount.
    """
    net = round_to(EXACT.divide(gross * 100, 100 + tax_rate), SCALE)
    return Split(net, gross - net)


def open_period(cycle: str | None, on: date) -> Period:
    """The billing period that a day falls into, by calendar months."""
    months = _MONTHS.get(cycle or "", 1)
    first = date(on.year, (on.month - 1) // months * months + 1, 1)
    following = first.month + months
    after = date(first.year + 1, 1, 1) if following > 12 else date(first.year, following, 1)
    return Period(first, after - timedelta(days=1))


def check_item(new: NewItem, services: Mapping[str, Service], state: str, today: date) -> list[Refusal]:
    """Every reason why an item cannot be made on an account of this state."""
    found = [_check_service(new, services)]
    if (bad := check_positive(new.gross)) is not None:
        found.append(bad.at(field="amount"))
    if state == "CLOSED":
        found.append(refuse(ITEM_ACCOUNT_CLOSED, "the account is closed", field="account"))
    found += [
        check_not_ahead(new.occurred_on, today),
        check_comment(new.description, "visible"),
        check_comment(new.internal_comment, "internal"),
    ]
    return [bad for bad in found if bad is not None]


def _check_service(new: NewItem, services: Mapping[str, Service]) -> Refusal | None:
    service = services.get(new.service)
    if service is None:
        return refuse(UNKNOWN_SERVICE, "there is no service {service!r}", service=new.service, field="service")
    if not service.active:
        return refuse(SERVICE_INACTIVE, "the service {code} is not active", code=service.code, field="service")
    if not service.is_service and new.kind is not ItemKind.PROMOTION:
        return refuse(NO_REAL_SERVICE, "{label} is no service", label=service.label, field="service")
    return None


def check_comment(text: str | None, field: str) -> Refusal | None:
    """Why a comment cannot be kept, if so; line breaks are allowed."""
    if text is None or (len(text) <= COMMENT_MOST and all(c.isprintable() or c in "\r\n\t" for c in text)):
        return None
    return refuse(COMMENT_UNFIT, "the comment is too long, or has characters that do not print", field=field)


def row_of(new: NewItem, number: int, service: Service, cycle: str | None) -> ItemRow:
    """A checked item as it is written."""
    split = split_gross(new.gross * new.kind.sign, service.tax_rate)
    return ItemRow(
        new.account_id, number, new.kind, service.service_id, service.tax_rate, split,
        open_period(cycle, new.occurred_on), new.occurred_on, new.description, new.internal_comment,
    )  # fmt: skip


def opposite(
    item: UnbilledItem, service: Service, number: int, today: date, cycle: str | None, comment: str | None
) -> ItemRow | Refusal:
    """What takes an item back: the same with the other sign, of today."""
    if item.corrects is not None:
        said = say(
            "item {item_number} takes back item {corrects}", item_number=item.item_number, corrects=item.corrects
        )
        return refuse(NOT_CORRECTABLE, said)
    if item.corrected_by is not None:
        said = say(
            "item {corrected_by} took item {item_number} back",
            corrected_by=item.corrected_by,
            item_number=item.item_number,
        )
        return refuse(ALREADY_CORRECTED, said)
    return ItemRow(
        item.account_id, number, item.kind, service.service_id, item.tax_rate, Split(-item.net, -item.tax),
        open_period(cycle, today), today, f"Takes back item {item.item_number}", comment, item.item_number,
    )  # fmt: skip


def check_service(code: str, label: str, tax_rate: Decimal) -> list[Refusal]:
    """Every reason why a service cannot be kept so."""
    found = []
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,29}", code):
        found.append(refuse(BAD_SERVICE_CODE, "{code!r} is no code of a service", code=code, field="code"))
    if not 0 < len(label.strip()) <= LABEL_MOST or not label.isprintable():
        found.append(refuse(SERVICE_LABEL_UNFIT, "{label!r} is no label", label=label[:LABEL_MOST], field="label"))
    if (bad := _check_rate(tax_rate)) is not None:
        found.append(bad)
    return found


def _check_rate(rate: Decimal) -> Refusal | None:
    if check_scale(rate) is None and ZERO <= rate <= 100 and rate == round_to(rate, 3):
        return None
    said = plain(rate) if rate.is_finite() else str(rate)
    return refuse(TAX_RATE_UNFIT, "{said} % is no tax rate", said=said, field="tax_rate")
