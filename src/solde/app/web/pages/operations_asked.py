"""What the address of the list of all operations asks for: filters, order, what of it cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from solde.customers import Seller
from solde.kernel.money import parse_amount
from solde.kernel.refusals import Refusal, Refused
from solde.operations import MatchingStatus, OperationFilter, PostingStatus, Side, Types
from solde.operations.across import AcrossFilter, parse_across_sort, sorts_of

from .. import formats
from ..addresses import Address
from ..days import read_day, shown
from ..filters import DISPUTES, SIDES, Chip
from ..i18n import t
from ..wording import worded

PLACE = "/operations"
FILTERS: Mapping[str, str] = {
    "date_from": "Date from",
    "date_until": "Date until",
    "due_from": "Due from",
    "due_before": "Due before",
    "type": "Type",
    "side": "Side",
    "amount_from": "Amount from",
    "amount_until": "Amount up to",
    "matching_status": "Matching",
    "posting_status": "Posting",
    "in_litigation": "Litigation",
    "reference_begins": "Reference begins with",
    "account": "Account",
    "seller": "Seller",
}
"""The filters of the list, named as in the API, and their labels."""
SHOWS: Mapping[str, tuple[str, OperationFilter]] = {
    "all": ("All", OperationFilter()),
    "overdue": ("Overdue", OperationFilter()),
    "open": ("Open invoices", OperationFilter(classes=("I",), side=Side.DEBIT, matching_status=("O", "P", "I"))),
    "payments": ("Payments", OperationFilter(classes=("P", "AP"))),
    "unallocated": ("Unallocated payments", OperationFilter(classes=("P", "AP"), matching_status=("O", "P"))),
}
KEPT = ("q", "show", "sort", *FILTERS)
DAYS = ("date_from", "date_until", "due_from", "due_before")
AMOUNTS = ("amount_from", "amount_until")
VALUE_MOST = 200

Options = Mapping[str, list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; `wrong` says by field what of it cannot be read, `sorts` by what the list can be sorted."""

    chosen: AcrossFilter
    show: str
    sort: str | None
    wrong: Mapping[str, str]
    sorts: tuple[str, ...]

    @property
    def narrowed(self) -> bool:
        """Does it ask for some operations only?"""
        return self.chosen != AcrossFilter(seller_id=self.chosen.seller_id)


def read_asked(given: Mapping[str, str], seller_id: int | None, today: date) -> Asked:
    """Read an address; what cannot be read is left out and told."""
    texts = {name: (given.get(name) or "").replace("\0", "").strip()[:VALUE_MOST] or None for name in KEPT}
    wrong: dict[str, str] = {}

    def read(name: str, value: date | Decimal | Refusal) -> Any:
        if isinstance(value, Refusal):
            wrong[name] = worded(value.message)
            return None
        return value

    days = {name: read(name, read_day(text)) for name in DAYS if (text := texts[name]) is not None}
    amounts = {name: read(name, parse_amount(text)) for name in AMOUNTS if (text := texts[name]) is not None}
    show = texts["show"] if texts["show"] in SHOWS else "all"
    assert show is not None, "every list shows something"
    chosen = _chosen(SHOWS[show][1], texts, days, amounts)
    asked = AcrossFilter(
        chosen, seller_id, texts["seller"], texts["account"], begins=texts["reference_begins"], q=texts["q"],
        overdue_on=today if show == "overdue" else None,
    )  # fmt: skip
    try:
        parse_across_sort(texts["sort"], asked)
    except Refused as bad:
        wrong["sort"] = worded(bad.refusals[0].message)
    return Asked(asked, show, None if "sort" in wrong else texts["sort"], wrong, sorts_of(asked))


def _chosen(
    shown: OperationFilter, texts: Mapping[str, str | None], days: Mapping[str, Any], amounts: Mapping[str, Any]
) -> OperationFilter:
    def one(name: str, known: list[str]) -> str | None:
        return texts[name] if texts[name] in known else None

    side, disputed = one("side", list(SIDES)), one("in_litigation", list(DISPUTES))
    matching = one("matching_status", [status.value for status in MatchingStatus])
    posting = one("posting_status", [status.value for status in PostingStatus])
    return replace(
        shown,
        types=None if texts["type"] is None else (texts["type"],),
        side=shown.side if side is None else Side.DEBIT if side == "debit" else Side.CREDIT,
        from_on=days.get("date_from"), until_on=days.get("date_until"),
        due_from=days.get("due_from"), due_before=days.get("due_before"),
        amount_from=amounts.get("amount_from"), amount_until=amounts.get("amount_until"),
        matching_status=shown.matching_status if matching is None else (matching,),
        posting_status=None if posting is None else (posting,),
        in_litigation=None if disputed is None else disputed == "true",
    )  # fmt: skip


def options_of(types: Types, sellers: list[Seller]) -> Options:
    """What each filter offers, in the reader's language."""
    return {
        "type": sorted(
            ((kind.code, t(kind.label)) for kind in types.by_code.values()), key=lambda one: one[1].casefold()
        ),
        "side": [(code, t(label)) for code, label in SIDES.items()],
        "matching_status": [(code, t(label)) for code, (label, _) in formats.MATCHING.items()],
        "posting_status": [(code, t(label)) for code, (label, _) in formats.POSTING.items()],
        "in_litigation": [(code, t(label)) for code, label in DISPUTES.items()],
        "seller": [(one.code, one.name) for one in sellers],
    }


def chips_of(address: Address, asked: Asked, offered: Options) -> list[Chip]:
    """The filters that are on, each with a way to take it off."""
    return [
        Chip(
            t("{name}: {value}", name=t(FILTERS[name]), value=dict(offered.get(name, ())).get(value, shown(value))),
            str(address.without(name, value)),
        )
        for name, value in address.parameters
        if name in FILTERS and name not in asked.wrong
    ]
