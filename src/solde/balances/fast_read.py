"""Every balance of some accounts now, in one short statement.

It reads each account's few rows of totals, and that of its unbilled items, as they are, sums the open items that definitions ask for, and says whether
the definitions and types in memory still hold. What definitions are made of stands in its text, so that the plan
kept of it is one for them. Which totals a definition takes is decided once per definition, type,
exclusion and status, and remembered. `plan.figure_statement` answers the same; a test proves them equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from psycopg import sql

from solde.expressions import to_predicate
from solde.kernel.money import ZERO
from solde.operations.model import OperationType, Side

from .model import Definition, Draft, Figures, FigureSource
from .plan import choose
from .relations import AccountScope, RelationQuery, relation
from .rules import condition_of

_TYPE_PROPERTIES = {"type", "code", "transactionCategory", "matchingStatus", "excludeFromDefaultBalance"}
_READABLE = {f"accountOperation.{name}" for name in _TYPE_PROPERTIES}
_ORDINARY = FigureSource.OPEN_ITEMS, FigureSource.TOTALS

_TOTALS = """
select -3 as kind, h.account_id, h.last_number, pg_current_xact_id_if_assigned() is null, h.last_group, h.last_unmatch, h.last_dispute,
    h.xmin::text::bigint, 0, 0, 0, 0, 0, 0, 0, 0, 0
from account h where h.account_id {scope}
union all
select -2, t.account_id, t.type_id::bigint, t.excluded, t.o_amount, t.o_disputed, t.o_count, t.p_amount, t.p_open, t.p_disputed, t.p_count,
    t.i_amount, t.i_open, t.i_disputed, t.i_count, t.l_amount, t.l_count
