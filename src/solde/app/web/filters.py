"""The filters of a list of operations as a form: read from the address, shown again, said in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from solde.kernel.refusals import Kind, Refusal, declare
from solde.kernel.texts import Text, say
from solde.operations import CLASSES, MatchingStatus, OperationFilter, PostingStatus, Side

from .addresses import Address
from .amounts import read_amount
from .days import read_day, shown
from .formats import MATCHING, POSTING
from .i18n import t
from .texts import written

UNREADABLE = declare("unreadable_filter", Kind.INVALID, "Correct the filter, or take it off.")

TEXT_MOST = 200

INVOICES, CREDIT_NOTES = "I", "CRN"
"""Credit notes are of the class of invoices; people look for them as a kind of their own."""
SIDE_OF: Mapping[tuple[str, ...] | None, Side] = {(INVOICES,): Side.DEBIT, (CREDIT_NOTES,): Side.CREDIT}

SIDES = {"debit": "Debit", "credit": "Credit"}
DISPUTES = {"true": "In litigation", "false": "Not in litigation"}
LABELS = {
    "type": "Type",
    "side": "Side",
    "from": "From",
    "until": "Until",
    "due_from": "Due from",
    "due_before": "Due before",
    "amount_from": "Amount from",
    "amount_until": "Amount up to",
    "matching_status": "Matching",
    "posting_status": "Posting",
    "billing_account": "Billing account",
    "reference": "Reference begins with",
    "q": "Search",
    "in_litigation": "Litigation",
}
"""The parameters, named as in the API, and their labels; `class` has its own row of buttons."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, in words, and the address without it."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class FilterReading:
    """What was read from an address: the filter, the texts as given, what is wrong by field, the kinds of operations picked.

    `by_kind`: the side follows from the kind.
    """

    chosen: OperationFilter
    given: Mapping[str, Sequence[str]]
    wrong: Mapping[str, Text] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    by_kind: bool = False

    @property
    def told(self) -> dict[str, str]:
        """What is wrong, in the reader's language."""
        return {name: written(said) for name, said in self.wrong.items()}

    @property
    def counted(self) -> OperationFilter:
        """The filter without the kind that is picked: what every kind is counted by."""
        return replace(self.chosen, classes=None, side=None) if self.by_kind else self.chosen

    @property
    def count(self) -> int:
        """How many filters are on, without the class."""
        return sum(1 for name in LABELS if self.given.get(name))


def read(given: Mapping[str, Sequence[str]]) -> FilterReading:
    """Read the filters from parameters; what cannot be read is left out and told."""
    wrong: dict[str, Text] = {}

    def one(name: str) -> str | None:
        values = [v.strip()[:TEXT_MOST] for v in given.get(name, ()) if v.strip()]
        return values[0].replace("\0", "") if values else None

    def parsed(name: str, reader: Callable[[str], object]) -> object | None:
        text = one(name)
        value = None if text is None else reader(text)
        if isinstance(value, Refusal):
            wrong[name] = value.text
            return None
        return value

    def among(name: str, known: Sequence[str]) -> tuple[str, ...] | None:
        values = tuple(v for v in given.get(name, ()) if v)
        for value in values:
            if value not in known:
                wrong[name] = say("{value!r} is not one of {known}", value=value, known=", ".join(known))
        return tuple(v for v in values if v in known) or None

    kinds = among("class", [*CLASSES, CREDIT_NOTES])
    side, disputed = among("side", list(SIDES)), among("in_litigation", list(DISPUTES))
    chosen = OperationFilter(
        types=tuple(v for v in given.get("type", ()) if v) or None,
        classes=None
        if kinds is None
        else tuple(dict.fromkeys(INVOICES if one == CREDIT_NOTES else one for one in kinds)),
        side=(Side.DEBIT if side[0] == "debit" else Side.CREDIT) if side else SIDE_OF.get(kinds),
        from_on=_date(parsed("from", read_day)),
        until_on=_date(parsed("until", read_day)),
        due_from=_date(parsed("due_from", read_day)),
        due_before=_date(parsed("due_before", read_day)),
        amount_from=_amount(parsed("amount_from", read_amount)),
        amount_until=_amount(parsed("amount_until", read_amount)),
        matching_status=among("matching_status", [s.value for s in MatchingStatus]),
        posting_status=among("posting_status", [s.value for s in PostingStatus]),
        billing_account=one("billing_account"),
        reference=one("reference"),
        text=one("q"),
        in_litigation=None if disputed is None else disputed[0] == "true",
    )
    return FilterReading(chosen, given, wrong, kinds or (), by_kind=side is None and chosen.side is not None)


def _date(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _amount(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def chips(reading: FilterReading, address: Address, type_labels: Mapping[str, str]) -> list[Chip]:
    """The filters that are on, each with a way to take it off."""
    words: dict[str, Mapping[str, str]] = {
        "type": type_labels,
        "side": SIDES,
        "matching_status": {code: label for code, (label, _) in MATCHING.items()},
        "posting_status": {code: label for code, (label, _) in POSTING.items()},
        "in_litigation": DISPUTES,
    }
    return [
        Chip(
            t("{name}: {value}", name=t(LABELS[name]), value=_word(words.get(name, {}), name, value)),
            str(address.without(name, value)),
        )
        for name, value in address.parameters
        if name in LABELS and name not in reading.wrong
    ]


def _word(words: Mapping[str, str], name: str, value: str) -> str:
    """A value in words; the names of types are data and stay as they are."""
    found = words.get(value, shown(value))
    return found if name == "type" or value not in words else t(found)
