"""What definitions are computed from, as SQL: totals, open items or operations, now or at a past moment.

Each relation has the alias `o` and the columns expressions speak of, and `account_id` and `count`.
A past moment has two clocks: effective on or before `as_of`, recorded by `known_at`.

What was open on a day is read from the items open now and, for those settled since, from `settled_item`: of every
span of life (1, 2-3, 4-7, … days) only the items that began within that span before the day can have been open on
it, so the search follows what was open then, not history. Totals of a day are read from the nearest snapshot and
the operations behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .model import FigureSource


class AccountScope(Enum):
    """Which accounts a reading covers."""

    ONE = "= %(account_id)s"
    MANY = "= any(%(account_ids)s::bigint[])"
    ALL = "is not null"


@dataclass(frozen=True, slots=True)
class RelationQuery:
    """How to read: over which accounts, and whether at a past day or as known at an instant."""

    scope: AccountScope = AccountScope.ONE
    dated: bool = False
    known: bool = False

    @property
    def past(self) -> bool:
        return self.dated or self.known


# The newest operation and match that were recorded by the instant asked for; both run with recorded_at in an account.
_KNOWN = """
known as materialized (
    select s.account_id,
        coalesce((select n.number from operation n where n.account_id = s.account_id and n.recorded_at <= %(known_at)s
            order by n.number desc limit 1), 0) as number,
        coalesce((select g.group_number from match_group g where g.account_id = s.account_id and g.recorded_at <= %(known_at)s
            order by g.group_number desc limit 1), 0) as group_number
    from scope s
)"""

# Items that may have been open on the day. A stepped one is settled by its matches and disputes, a flat one was open whole.
# `offset 0` keeps the planner from turning the search of each span into one long scan.
_CANDIDATE = """
candidate{overdue} as (
    select i.account_id, i.number, i.type_id, i.class, i.side, i.excluded, i.operation_on, i.due_on, i.amount,
        not (i.open = i.amount and i.disputed = 0 and i.not_before = i.operation_on) as stepped
    from open_item i
    where i.account_id {scope} and i.operation_on <= %(as_of)s{due}
    union all
    select x.account_id, x.number, x.type_id, x.class, x.side, x.excluded, x.operation_on, x.due_on, x.amount, not x.flat
    from scope s
    cross join generate_series(0, 17) k (span)
    cross join lateral (
        select * from settled_item t
        where {settled}
        offset 0
    ) x
)"""

_SETTLED = """t.account_id = s.account_id and t.span = k.span and t.closed_on > %(as_of)s
            and t.operation_on <= %(as_of)s and t.operation_on > %(as_of)s - (2 << k.span)"""

# Only what was overdue on the day: found by the days it was late.
_SETTLED_LATE = """t.account_id = s.account_id and t.late_span = k.span and t.closed_on > %(as_of)s
            and t.due_on < %(as_of)s and t.due_on > %(as_of)s - (2 << k.span) and t.operation_on <= %(as_of)s"""

# As known then, items whose last matches were recorded later were open as well, and nothing is taken for granted.
_CANDIDATE_KNOWN = """
touched as (
    select distinct l.account_id, n.number
    from known k
    join match_line l on l.account_id = k.account_id and l.group_number > k.group_number
    cross join lateral (values (l.debit_number), (l.credit_number)) n (number)
),
candidate{overdue} as (
    select o.account_id, o.number, o.type_id, o.class, o.side, o.excluded, o.operation_on, o.due_on, o.amount, true as stepped
    from known k
    cross join lateral (
        select i.number from open_item i where i.account_id = k.account_id
        union
        select t.number from touched t where t.account_id = k.account_id
        union
        select x.number from generate_series(0, 17) g (span) cross join lateral (
            select t.number from settled_item t
            where t.account_id = k.account_id and t.span = g.span and t.closed_on > %(as_of)s
                and t.operation_on <= %(as_of)s and t.operation_on > %(as_of)s - (2 << g.span)
            offset 0
        ) x
    ) c
    join operation o on o.account_id = k.account_id and o.number = c.number
    where o.operation_on <= %(as_of)s and o.number <= k.number{due}
)"""

_MATCHED = """
    select sum(l.amount) as amount
    from match_line l
    join match_group g on g.account_id = l.account_id and g.group_number = l.group_number
    where c.stepped and c.side = {sign} and l.account_id = c.account_id and l.{side}_number = c.number and l.effective_on <= %(as_of)s{known}
        and not exists (
            select from unmatch_line r
            join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
            where r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
                and r.group_number = l.group_number and u.effective_on <= %(as_of)s{known_unmatch}
        )"""

_LIVE = """
live{overdue} as materialized (
    select c.account_id, c.number, c.type_id, c.class, c.side, c.excluded, c.operation_on, c.due_on, c.amount,
        c.amount as open, 0::numeric as disputed, null::text as litigation_reason, 'O' as matching_status
    from candidate{overdue} c
    where not c.stepped
    union all
    select p.*,
        case when p.disputed = p.open then 'I' when p.open < p.amount then 'P' else 'O' end
    from (
        select c.account_id, c.number, c.type_id, c.class, c.side, c.excluded, c.operation_on, c.due_on, c.amount,
            c.amount - coalesce(d.amount, 0) - coalesce(m.amount, 0) as open,
            least(coalesce(e.disputed, 0), c.amount - coalesce(d.amount, 0) - coalesce(m.amount, 0)) as disputed,
            case when e.disputed > 0 then e.reason end as litigation_reason
        from candidate{overdue} c
        left join lateral ({debit}) d on true
        left join lateral ({credit}) m on true
        left join lateral (
            select e.disputed, e.reason from litigation_event e
            where c.stepped and e.account_id = c.account_id and e.number = c.number and e.effective_on <= %(as_of)s{known_event}
            order by e.effective_on desc, e.event_number desc limit 1
        ) e on true
        where c.stepped
    ) p
    where p.open > 0
)"""

# Totals of the day: the nearest snapshot, the operations dated after it, and what was recorded since it was taken.
# The last part is read in the order of its numbers and with their count as its limit, which excludes nothing, so that it is found by them.
_DAY_TOTAL = """
base as (
    select s.account_id,
        coalesce((select b.until_on from balance_snapshot b where b.account_id = s.account_id and b.until_on <= %(as_of)s
            order by b.until_on desc limit 1), date '-infinity') as until_on,
        coalesce((select h.through_number from balance_snapshot_head h where h.account_id = s.account_id), 0) as through_number,
        (select h.last_number from account h where h.account_id = s.account_id) as last_number
        {known_number}
    from scope s{known_join}
),
day_total as (
    select t.account_id, t.type_id, t.excluded, sum(t.amount) as amount, sum(t.count)::bigint as count
    from (
        select b.account_id, n.type_id, n.excluded, n.amount, n.count
        from base b join balance_snapshot n on n.account_id = b.account_id and n.until_on = b.until_on
        union all
        select b.account_id, o.type_id, o.excluded, o.amount, 1
        from base b join operation o on o.account_id = b.account_id
            and o.operation_on > b.until_on and o.operation_on <= %(as_of)s{below_known}
        union all
        select b.account_id, o.type_id, o.excluded, o.amount, 1
        from base b
        cross join lateral (
            select x.number, x.operation_on, x.type_id, x.excluded, x.amount from operation x
            where x.account_id = b.account_id and x.number > b.through_number
            order by x.number limit b.last_number - b.through_number
        ) o
        where o.operation_on <= b.until_on{below_known}
        {known_correction}
    ) t
    group by 1, 2, 3
)"""

_KNOWN_CORRECTION = """
        union all
        select b.account_id, o.type_id, o.excluded, -o.amount, -1
        from base b join operation o on o.account_id = b.account_id
            and o.number > b.known_number and o.number <= b.through_number and o.operation_on <= b.until_on"""


def _scope_cte(scope: AccountScope) -> str:
    texts = {
        AccountScope.ONE: "select %(account_id)s::bigint as account_id",
        AccountScope.MANY: "select unnest(%(account_ids)s::bigint[]) as account_id",
        AccountScope.ALL: "select account_id from account",
    }
    return f"scope as ({texts[scope]})"


def _live(reading: RelationQuery, *, overdue: bool = False) -> list[str]:
    known, name = reading.known, "_overdue" if overdue else ""
    debit, credit = (
        _MATCHED.format(
            side=side,
            sign=sign,
            known=" and g.recorded_at <= %(known_at)s" if known else "",
            known_unmatch=" and u.recorded_at <= %(known_at)s" if known else "",
        )
        for side, sign in (("debit", 1), ("credit", -1))
    )
    live = _LIVE.format(
        overdue=name, debit=debit, credit=credit, known_event=" and e.recorded_at <= %(known_at)s" if known else ""
    )
    due = f" and {'o' if known else 'i'}.due_on < %(as_of)s" if overdue else ""
    if known:
        touched, candidate = _CANDIDATE_KNOWN.strip().split("),\n", 1)
        return [touched + ")", candidate.format(overdue=name, due=due), live]
    settled = _SETTLED_LATE if overdue else _SETTLED
    return [_CANDIDATE.format(overdue=name, scope=reading.scope.value, due=due, settled=settled), live]


def _day_total(reading: RelationQuery) -> str:
    return _DAY_TOTAL.format(
        known_number=", k.number as known_number" if reading.known else "",
        known_join=" join known k on k.account_id = s.account_id" if reading.known else "",
        below_known=" and o.number <= b.known_number" if reading.known else "",
        known_correction=_KNOWN_CORRECTION if reading.known else "",
    )


_TOTAL_COLUMNS = "t.account_id, y.class, y.code, y.side, t.excluded, a0.currency"
_TOTAL_JOINS = "join operation_type y on y.type_id = t.type_id join account a0 on a0.account_id = t.account_id"

_TOTALS_NOW = f"""
    select {_TOTAL_COLUMNS}, t.matching_status, t.amount, t.open, t.disputed, t.count
    from account_total_by_status t {_TOTAL_JOINS}
    where t.account_id {{scope}}"""

_TOTALS_PAST = f"""
    select {_TOTAL_COLUMNS}, t.matching_status, t.amount, t.open, t.disputed, t.count
    from (
        select account_id, type_id, excluded, matching_status, sum(amount) as amount, sum(open) as open,
            sum(disputed) as disputed, count(*) as count
        from live group by 1, 2, 3, 4
        union all
        select d.account_id, d.type_id, d.excluded, 'L', d.amount - coalesce(l.amount, 0), 0, 0, d.count - coalesce(l.count, 0)
        from day_total d
        left join (select account_id, type_id, excluded, sum(amount) as amount, count(*) as count from live group by 1, 2, 3) l
            on l.account_id = d.account_id and l.type_id = d.type_id and l.excluded = d.excluded
    ) t {_TOTAL_JOINS}
    where t.count > 0"""

_TOTALS_PAST_PLAIN = f"""
    select {_TOTAL_COLUMNS}, null::text as matching_status, t.amount, null::numeric as open, null::numeric as disputed, t.count
    from day_total t {_TOTAL_JOINS}"""

# Every item has its type; the left join is left out by the planner where nothing asks for the type's code.
_ITEM_NOW = """
    select i.account_id, i.number, i.class, y.code, i.side, i.excluded, i.operation_on, i.due_on, i.amount, i.open, i.disputed,
        case when i.disputed = i.open then 'I' when i.open < i.amount then 'P' else 'O' end as matching_status,
        i.litigation_reason, 1 as count
    from open_item i left join operation_type y on y.type_id = i.type_id
    where i.account_id {scope}"""

_ITEM_PAST = """
    select i.account_id, i.number, i.class, y.code, i.side, i.excluded, i.operation_on, i.due_on, i.amount, i.open, i.disputed,
        i.matching_status, i.litigation_reason, 1 as count
    from live{overdue} i join operation_type y on y.type_id = i.type_id"""

# How far accounting is with an operation is told as it is today, whatever the day; the planner leaves both tables out where nothing asks.
_OPERATION_NOW = """
    select n.*, 1 as count from operation_now n where n.account_id {scope}"""

_OPERATION_PAST = """
    select n.account_id, n.number, n.class, y.code, y.label, n.side, n.currency, n.amount, n.net, n.tax, n.operation_on, n.due_on,
        n.collected_on, n.recorded_at, n.excluded, n.billing_account_id, n.reference, n.description, n.order_number,
        n.payment_method, n.source, n.comment, n.action_id, coalesce(l.open, 0) as open, coalesce(l.disputed, 0) as disputed,
        coalesce(l.matching_status, 'L') as matching_status, l.litigation_reason, 1 as count,
        case when x.status is not null then x.status when n.number <= m.through_number then 'EXPORTED' else 'POSTED' end as posting_status,
        case when x.status is null then accounting_day(n.class, n.operation_on, n.due_on, n.collected_on) else x.accounting_on end as accounting_on
    from scope s
    {known_join}join operation n on n.account_id = s.account_id and n.operation_on <= %(as_of)s{below_known}
    join operation_type y on y.type_id = n.type_id
    left join accounting_mark m on m.account_id = n.account_id
    left join posting_exception x on x.account_id = n.account_id and x.number = n.number
    left join live l on l.account_id = n.account_id and l.number = n.number"""


_UNBILLED_NOW = """
    select u.account_id, u.debit, u.credit, u.count from unbilled_total u where u.account_id {scope} and u.count > 0"""

# What was unbilled then: items still unbilled, and those of operations dated or recorded since.
_UNBILLED_PAST = """
    select i.account_id, coalesce(sum(i.gross) filter (where i.gross > 0), 0) as debit,
        coalesce(-sum(i.gross) filter (where i.gross < 0), 0) as credit, count(*) as count
    from (
        select s.account_id, n.gross, n.occurred_on, n.recorded_at
        from scope s join unbilled_item n on n.account_id = s.account_id and n.billed_by is null
        union all
        select s.account_id, n.gross, n.occurred_on, n.recorded_at
        from scope s
        join operation o on o.account_id = s.account_id and (o.operation_on > %(as_of)s{or_known})
        join unbilled_item n on n.account_id = o.account_id and n.billed_by = o.number
    ) i
    where i.occurred_on <= %(as_of)s{known}
    group by i.account_id"""


def unbilled(reading: RelationQuery) -> str:
    """What unbilled items come to, gross: a row an account that has any, with debit, credit and count.

    Of a past moment it needs the accounts in scope, which the tables of `relation` bring.
    """
    if not reading.past:
        return _UNBILLED_NOW.format(scope=reading.scope.value)
    return _UNBILLED_PAST.format(
        known=" and i.recorded_at <= %(known_at)s" if reading.known else "",
        or_known=" or o.recorded_at > %(known_at)s" if reading.known else "",
    )


def relation(
    source: FigureSource, reading: RelationQuery, *, by_status: bool = True, overdue: bool = False
) -> tuple[list[str], str]:
    """The relation of a source at a moment: the common table expressions it needs, in order, and its select.

    `by_status` False: totals are asked for without their matching status, which spares looking for what was open.
    `overdue` True: of open items only those due before the day are asked for.
    """
    if not reading.past:
        return [], _now(source).format(scope=reading.scope.value)
    tables = [_scope_cte(reading.scope), *([_KNOWN] if reading.known else [])]
    match source:
        case FigureSource.TOTALS if not by_status:
            return [*tables, _day_total(reading)], _TOTALS_PAST_PLAIN
        case FigureSource.TOTALS:
            return [*tables, *_live(reading), _day_total(reading)], _TOTALS_PAST
        case FigureSource.OPEN_ITEMS:
            return [*tables, *_live(reading, overdue=overdue)], _ITEM_PAST.format(overdue="_overdue" if overdue else "")
        case FigureSource.OPEN_OPERATIONS | FigureSource.OPERATIONS:
            text = _OPERATION_PAST.format(
                known_join="join known k on k.account_id = s.account_id\n    " if reading.known else "",
                below_known=" and n.number <= k.number" if reading.known else "",
            )
            return [*tables, *_live(reading)], text + (
                "\n    where l.number is not null" if source is FigureSource.OPEN_OPERATIONS else ""
            )


def _now(source: FigureSource) -> str:
    match source:
        case FigureSource.TOTALS:
            return _TOTALS_NOW
        case FigureSource.OPEN_ITEMS:
            return _ITEM_NOW
        case FigureSource.OPEN_OPERATIONS:
            return _OPERATION_NOW + " and n.open > 0"
        case FigureSource.OPERATIONS:
            return _OPERATION_NOW
