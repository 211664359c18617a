"""The operations of a balance as a list: columns, rows, classes, filters, what an empty list says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from solde.balances.lists import ClassTotal
from solde.balances.posting_counts import PostingCounts
from solde.kernel.money import ZERO, exponent
from solde.kernel.paging import Page
from solde.operations import CLASSES, Operation, Order, Side, Types

from .. import filters, formats
from ..addresses import Address, account_path
from ..grid import Action, Cell, Column, Empty, Grid, Row, heads, pages
from ..i18n import t
from ..store import UNTIED, Ties
from .account_view import KEPT, AccountView
from .actions.catalogue import kinds_of

COLUMNS = (
    Column("date", "Date", kind="date", sort="date", descending_first=True, place="meta", fixed=True),
    Column("type", "Type", fixed=True),
    Column("reference", "Reference", sort="reference", place="lead", fixed=True),
    Column("billing", "Billing account"),
    Column("due", "Due", kind="date", sort="due"),
    Column("debit", "Debit", kind="money", sort="amount", descending_first=True, place="value", fixed=True),
    Column("credit", "Credit", kind="money", sort="amount", descending_first=True, place="value", fixed=True),
    Column("open", "Open", kind="money", sort="open", descending_first=True),
    Column("matching", "Matching", kind="mark"),
    Column("posting", "Posting", kind="mark"),
    Column("litigation", "Litigation", kind="money"),
    Column("accounting", "Accounting day", kind="date", aside=True),
)
KINDS: Mapping[str, str] = {
    code: label
    for one in CLASSES
    for code, label in (
        ((one, CLASSES[one]), (filters.CREDIT_NOTES, "Credit note"))
        if one == filters.INVOICES
        else ((one, CLASSES[one]),)
    )
}
"""The classes in order, with credit notes beside invoices."""
SUMS = (("debit", "Debit", False), ("credit", "Credit", False), ("open", "Open", True))


def class_chips(
    counts: Sequence[ClassTotal], beyond: bool, address: Address, read: filters.FilterReading
) -> list[tuple[str, str, str, bool]]:
    """All, and each kind that occurs, with how many operations it has; more than were looked at are said so."""
    more, known = "+" if beyond else "", _by_kind(counts)
    known = {kind: known.get(kind, 0) for kind in KINDS if known.get(kind) or kind in read.kinds}
    return [
        (t("All"), formats.whole(sum(known.values())) + more, str(address.with_(**{"class": None})), not read.kinds),
        *(
            (
                t(KINDS[kind]),
                formats.whole(count) + more,
                str(address.with_(**{"class": None if read.kinds == (kind,) else kind})),
                kind in read.kinds,
            )
            for kind, count in known.items()
        ),
    ]


def _by_kind(counts: Sequence[ClassTotal]) -> dict[str, int]:
    """How many operations of each kind: credit notes stand apart from invoices."""
    found = {total.class_: total.count for total in counts}
    for total in counts:
        if total.class_ == filters.INVOICES:
            found[filters.CREDIT_NOTES] = total.of_side(Side.CREDIT).count
            found[filters.INVOICES] = total.of_side(Side.DEBIT).count
    return found


def posting_chips(
    counts: PostingCounts, address: Address, read: filters.FilterReading, currency: str
) -> list[tuple[str, str, str, bool, str]]:
    """Each posting status that occurs, with how many operations have it and what they come to; none where there is but one."""
    picked = read.chosen.posting_status or ()
    if counts.totals is None or (len(counts.totals) < 2 and not picked):
        return []
    more = "+" if counts.beyond else ""
    found = {total.status.value: total for total in counts.totals}
    chips = []
    for status, (label, _) in formats.POSTING.items():
        total = found.get(status)
        if total is None and status not in picked:
            continue
        sums = t(
            "debit {debit}, credit {credit}",
            debit=formats.money(total.debit if total else ZERO, currency),
            credit=formats.money(total.credit if total else ZERO, currency),
        )
        href = str(address.with_(posting_status=None if picked == (status,) else status))
        chips.append((t(label), formats.whole(total.count if total else 0) + more, href, status in picked, sums))
    return chips


def filter_form(seen: AccountView, address: Address, read: filters.FilterReading, types: Types) -> dict[str, object]:
    """What the filter form shows."""
    return {
        "action": address.path,
        "hidden": address.hidden(*filters.LABELS),
        "search_hidden": address.hidden("q"),
        "day_hidden": address.hidden("as_of"),
        "count": read.count,
        "values": {name: (read.given.get(name) or [""])[0] for name in filters.LABELS},
        "types": sorted(((k.code, t(k.label)) for k in types.by_code.values()), key=lambda one: one[1].casefold()),
        "sides": _translated(filters.SIDES.items()),
        "matching": _translated((code, label) for code, (label, _) in formats.MATCHING.items()),
        "posting": _translated((code, label) for code, (label, _) in formats.POSTING.items()),
        "billing": [(b.code, b.description or b.code) for b in seen.account.billing_accounts],
        "disputes": _translated(filters.DISPUTES.items()),
    }


def _translated(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(code, t(label)) for code, label in pairs]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of operations, as it was asked for."""

    found: Page[Operation]
    address: Address
    order: Order
    cursor: str | None
    read: filters.FilterReading
    ties: Mapping[int, Ties]
    waiting: Mapping[int, Sequence[str]] = field(default_factory=dict)


