"""Two definitions compared over many accounts, as SQL: their totals, the accounts that move, the operations that cross."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from solde.operations.lists import COLUMNS

from .model import Definition, Draft, FigureSource
from .plan import ACCOUNT_JOIN, BILLING_JOIN, choose, figure_statement
from .relations import RelationQuery, relation


@dataclass(frozen=True, slots=True)
class Comparison:
    """A statement and its parameters."""

    text: bytes
    parameters: tuple[tuple[str, object], ...]


_COMPARED = """with figure as materialized (
{figures}
),
moved as (
    select f.account_id,
        coalesce(sum(f.debit - f.credit) filter (where f.definition = 1), 0) as old,
        coalesce(sum(f.debit - f.credit) filter (where f.definition = 0), 0) as new,
        coalesce(sum(f.count) filter (where f.definition = 1), 0) as old_count,
        coalesce(sum(f.count) filter (where f.definition = 0), 0) as new_count
    from figure f group by f.account_id
),
touched as (
    select account_id, old, new from moved where old <> new or old_count <> new_count
)
select 'total', h.currency, f.definition::bigint, sum(f.debit), sum(f.credit), sum(f.count)::bigint,
    count(*) filter (where f.count > 0)
from figure f join account h on h.account_id = f.account_id
group by h.currency, f.definition
union all
select 'touched', null, null, null, null, count(*), null from touched
union all
(select 'mover', null, account_id, old, new, null, null from touched
order by abs(new - old) desc, account_id limit %(movers)s)"""


@lru_cache(maxsize=128)
def comparison(definitions: tuple[Definition, ...], reading: RelationQuery) -> Comparison:
    """The draft, first, beside the definition it replaces, if any, over the accounts of a reading.

    Gives: rows `total` a currency and definition (debit, credit, operations, accounts with any); one row `touched` with the
    number of accounts whose figures differ; rows `mover` an account (old, new), the largest difference first.
    """
    statement = figure_statement(definitions, reading)
    text = _COMPARED.format(figures=statement.text.decode())
    return Comparison(text.encode(), statement.parameters)


@lru_cache(maxsize=128)
def crossing(draft: Draft, before: Draft | None, reading: RelationQuery) -> Comparison:
    """The newest operations that one of two drafts takes and the other does not, and whether the first takes them."""
    new = choose(draft, "n")
    old = None if before is None else choose(before, "o")
    joins = BILLING_JOIN + (ACCOUNT_JOIN if new.needs_account or (old is not None and old.needs_account) else "")
    old_condition = "false" if old is None else f"({old.condition}) is true"
    tables, source = relation(FigureSource.OPERATIONS, reading)
    head = "with " + ",\n".join(table.strip("\n") for table in tables) + "\n" if tables else ""
    text = (
        f"{head}select {COLUMNS}, ({new.condition}) is true\n"
        f"from ({source}\n) o{joins}\n"
        f"where (({new.condition}) is true) <> ({old_condition})\n"
        "order by o.operation_on desc, o.account_id, o.number desc limit %(most)s"
    )
    return Comparison(text.encode(), (*new.parameters, *(() if old is None else old.parameters)))
