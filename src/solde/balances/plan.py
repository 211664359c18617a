"""How a definition is answered: from which source, by which SQL; several definitions in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from solde.expressions import Expression, Node, constant, fold, measure_sql, to_sql
from solde.expressions.schema import CURRENT_DATE
from solde.expressions.tree import Compare, Junction, Property

from .model import ChoiceKind, Definition, Draft, FigureSource, TypeChoice
from .relations import AccountScope, RelationQuery, relation, unbilled
from .rules import condition_of, measure_of

_OP = "accountOperation."
_DIMENSIONS = {
    _OP + name
    for name in (
        "type",
        "code",
        "transactionCategory",
        "matchingStatus",
        "excludeFromDefaultBalance",
        "currency",
    )
}
_STATUS = _OP + "matchingStatus"
_POSTING = _OP + "status"
_ITEM_MISSING = {
    _OP + name
    for name in ("reference", "description", "collectionDate", "currency", "paymentMethod", "orderNumber", "status")
}
_NOTHING_OPEN = {_OP + "unMatchingAmount": 0, _OP + "disputedAmount": 0, _OP + "litigationReason": None}
_CLOSED_STATUSES = ("L", "R", "C")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a draft takes, as SQL over the aliases o, a and b, and how much each counts."""

    condition: str
    measure: str
    count: str
    parameters: tuple[tuple[str, object], ...]
    source: FigureSource
    needs_status: bool
    only_overdue: bool
    needs_account: bool
    needs_billing: bool


def source_of(draft: Draft) -> FigureSource:
    """The cheapest source that answers the draft exactly."""
    expression, measure = condition_of(draft.expression), measure_of(draft.measure)
    used = _used(expression, measure)
    over_operations = {name for name in used if name.startswith((_OP, "billingAccount."))}
    if measure is None and over_operations <= _DIMENSIONS:
        return FigureSource.TOTALS
    if draft.measure == "open" or _only_open(expression):
        return open_source_of(draft)
    return FigureSource.OPERATIONS


def open_source_of(draft: Draft) -> FigureSource:
    """The cheapest source of open operations that has every column the draft asks for."""
    used = _used(condition_of(draft.expression), measure_of(draft.measure))
    missing = used & _ITEM_MISSING or any(name.startswith("billingAccount.") for name in used)
    return FigureSource.OPEN_OPERATIONS if missing else FigureSource.OPEN_ITEMS


def uses_posting(draft: Draft) -> bool:
    """Does it ask how far accounting is with an operation? That changes without the account being written."""
    return _POSTING in _used(condition_of(draft.expression), measure_of(draft.measure))


def _used(expression: Expression, measure: Expression | None) -> set[str]:
    return set(expression.properties) | (set(measure.properties) if measure is not None else set())


def _only_open(expression: Expression) -> bool:
    """Does the condition leave out every operation of which nothing is open?"""
    return all(constant(fold(expression, {**_NOTHING_OPEN, _STATUS: status})) is False for status in _CLOSED_STATUSES)


def _demands_overdue(node: Node) -> bool:
    """Does the condition demand, among others joined by `and`, that the due date lies before the current date?"""
    if isinstance(node, Junction) and node.word == "and":
        return any(_demands_overdue(part) for part in node.parts)
    if not isinstance(node, Compare) or not isinstance(node.left, Property) or not isinstance(node.right, Property):
        return False
    return (node.left.path, node.op, node.right.path) in (
        (_OP + "dueDate", "<", CURRENT_DATE),
        (CURRENT_DATE, ">", _OP + "dueDate"),
    )


@lru_cache(maxsize=512)
def choose(draft: Draft, prefix: str) -> Chosen:
    """Compile a draft; `prefix` keeps its parameters apart from those of others."""
    expression, measure = condition_of(draft.expression), measure_of(draft.measure)
    source = source_of(draft)
    debit, debit_types = _side_sql(draft.debit, 1, f"{prefix}d")
    credit, credit_types = _side_sql(draft.credit, -1, f"{prefix}c")
    text, values = to_sql(expression, f"{prefix}e")
    parameters = {**debit_types, **credit_types, **values}
    conditions = [f"({debit} or {credit})"]
    if constant(expression) is not True:
        conditions.append(text)
    if measure is not None:
        amount, more = measure_sql(measure, f"{prefix}m")
        parameters |= more
    elif draft.measure == "open":
        amount = "(o.open - o.disputed)"
        conditions.append("o.matching_status in ('O', 'P')" if source is FigureSource.TOTALS else "o.open > o.disputed")
    else:
        amount = "o.amount"
    used = _used(expression, measure)
    return Chosen(
        condition=" and ".join(conditions),
        measure=amount,
        count="o.count",
        parameters=tuple(parameters.items()),
        source=source,
        needs_status=_STATUS in used or draft.measure == "open",
        only_overdue=source is FigureSource.OPEN_ITEMS and _demands_overdue(expression.tree),
        needs_account=any(name.startswith("customerAccount.") for name in used),
        needs_billing=any(name.startswith("billingAccount.") for name in used),
    )