from account_total t where t.account_id {scope}
union all
select -4, u.account_id, u.count, false, u.debit, u.credit, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
from unbilled_total u where u.account_id {scope} and u.count > 0
union all
select -1, 0, (select sum(d.version * 1000003 + d.definition_id) from balance_definition d)::bigint, false,
    (select max(y.type_id) from operation_type y), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"""

UNBILLED, HEAD, TOTALS, STAMP = -4, -3, -2, -1
"""What a row of the statement is where it is not the sums of a definition, given by its position."""

MANY_ITEMS = 1000
"""From how many open items on their sums are worth keeping."""

Sums = Mapping[int, tuple[Any, ...]]

_STATUSES = ("O", "P", "I", "L")


def _written(text: str, parameters: Sequence[tuple[str, object]]) -> str:
    """SQL with the values of a definition in it as literals; what is asked anew each time stays a parameter."""
    for name, value in parameters:
        text = text.replace(f"%({name})s", sql.Literal(value).as_string(None).replace("%", "%%"))
    return text


def is_quick(draft: Draft) -> bool:
    """May the draft be answered from the totals as they are, or from open items alone?"""
    chosen = choose(draft, "q")
    if chosen.needs_account or chosen.needs_billing or chosen.source not in _ORDINARY:
        return False
    return chosen.source is FigureSource.OPEN_ITEMS or condition_of(draft.expression).properties <= _READABLE


class QuickReading:
    """A set of definitions made ready to be read of any accounts."""

    def __init__(self, definitions: Sequence[Definition], types: Mapping[int, OperationType]):
        self.definitions = tuple(definitions)
        self._types = types
        self.stamp = (sum(d.version * 1000003 + d.definition_id for d in definitions), max(types, default=0))
        self.sources = tuple(choose(d.draft, "q").source for d in self.definitions)
        self.usable = all(is_quick(d.draft) for d in self.definitions)
        self._counting = tuple(i for i, d in enumerate(self.definitions) if d.draft.counts_unbilled)
        self._takes: dict[tuple[int, int, bool], tuple[bool, ...]] = {}
        # A statement for one account alone is planned better than one for any number.
        self.of_one = self._statement(AccountScope.ONE) if self.usable else b""
        self.of_many = self._statement(AccountScope.MANY) if self.usable else b""
        self.totals_of_one = _TOTALS.format(scope=AccountScope.ONE.value).encode()

    def _statement(self, scope: AccountScope) -> bytes:
        parts = [_TOTALS.format(scope=scope.value)]
        tables, source = relation(FigureSource.OPEN_ITEMS, RelationQuery(scope))
        assert not tables, "open items now need no tables before them"
        for position, definition in enumerate(self.definitions):
            if self.sources[position] is not FigureSource.OPEN_ITEMS:
                continue
            chosen = choose(definition.draft, f"q{position}")
            condition, measure = (_written(text, chosen.parameters) for text in (chosen.condition, chosen.measure))
            parts.append(
                f"select {position}, o.account_id, count(*), false, coalesce(sum({measure}) filter (where o.side = 1), 0),"
                f" coalesce(sum({measure}) filter (where o.side = -1), 0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0"
                f" from ({source}) o where {condition} group by o.account_id"
            )
        return "\nunion all\n".join(parts).encode()

    def holds(self, rows: Sequence[tuple[Any, ...]]) -> bool:
        """Were the definitions and types, when the rows were read, those that were made ready?"""
        return any(row[0] == STAMP and (row[2], row[4]) == self.stamp for row in rows)

    def mark(self, rows: Sequence[tuple[Any, ...]], account_id: int) -> tuple[Any, ...] | None:
        """What tells an account's state from every other; none where the transaction may have written to it itself.

        Every change of operations, matches or disputes writes the account's own row.
        """
        heads = [row for row in rows if row[0] == HEAD and row[1] == account_id]
        return (heads[0][2], *heads[0][4:8]) if heads and heads[0][3] else None

    def sums(self, rows: Sequence[tuple[Any, ...]]) -> Sums | None:
        """The rows summed from the open items of one account, where there are so many that they are worth keeping."""
        items = sum(row[6] + row[10] + row[14] for row in rows if row[0] == TOTALS)
        return {row[0]: row for row in rows if row[0] >= 0} if items >= MANY_ITEMS else None

    def figures(self, rows: Sequence[tuple[Any, ...]], account_ids: Sequence[int]) -> dict[int, list[Figures]]:
        """The figures of each definition, by account, from the rows of the statement."""
        by_account: dict[int, list[tuple[Any, ...]]] = {account: [] for account in account_ids}
        for row in rows:
            if row[0] not in (STAMP, HEAD):
                by_account[row[1]].append(row)
        return {account: self._figures_of(found) for account, found in by_account.items()}

    def _figures_of(self, rows: Sequence[tuple[Any, ...]]) -> list[Figures]:
        debit = [ZERO] * len(self.definitions)
        credit = [ZERO] * len(self.definitions)
        count = [0] * len(self.definitions)
        for row in rows:
            if row[0] == TOTALS:
                self._add(row[1:], debit, credit, count)
                continue
            positions = self._counting if row[0] == UNBILLED else (row[0],)
            for position in positions:
                count[position] += int(row[2])
                debit[position] += row[4]
                credit[position] += row[5]
        return [Figures(*found) for found in zip(debit, credit, count, strict=True)]

    def _add(self, row: tuple[Any, ...], debit: list[Decimal], credit: list[Decimal], count: list[int]) -> None:
        kind = self._types[row[1]]
        sums = debit if kind.side is Side.DEBIT else credit
        groups = ((row[3], row[3], row[4], row[5]), row[6:10], row[10:14], (row[14], ZERO, ZERO, row[15]))
        for position, source in enumerate(self.sources):
            if source is not FigureSource.TOTALS:
                continue
            takes = self._taken(position, kind, row[2])
            is_open = self.definitions[position].draft.measure == "open"
            for taken, (amount, still_open, disputed, n) in zip(takes, groups, strict=True):
                if taken and n:
                    sums[position] += still_open - disputed if is_open else amount
                    count[position] += int(n)

    def _taken(self, position: int, kind: OperationType, excluded: bool) -> tuple[bool, ...]:
        """For each matching status: does the definition take operations of this type and exclusion?"""
        key = (position, kind.type_id, excluded)
        if (known := self._takes.get(key)) is None:
            known = self._takes[key] = tuple(
                self._decide(self.definitions[position].draft, kind, excluded, s) for s in _STATUSES
            )
        return known

    @staticmethod
    def _decide(draft: Draft, kind: OperationType, excluded: bool, status: str) -> bool:
        choice = draft.debit if kind.side is Side.DEBIT else draft.credit
        row = {
            "accountOperation.type": kind.class_,
            "accountOperation.code": kind.code,
            "accountOperation.transactionCategory": kind.side.word.upper(),
            "accountOperation.matchingStatus": status,
            "accountOperation.excludeFromDefaultBalance": excluded,
        }
        if draft.measure == "open" and status not in ("O", "P"):
            return False
        return choice.takes(kind.code) and to_predicate(condition_of(draft.expression))(row)