def operations_grid(seen: AccountView, listed: Listed, types: Types, actions: Sequence[Action]) -> Grid:
    """The list as drawn."""
    address, order, found = listed.address, listed.order, listed.found
    first, following = pages(address, listed.cursor, found.next)
    deposits = {types.by_id[type_id].code for type_id in types.deposit_ids}
    columns = [replace(column, label=t(column.label)) for column in COLUMNS]
    return Grid(
        name="operations",
        caption=t("Operations of {balance}", balance=t(seen.definition.label)),
        heads=heads(columns, address, order.column, descending=order.descending),
        rows=tuple(
            _row(
                o,
                seen,
                address,
                kinds_of(o, deposits, listed.ties.get(o.number, UNTIED)),
                listed.waiting.get(o.number, ()),
            )
            for o in found.items
        ),
        empty=_empty(seen, address, narrowed=bool(listed.read.count or listed.read.chosen.classes)),
        sums=tuple((key, t(label).lower(), signed) for key, label, signed in SUMS),
        first=first,
        next=following,
        actions=tuple(actions),
        files=_files(seen, address),
    )


def _files(seen: AccountView, address: Address) -> tuple[tuple[str, str], ...]:
    """The same list as a file, of either form."""
    kept, code = address.with_().parameters, seen.account.code
    return tuple(
        (label, str(Address(account_path(code, f"operations.{suffix}"), kept)))
        for label, suffix in ((t("Excel"), "xlsx"), ("CSV", "csv"))
    )


def _row(o: Operation, seen: AccountView, address: Address, kinds: tuple[str, ...], waiting: Sequence[str]) -> Row:
    money, is_debit = formats.money(o.amount, o.currency), o.side is Side.DEBIT
    late = o.class_ == "I" and is_debit and o.available > 0 and o.due_on < seen.moment.current_date
    matching, tone = formats.MATCHING[o.matching_status]
    posting, posting_tone = formats.POSTING[o.posting_status]
    detail = str(Address(account_path(seen.account.code, "operations", str(o.number)), address.only(*KEPT).parameters))
    said = " · ".join(filter(None, (o.reference, o.description)))
    due = formats.day(o.due_on) if is_debit else ""
    disputed = formats.money(o.disputed, o.currency) if o.disputed else ""
    open_signed = o.open if is_debit else -o.open
    return Row(
        key=str(o.number),
        label=f"{t(o.label)} {o.reference or o.number}",
        cells=(
            Cell(formats.day(o.operation_on), "date"),
            Cell(t(o.label), title=f"{o.code} · {t(formats.class_label(o.class_))}"),
            Cell(o.reference or t("No. {n}", n=o.number), "link", href=detail, opens=True, title=said),
            Cell(o.billing_account or "", tone="quiet"),
            Cell(due, "date", "debit" if late else "", title=t("past its due date") if late else ""),
            Cell(money if is_debit else "", "money"),
            Cell("" if is_debit else money, "money", "credit"),
            Cell(formats.money(o.open, o.currency), "money", "strong" if o.open else "quiet"),
            Cell(
                t(matching), "badge", tone, title=", ".join(waiting), marks=(("amber", t("Waits")),) if waiting else (),
            ),
            Cell(t(posting), "dot", posting_tone),
            Cell(disputed, "money", "debit", title=o.litigation_reason or ""),
            Cell(formats.day(o.accounting_on), "date", tone="quiet"),
        ),
        unit=o.currency,
        decimals=exponent(o.currency),
        kinds=kinds,
        sums={
            "debit": formats.micros(o.amount) if is_debit else "0",
            "credit": "0" if is_debit else formats.micros(o.amount),
            "open": formats.micros(open_signed),
        },
    )  # fmt: skip


def _empty(seen: AccountView, address: Address, *, narrowed: bool) -> Empty:
    if narrowed:
        return Empty(
            t("No operation fits these filters"),
            t("Take some of them off to see more."),
            href=str(address.only(*KEPT)),
            action=t("Clear the filters"),
        )
    if seen.moment.as_of is not None:
        return Empty(
            t("Nothing in this balance on {day}", day=seen.moment.as_of),
            t("The account had no operation by then that this balance takes."),
            href=str(address.with_(as_of=None)),
            action=t("Show it as it is now"),
        )
    if not any(b.figures.count for b in seen.balances):
        return Empty(
            t("No operations yet"),
            t(
                "Invoices and payments appear here once they are posted: by billing, an import, by hand, or the HTTP API."
            ),
            commands=("solde import receivables FILE.csv",),
        )
    return Empty(
        t("Nothing in this balance"),
        t(
            "“{balance}” takes no operation of this account. Pick another balance, or see why by “Explain”.",
            balance=t(seen.definition.label),
        ),
    )