def _side_sql(choice: TypeChoice, side: int, prefix: str) -> tuple[str, dict[str, object]]:
    here = f"o.side = {side}"
    match choice.kind:
        case ChoiceKind.ALL:
            return here, {}
        case ChoiceKind.NONE:
            return "false", {}
        case ChoiceKind.EXCEPT:
            return f"({here} and o.code <> all(%({prefix})s::text[]))", {prefix: list(choice.types)}
        case ChoiceKind.ONLY:
            return f"({here} and o.code = any(%({prefix})s::text[]))", {prefix: list(choice.types)}


ACCOUNT_JOIN = """
    join (
        select h.account_id, p.code, p.description, h.currency, h.state, p.payment_mode, c.code as customer_code,
            c.category as customer_category
        from account h
        join account_profile p on p.account_id = h.account_id
        join customer c on c.customer_id = p.customer_id
    ) a on a.account_id = o.account_id"""
BILLING_JOIN = """
    left join billing_account b on b.account_id = o.account_id and b.billing_account_id = o.billing_account_id"""


@dataclass(frozen=True, slots=True)
class FigureStatement:
    """One statement that answers several definitions: rows (account, position of the definition, debit, credit, count)."""

    text: bytes
    parameters: tuple[tuple[str, object], ...]
    sources: tuple[FigureSource, ...]


@lru_cache(maxsize=256)
def figure_statement(definitions: tuple[Definition, ...], reading: RelationQuery) -> FigureStatement:
    """Compile definitions into one statement over the accounts of a reading.

    Gives: at most one row an account and definition; none where nothing is taken.
    """
    chosen = [choose(d.draft, f"d{i}") for i, d in enumerate(definitions)]
    tables: list[str] = []
    names: dict[tuple[FigureSource, bool, bool], str] = {}
    for one in chosen:
        if (key := _relation_key(one)) not in names:
            needed, text = relation(key[0], reading, by_status=key[1], overdue=key[2])
            tables += [t for t in needed if t not in tables]
            names[key] = f"source_{len(names)}"
            tables.append(f"{names[key]} as materialized ({text}\n)")
    parts = [_sum_of(i, one, names[_relation_key(one)]) for i, one in enumerate(chosen)]
    if counting := [i for i, d in enumerate(definitions) if d.draft.counts_unbilled]:
        tables.append(f"unbilled as materialized ({unbilled(reading)}\n)")
        for i in counting:
            parts[i] = _with_unbilled(i, parts[i])
    text = ("with " + ",\n".join(t.strip("\n") for t in tables) + "\n" if tables else "") + "\nunion all\n".join(parts)
    parameters = {name: value for one in chosen for name, value in one.parameters}
    return FigureStatement(text.encode(), tuple(parameters.items()), tuple(one.source for one in chosen))


def _relation_key(chosen: Chosen) -> tuple[FigureSource, bool, bool]:
    """Definitions of the same key are answered from the same relation."""
    return chosen.source, chosen.needs_status or chosen.source is not FigureSource.TOTALS, chosen.only_overdue


def _sum_of(position: int, chosen: Chosen, source: str) -> str:
    joins = (ACCOUNT_JOIN if chosen.needs_account else "") + (BILLING_JOIN if chosen.needs_billing else "")
    return f"""select o.account_id, {position} as definition,
        coalesce(sum({chosen.measure}) filter (where o.side = 1), 0) as debit,
        coalesce(sum({chosen.measure}) filter (where o.side = -1), 0) as credit,
        sum({chosen.count})::bigint as count
    from {source} o{joins}
    where {chosen.condition}
    group by o.account_id"""


def _with_unbilled(position: int, text: str) -> str:
    """The sums of a definition with what is unbilled, which counts whatever types and expression it chooses."""
    return f"""select w.account_id, {position} as definition, sum(w.debit) as debit, sum(w.credit) as credit, sum(w.count)::bigint as count
    from (
    {text}
    union all
    select u.account_id, {position}, u.debit, u.credit, u.count from unbilled u
    ) w
    group by w.account_id"""


__all__ = [
    "ACCOUNT_JOIN",
    "BILLING_JOIN",
    "Chosen",
    "FigureStatement",
    "RelationQuery",
    "AccountScope",
    "choose",
    "figure_statement",
    "open_source_of",
    "source_of",
]
