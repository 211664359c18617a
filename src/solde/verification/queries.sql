-- name: count_all
-- How much there is.
-- grain: one row
select (select count(*) from account), (select count(*) from operation), (select count(*) from match_group),
    (select count(*) from unmatch), (select count(*) from litigation_event), (select count(*) from audit_record),
    (select count(*) from audit_block), (select count(*) from journal_entry);

-- name: check_numbering
-- Operation numbers run from 1 to the account's counter.
-- grain: one row per difference
select a.account_id, 'operations', format('counter %%s', a.last_number), format('%%s operations, last %%s', coalesce(o.count, 0), coalesce(o.last, 0))
from account a
left join (select account_id, count(*) as count, max(number) as last from operation group by account_id) o on o.account_id = a.account_id
where a.last_number <> coalesce(o.count, 0) or a.last_number <> coalesce(o.last, 0)
limit :most;

-- name: check_facts
-- Class, side and currency of operations, and that their account exists.
-- grain: one row per difference
select o.account_id, format('operation %%s', o.number), concat_ws(' ', o.class, o.side, o.currency),
    coalesce(concat_ws(' ', t.class, t.side, a.currency), 'no such account or type')
from operation o
left join operation_type t on t.type_id = o.type_id
left join account a on a.account_id = o.account_id
where t.class is distinct from o.class or t.side is distinct from o.side or a.currency is distinct from o.currency
limit :most;

-- name: check_recorded_order
-- recorded_at runs with the number.
-- grain: one row per difference
select account_id, format('operation %%s', number), recorded_at::text, format('not before %%s', earlier)
from (
    select account_id, number, recorded_at, lag(recorded_at) over (partition by account_id order by number) as earlier from operation
) o
where recorded_at < earlier
limit :most;

-- name: check_open_items
-- Open items against amount, standing matches and the last litigation event.
-- grain: one row per difference
with standing as (
    select l.account_id, n.number, sum(l.amount) as matched
    from match_line l
    left join unmatch_line r
        on r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
        and r.group_number = l.group_number
    cross join lateral (values (l.debit_number), (l.credit_number)) n (number)
    where r.account_id is null
    group by 1, 2
),
reopened as (
    select r.account_id, n.number, max(u.effective_on) as on_day
    from unmatch_line r
    join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
    cross join lateral (values (r.debit_number), (r.credit_number)) n (number)
    group by 1, 2
),
event as (
    select account_id, number, event_number, disputed, effective_on, reason,
        lag(disputed, 1, 0) over (partition by account_id, number order by event_number) as before,
        row_number() over (partition by account_id, number order by event_number desc) as back
    from litigation_event
),
freed as (select account_id, number, max(effective_on) as on_day from event where disputed < before group by 1, 2),
expected as (
    select o.account_id, o.number, o.type_id, o.class, o.side, o.excluded, o.operation_on, o.due_on, o.amount,
        (o.amount - coalesce(s.matched, 0))::numeric(20, 6) as open, coalesce(e.disputed, 0)::numeric(20, 6) as disputed,
        greatest(o.operation_on, r.on_day, f.on_day) as not_before
    from operation o
    left join standing s on s.account_id = o.account_id and s.number = o.number
    left join reopened r on r.account_id = o.account_id and r.number = o.number
    left join event e on e.account_id = o.account_id and e.number = o.number and e.back = 1
    left join freed f on f.account_id = o.account_id and f.number = o.number
),
compared as (
    select coalesce(x.account_id, i.account_id) as account_id, coalesce(x.number, i.number) as number,
        case when i.number is null then 'closed' else concat_ws(' ', i.open, i.disputed, i.not_before, i.type_id, i.class, i.side, i.excluded,
            i.operation_on, i.due_on, i.amount) end as stored,
        case when x.open = 0 then 'closed' else concat_ws(' ', x.open, x.disputed, x.not_before, x.type_id, x.class, x.side, x.excluded,
            x.operation_on, x.due_on, x.amount) end as computed
    from expected x
    full join open_item i on i.account_id = x.account_id and i.side = x.side and i.due_on = x.due_on and i.number = x.number
)
select account_id, format('operation %%s', number), stored, coalesce(computed, 'no such operation')
from compared
where stored is distinct from computed
limit :most;

-- name: check_history
-- Matched and disputed amounts at the end of every day on which something of an operation changed.
-- grain: one row per difference
with step as (
    select l.account_id, n.number, l.effective_on as on_day, l.amount
    from match_line l
    cross join lateral (values (l.debit_number), (l.credit_number)) n (number)
    union all
    select l.account_id, n.number, u.effective_on, -l.amount
    from unmatch_line r
    join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
    join match_line l
        on l.account_id = r.account_id and l.debit_number = r.debit_number and l.credit_number = r.credit_number
        and l.group_number = r.group_number
    cross join lateral (values (l.debit_number), (l.credit_number)) n (number)
),
day as (select account_id, number, on_day, sum(amount) as moved from step group by 1, 2, 3),
running as (
    select account_id, number, on_day, sum(moved) over (partition by account_id, number order by on_day) as matched from day
),
over as (
    select r.account_id, r.number, r.on_day, format('matched %%s', r.matched) as stored, format('amount %%s', o.amount) as computed
    from running r join operation o on o.account_id = r.account_id and o.number = r.number
    where r.matched > o.amount or r.matched < 0
),
-- What is disputed at the end of a day: a litigation may be entered, removed and the invoice paid on one day.
disputed as (
    select distinct on (e.account_id, e.number, e.effective_on) e.account_id, e.number, e.effective_on as on_day, e.disputed,
        o.amount - coalesce((
            select r.matched from running r
            where r.account_id = e.account_id and r.number = e.number and r.on_day <= e.effective_on
            order by r.on_day desc limit 1
        ), 0) as open
    from litigation_event e
    join operation o on o.account_id = e.account_id and o.number = e.number
    order by e.account_id, e.number, e.effective_on, e.event_number desc
)
select account_id, format('operation %%s on %%s', number, on_day), stored, computed from over
union all
select account_id, format('operation %%s on %%s', number, on_day), format('disputed %%s', disputed), format('open %%s', open)
from disputed where disputed > open
limit :most;

-- name: check_disputes
-- The work list of litigation against the last event of each operation, and the day of the last entering.
-- grain: one row per difference
with event as (
    select account_id, number, event_number, disputed, reason_code, reason, owner, review_on,
        max(effective_on) filter (where verb = 'ENTER') over (partition by account_id, number order by event_number) as since_on,
        row_number() over (partition by account_id, number order by event_number desc) as back
    from litigation_event
)
select coalesce(e.account_id, d.account_id), format('operation %%s', coalesce(e.number, d.number)),
    coalesce(concat_ws(' ', d.currency, d.reference, d.due_on, d.amount, d.disputed, d.since_on, d.reason_code, d.reason, d.owner, d.review_on), 'not listed'),
    coalesce(concat_ws(' ', o.currency, o.reference, o.due_on, o.amount, e.disputed, e.since_on, e.reason_code, e.reason, e.owner, e.review_on), 'not disputed')
from (select * from event where back = 1 and disputed > 0) e
join operation o on o.account_id = e.account_id and o.number = e.number
full join open_dispute d on d.account_id = e.account_id and d.number = e.number
where (o.currency, o.reference, o.due_on, o.amount, e.disputed, e.since_on, e.reason_code, e.reason, e.owner, e.review_on)
    is distinct from (d.currency, d.reference, d.due_on, d.amount, d.disputed, d.since_on, d.reason_code, d.reason, d.owner, d.review_on)
limit :most;

-- name: check_credit_notes
-- Each credit note is one, of its amount, against an invoice; those that stand credit no invoice by more than its amount.
-- grain: one row per difference
select c.account_id, format('credit note %%s', c.number), concat_ws(' ', c.amount, i.class, i.side),
    coalesce(concat_ws(' ', o.amount, 'I 1', o.source), 'no such operation')
from credit_note c
left join operation o on o.account_id = c.account_id and o.number = c.number and o.class = 'I' and o.side = -1
left join operation i on i.account_id = c.account_id and i.number = c.invoice_number
where (o.amount, i.class, i.side) is distinct from (c.amount, 'I', 1::smallint)
union all
select c.account_id, format('invoice %%s', c.invoice_number), format('credited %%s', sum(c.amount)), format('amount %%s', i.amount)
from credit_note c
join operation i on i.account_id = c.account_id and i.number = c.invoice_number
left join taken_back t on t.account_id = c.account_id and t.number = c.number
where t.number is null
group by c.account_id, c.invoice_number, i.amount
having sum(c.amount) > i.amount
union all
select o.account_id, format('operation %%s', o.number), 'a credit note', 'named with its invoice'
from operation o
left join credit_note c on c.account_id = o.account_id and c.number = o.number
where o.source = 'credit_note' and o.side = -1 and c.number is null
limit :most;

-- name: check_credited_tax
-- Credit notes that stand take back, in all, no more tax than their invoice has; a tax below zero apart.
-- grain: one row per difference
select c.account_id, format('invoice %%s', c.invoice_number), format('tax credited %%s', sum(coalesce(o.tax, 0))),
    format('tax %%s', coalesce(i.tax, 0))
from credit_note c
join operation o on o.account_id = c.account_id and o.number = c.number
join operation i on i.account_id = c.account_id and i.number = c.invoice_number
left join taken_back t on t.account_id = c.account_id and t.number = c.number
where t.number is null and coalesce(i.tax, 0) >= 0
group by c.account_id, c.invoice_number, i.tax
having sum(coalesce(o.tax, 0)) > coalesce(i.tax, 0)
limit :most;

-- name: check_settled_items
-- Settled items against the last standing match of each closed operation.
-- grain: one row per difference
with standing as (
    select l.account_id, n.number, sum(l.amount) as matched, max(l.effective_on) as last_on, min(l.effective_on) as first_on
    from match_line l
    left join unmatch_line r
        on r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
        and r.group_number = l.group_number
    cross join lateral (values (l.debit_number), (l.credit_number)) n (number)
    where r.account_id is null
    group by 1, 2
),
disturbed as (
    select r.account_id, n.number
    from unmatch_line r
    join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
    cross join lateral (values (r.debit_number), (r.credit_number)) n (number)
    join operation o on o.account_id = r.account_id and o.number = n.number and u.effective_on > o.operation_on
    union
    select e.account_id, e.number
    from litigation_event e
    join operation o on o.account_id = e.account_id and o.number = e.number and e.disputed = 0 and e.effective_on > o.operation_on
),
expected as (
    select o.account_id, o.number, o.operation_on, s.last_on as closed_on, s.first_on < s.last_on or d.number is not null as stepped,
        concat_ws(' ', s.last_on, o.type_id, o.class, o.side, o.excluded, o.due_on, o.amount) as computed
    from operation o
    join standing s on s.account_id = o.account_id and s.number = o.number and s.matched = o.amount
    left join disturbed d on d.account_id = o.account_id and d.number = o.number
    where s.last_on > o.operation_on
)
select coalesce(x.account_id, i.account_id), format('operation %%s', coalesce(x.number, i.number)),
    coalesce(concat_ws(' ', i.closed_on, i.type_id, i.class, i.side, i.excluded, i.due_on, i.amount, i.span, i.flat), 'nothing'),
    coalesce(concat_ws(' ', x.computed, length(ltrim((x.closed_on - x.operation_on)::bit(32)::text, '0')) - 1, not x.stepped), 'nothing')
from expected x
full join settled_item i on i.account_id = x.account_id and i.number = x.number and i.operation_on = x.operation_on
where x.number is null or i.number is null
    or concat_ws(' ', i.closed_on, i.type_id, i.class, i.side, i.excluded, i.due_on, i.amount) <> x.computed
    or i.span <> length(ltrim((x.closed_on - x.operation_on)::bit(32)::text, '0')) - 1
    or (i.flat and x.stepped)
limit :most;

-- name: check_totals
-- Kept totals against the sums of the operations as they stand.
-- grain: one row per difference
with computed as (
    select account_id, type_id, excluded, matching_status, sum(amount) as amount, sum(open) as open, sum(disputed) as disputed, count(*) as count
    from operation_now group by 1, 2, 3, 4
)
select coalesce(c.account_id, s.account_id), format('type %%s, excluded %%s, status %%s', coalesce(c.type_id, s.type_id),
        coalesce(c.excluded, s.excluded), coalesce(c.matching_status, s.matching_status)),
    coalesce(concat_ws(' ', s.amount, s.open, s.disputed, s.count), 'nothing'),
    coalesce(concat_ws(' ', c.amount, c.open, c.disputed, c.count), 'nothing')
from computed c
full join account_total_by_status s
    on s.account_id = c.account_id and s.type_id = c.type_id and s.excluded = c.excluded and s.matching_status = c.matching_status
where (c.amount, c.open, c.disputed, c.count) is distinct from (s.amount, s.open, s.disputed, s.count)
union all
select t.account_id, format('type %%s, excluded %%s', t.type_id, t.excluded), 'amounts of no operation', 'nothing'
from account_total t
where (t.o_count <= 0 and (t.o_count, t.o_amount, t.o_disputed) <> (0, 0, 0))
    or (t.p_count <= 0 and (t.p_count, t.p_amount, t.p_open, t.p_disputed) <> (0, 0, 0, 0))
    or (t.i_count <= 0 and (t.i_count, t.i_amount, t.i_open, t.i_disputed) <> (0, 0, 0, 0))
    or (t.l_count <= 0 and (t.l_count, t.l_amount) <> (0, 0))
limit :most;

-- name: check_matches
-- Each line joins a debit with a credit, effective no earlier than both; each group has lines.
-- grain: one row per difference
select l.account_id, format('match %%s, debit %%s, credit %%s', l.group_number, l.debit_number, l.credit_number),
    format('sides %%s %%s, effective %%s', d.side, c.side, l.effective_on), format('sides 1 -1, from %%s', greatest(d.operation_on, c.operation_on))
from match_line l
left join operation d on d.account_id = l.account_id and d.number = l.debit_number
left join operation c on c.account_id = l.account_id and c.number = l.credit_number
where d.side is distinct from 1 or c.side is distinct from -1 or l.effective_on < d.operation_on or l.effective_on < c.operation_on
union all
select g.account_id, format('match %%s', g.group_number), format('effective %%s', g.effective_on), format('latest line %%s', max(l.effective_on))
from match_group g join match_line l on l.account_id = g.account_id and l.group_number = g.group_number
group by 1, 2, g.effective_on
having g.effective_on <> max(l.effective_on)
union all
select g.account_id, format('match %%s', g.group_number), 'no lines', 'at least one'
from match_group g
where not exists (select from match_line l where l.account_id = g.account_id and l.group_number = g.group_number)
limit :most;

-- name: check_match_numbering
-- Counters of matches, reversals and litigation events.
-- grain: one row per difference
select a.account_id, 'matches, reversals, litigation events', concat_ws(' ', a.last_group, a.last_unmatch, a.last_dispute),
    concat_ws(' ', coalesce(g.count, 0), coalesce(u.count, 0), coalesce(e.count, 0))
from account a
left join (select account_id, count(*) as count, max(group_number) as last from match_group group by 1) g on g.account_id = a.account_id
left join (select account_id, count(*) as count, max(unmatch_number) as last from unmatch group by 1) u on u.account_id = a.account_id
left join (select account_id, count(*) as count, max(event_number) as last from litigation_event group by 1) e on e.account_id = a.account_id
where (a.last_group, a.last_group, a.last_unmatch, a.last_unmatch, a.last_dispute, a.last_dispute)
    <> (coalesce(g.count, 0), coalesce(g.last, 0), coalesce(u.count, 0), coalesce(u.last, 0), coalesce(e.count, 0), coalesce(e.last, 0))
limit :most;

-- name: check_reversals
-- A reversal concerns its own match, has lines, and is no earlier than the match.
-- grain: one row per difference
select u.account_id, format('reversal %%s', u.unmatch_number), format('effective %%s, %%s lines', u.effective_on, count(r.account_id)),
    format('match %%s of %%s', u.group_number, max(l.effective_on))
from unmatch u
left join unmatch_line r on r.account_id = u.account_id and r.unmatch_number = u.unmatch_number
left join match_line l
    on l.account_id = r.account_id and l.debit_number = r.debit_number and l.credit_number = r.credit_number
    and l.group_number = r.group_number
group by u.account_id, u.unmatch_number, u.effective_on, u.group_number
having count(r.account_id) = 0 or u.effective_on < max(l.effective_on) or bool_or(r.group_number <> u.group_number)
limit :most;

-- name: check_roundings
-- A rounding stands matched only with what is wholly closed. One that was taken back is like any other operation.
-- grain: one row per difference
with line as (
    select l.account_id, l.group_number, l.debit_number, l.credit_number, d.source as debit_source, c.source as credit_source
    from operation o
    cross join lateral (
        select m.* from match_line m where m.account_id = o.account_id and m.debit_number = o.number
        union all
        select m.* from match_line m where m.account_id = o.account_id and m.credit_number = o.number
    ) l
    join operation d on d.account_id = l.account_id and d.number = l.debit_number
    join operation c on c.account_id = l.account_id and c.number = l.credit_number
    where o.source = 'rounding'
),
own as (
    select account_id, group_number, debit_number, credit_number,
        case when debit_source = 'rounding' then debit_number else credit_number end as rounding,
        case when debit_source = 'rounding' then credit_number else debit_number end as closed
    from line
    where (debit_source = 'rounding') <> (credit_source = 'rounding')
)
select l.account_id, format('rounding %%s', l.rounding), format('matched with operation %%s, of which %%s is open', l.closed, i.open), 'taken back'
from own l
join open_item i on i.account_id = l.account_id and i.number = l.closed
where not exists (
    select from unmatch_line r
    where r.account_id = l.account_id and r.group_number = l.group_number
        and r.debit_number = l.debit_number and r.credit_number = l.credit_number
) and not exists (
    select from line b
    where b.account_id = l.account_id and b.debit_source = 'rounding' and b.credit_source = 'rounding'
        and l.rounding in (b.debit_number, b.credit_number)
)
limit :most;

-- name: check_balance
-- Matching moves no balance.
-- grain: one row per difference
select account_id, 'balance', sum(t.side * s.amount)::text, sum(t.side * s.open)::text
from account_total_by_status s
join operation_type t on t.type_id = s.type_id
group by account_id
having sum(t.side * s.amount) <> sum(t.side * s.open)
limit :most;

-- name: check_snapshots
-- Snapshots against the operations they know.
-- grain: one row per difference
with known as (
    select o.account_id, o.type_id, o.excluded, o.operation_on, sum(o.amount) as amount, count(*) as count
    from operation o
    join balance_snapshot_head h on h.account_id = o.account_id and o.number <= h.through_number
    group by 1, 2, 3, 4
),
running as (
    select account_id, type_id, excluded, operation_on, sum(amount) over w as amount, (sum(count) over w)::bigint as count,
        lead(operation_on, 1, date 'infinity') over w as next_on
    from known
    window w as (partition by account_id, type_id, excluded order by operation_on)
),
day as (select distinct account_id, until_on from balance_snapshot),
expected as (
    select d.account_id, d.until_on, r.type_id, r.excluded, r.amount, r.count
    from day d
    join running r on r.account_id = d.account_id and r.operation_on <= d.until_on and r.next_on > d.until_on
)
select coalesce(x.account_id, s.account_id), format('until %%s, type %%s', coalesce(x.until_on, s.until_on), coalesce(x.type_id, s.type_id)),
    coalesce(concat_ws(' ', s.amount, s.count), 'nothing'), coalesce(concat_ws(' ', x.amount, x.count), 'nothing')
from expected x
full join balance_snapshot s
    on s.account_id = x.account_id and s.until_on = x.until_on and s.type_id = x.type_id and s.excluded = x.excluded
where (x.amount, x.count) is distinct from (s.amount, s.count)
limit :most;

-- name: check_directory
-- Directory, profile and customer of each account that has any of them.
-- grain: one row per difference
select d.account_id, format('account %%s', d.code), concat_ws(' ', p.code, p.customer_id), concat_ws(' ', d.code, d.customer_id)
from account_directory d
left join account a on a.account_id = d.account_id
left join account_profile p on p.account_id = d.account_id
left join customer c on c.customer_id = d.customer_id
where a.account_id is null or c.customer_id is null or p.code is distinct from d.code or p.customer_id is distinct from d.customer_id
limit :most;

-- name: check_definitions
-- One default balance; heads point to their newest version.
-- grain: one row per difference
select 0::bigint, 'default balance', format('%%s default balances', count(*)), '1' from balance_definition where is_default
having count(*) <> 1
union all
select 0, format('balance %%s', d.code), format('version %%s', d.version), format('version %%s', v.last)
from balance_definition d
join (select definition_id, max(version) as last, count(*) as count from balance_definition_version group by 1) v
    on v.definition_id = d.definition_id
where v.last <> d.version or v.count <> d.version
limit :most;

-- name: check_unbilled
-- Kept totals of unbilled items against the items.
-- grain: one row per difference
with computed as (
    select account_id, max(item_number) as last_item, count(*) as items,
        coalesce(sum(net) filter (where billed_by is null), 0) as net, coalesce(sum(tax) filter (where billed_by is null), 0) as tax,
        coalesce(sum(gross) filter (where billed_by is null and gross > 0), 0) as debit,
        coalesce(-sum(gross) filter (where billed_by is null and gross < 0), 0) as credit,
        count(*) filter (where billed_by is null) as count
    from unbilled_item group by account_id
)
select coalesce(c.account_id, t.account_id), 'unbilled items',
    coalesce(concat_ws(' ', t.last_item, t.net, t.tax, t.debit, t.credit, t.count), 'nothing'),
    coalesce(concat_ws(' ', c.items, c.net, c.tax, c.debit, c.credit, c.count), 'nothing')
from computed c
full join unbilled_total t on t.account_id = c.account_id
where (c.last_item, c.items, c.net, c.tax, c.debit, c.credit, c.count)
    is distinct from (t.last_item, t.last_item, t.net, t.tax, t.debit, t.credit, t.count)
limit :most;

-- name: check_billed
-- Operations that bill items against their gross sum; each line and its tax is rounded to at most a cent.
-- grain: one row per difference
select o.account_id, format('operation %%s', o.number), (o.side * o.amount)::text, sum(i.gross)::text
from unbilled_item i
join operation o on o.account_id = i.account_id and o.number = i.billed_by
group by o.account_id, o.number
having abs(o.side * o.amount - sum(i.gross)) > count(*) * 0.01
limit :most;

-- name: check_corrections
-- Items that take another back against it.
-- grain: one row per difference
select c.account_id, format('item %%s', c.item_number), concat_ws(' ', c.kind, c.service_id, c.tax_rate, c.net, c.tax),
    concat_ws(' ', i.kind, i.service_id, i.tax_rate, -i.net, -i.tax)
from unbilled_item c
join unbilled_item i on i.account_id = c.account_id and i.item_number = c.corrects
where (c.kind, c.service_id, c.tax_rate, c.net, c.tax) is distinct from (i.kind, i.service_id, i.tax_rate, -i.net, -i.tax)
    or i.corrects is not null
limit :most;

-- name: check_adjustments
-- Adjustments against what they made; a card transaction is of the adjustment's kind and amount.
-- grain: one row per difference
select a.account_id, format('adjustment %%s', a.adjustment_number), coalesce(i.gross, o.amount, c.amount)::text,
    (a.amount * case when a.type in ('manual_charge', 'refund') or c.kind is not null then 1 else -1 end)::text
from adjustment a
left join unbilled_item i on i.account_id = a.account_id and i.item_number = a.item_number
left join (
    select m.account_id, m.adjustment_number, sum(p.side * p.amount) as amount
    from adjustment_operation m join operation p on p.account_id = m.account_id and p.number = m.number
    group by 1, 2
) o on o.account_id = a.account_id and o.adjustment_number = a.adjustment_number
left join card_transaction c on c.account_id = a.account_id and c.transaction_number = a.transaction_number
where coalesce(i.gross, o.amount, c.amount)
    is distinct from a.amount * case when a.type in ('manual_charge', 'refund') or c.kind is not null then 1 else -1 end
    or (c.kind is not null and a.type <> case c.kind
        when 'charge' then 'ecommerce_payment' when 'refund' then 'ecommerce_refund' when 'authorize' then 'authorization_only'
        when 'capture' then 'capture_payment' else 'void'
    end)
limit :most;

-- name: check_cards
-- Card transactions whose sums are not those of their steps, chargebacks and operations.
-- grain: one row per difference
with whole as (select * from card_transaction where parent_number is null),
given as (
    select account_id, parent_number as transaction_number,
        coalesce(sum(amount) filter (where state = 'REFUNDED'), 0) as refunded,
        coalesce(sum(amount) filter (where state in ('CREATED', 'PENDING', 'UNKNOWN')), 0) as refunding
    from card_transaction where kind = 'refund' group by 1, 2
),
taken as (
    select account_id, transaction_number, sum(amount) as charged_back from card_chargeback where state <> 'WON' group by 1, 2
)
select w.account_id, format('card transaction %%s', w.transaction_number),
    format('refunded %%s, under way %%s, charged back %%s', w.refunded, w.refunding, w.charged_back),
    format('refunded %%s, under way %%s, charged back %%s', coalesce(g.refunded, 0), coalesce(g.refunding, 0), coalesce(t.charged_back, 0))
from whole w
left join given g on g.account_id = w.account_id and g.transaction_number = w.transaction_number
left join taken t on t.account_id = w.account_id and t.transaction_number = w.transaction_number
where (w.refunded, w.refunding, w.charged_back) is distinct from
    (coalesce(g.refunded, 0), coalesce(g.refunding, 0), coalesce(t.charged_back, 0))
union all
select w.account_id, format('card transaction %%s', w.transaction_number), format('captured %%s', w.captured),
    coalesce(format('operation %%s of %%s', o.number, o.amount), 'no operation')
from whole w
left join operation o on o.account_id = w.account_id and o.number = w.operation_number
where w.captured is distinct from coalesce(o.amount, 0) and (w.captured > 0 or o.number is not null)
union all
select r.account_id, format('card transaction %%s', r.transaction_number), format('refund of %%s', r.amount),
    coalesce(format('operation %%s of %%s', o.number, o.amount), 'no operation')
from card_transaction r
left join operation o on o.account_id = r.account_id and o.number = r.operation_number
where r.kind = 'refund' and r.state = 'REFUNDED' and r.amount is distinct from o.amount
union all
select c.account_id, format('chargeback %%s', c.chargeback_number), format('%%s, %%s', c.amount, c.state),
    coalesce(format('operation %%s of %%s', o.number, o.amount), 'no operation')
from card_chargeback c
left join operation o on o.account_id = c.account_id and o.number = c.rejection_number
where c.amount is distinct from o.amount and (c.state <> 'WON' or c.rejection_number is not null)
limit :most;

-- name: check_card_references
-- Card transactions approved under a reference of the gateway that is not noted as theirs.
-- grain: one row per difference
select t.account_id, format('card transaction %%s', t.transaction_number), coalesce(t.gateway_reference, 'no reference'),
    coalesce(format('noted for %%s/%%s', r.account_id, r.transaction_number), 'not noted')
from card_transaction t
left join card_reference r
    on r.gateway = t.gateway and r.merchant = t.merchant and r.gateway_reference = t.gateway_reference
where t.state in ('AUTHORIZED', 'CAPTURED', 'VOIDED', 'EXPIRED', 'REFUNDED')
    and (r.account_id, r.transaction_number) is distinct from (t.account_id, t.transaction_number)
union all
select r.account_id, format('reference %%s', r.gateway_reference), format('noted for card transaction %%s', r.transaction_number), 'a transaction of that reference'
from card_reference r
left join card_transaction t on t.account_id = r.account_id and t.transaction_number = r.transaction_number
where (t.gateway, t.merchant, t.gateway_reference) is distinct from (r.gateway, r.merchant, r.gateway_reference)
limit :most;

-- name: check_instalment_plans
-- Plans against their instalments, their debits and the operations of their activation.
-- grain: one row per difference
with plan as (
    select p.account_id, p.plan_number, p.amount, p.fee, p.interest, p.state, p.creation_number, p.fee_number, p.interest_number,
        i.amount as instalments, i.strange, d.amount as debits
    from instalment_plan p
    left join lateral (
        select sum(i.amount) as amount,
            count(*) filter (
                where (p.creation_number is null) <> (i.operation_number is null)
                    or (i.operation_number is not null and (t.code, o.amount, o.due_on) is distinct from ('PPL_INSTALLMENT', i.amount, i.due_on))
            ) as strange
        from instalment i
        left join operation o on o.account_id = i.account_id and o.number = i.operation_number
        left join operation_type t on t.type_id = o.type_id
        where i.account_id = p.account_id and i.plan_number = p.plan_number
    ) i on true
    left join lateral (
        select sum(d.amount) as amount from plan_debit d where d.account_id = p.account_id and d.plan_number = p.plan_number
    ) d on true
)
select account_id, format('plan %%s', plan_number), format('%%s in instalments, %%s put off', instalments, debits + fee + interest),
    amount::text
from plan
where instalments is distinct from amount or debits + fee + interest is distinct from amount
union all
select account_id, format('plan %%s', plan_number), format('%%s instalments unlike their operations', strange), '0'
from plan
where strange > 0
union all
select p.account_id, format('plan %%s', p.plan_number), format('operation %%s is %%s of %%s', n.number, t.code, o.amount),
    format('%%s of %%s', n.code, n.amount)
from plan p
cross join lateral (
    values (p.creation_number, 'PPL_CREATION', p.amount), (p.fee_number, 'PPL_FEE', p.fee), (p.interest_number, 'PPL_INT', p.interest)
) n (number, code, amount)
left join operation o on o.account_id = p.account_id and o.number = n.number
left join operation_type t on t.type_id = o.type_id
where n.number is not null and (t.code, o.amount) is distinct from (n.code, n.amount)
limit :most;

-- name: check_nothing_ahead
-- Operations, matches, reversals, litigation, unbilled items and what receipts and deposits did, dated after today: the day of the seller,
-- and without a seller the day that is furthest on anywhere.
-- grain: one row per difference
with furthest as (select (:now::timestamptz at time zone 'Pacific/Kiritimati')::date as today),
today as materialized (
    select d.account_id, (:now::timestamptz at time zone s.time_zone)::date as today
    from account_directory d join seller s on s.seller_id = d.seller_id
),
dated as (
    select account_id, format('operation %%s', number) as place, operation_on as day from operation
    union all
    select account_id, format('match %%s', group_number), effective_on from match_line
    union all
    select account_id, format('reversal %%s', unmatch_number), effective_on from unmatch
    union all
    select account_id, format('litigation event %%s', event_number), effective_on from litigation_event
    union all
    select account_id, format('unbilled item %%s', item_number), occurred_on from unbilled_item
)
select d.account_id, d.place, format('from %%s', d.day), format('today %%s', coalesce(t.today, f.today))
from dated d
cross join furthest f
left join today t on t.account_id = d.account_id
where d.day > f.today - 2 and d.day > coalesce(t.today, f.today)
union all
select 0, format('receipt %%s', r.receipt_id), format('from %%s', greatest(r.received_on, r.returned_on)), 'today'
from unidentified_receipt r
join seller s on s.seller_id = r.seller_id
where greatest(r.received_on, r.returned_on) > (:now::timestamptz at time zone s.time_zone)::date
limit :most;

-- name: check_audit
-- Facts whose action has no audit record.
-- grain: one row per difference
select f.account_id, f.place, format('action %%s', f.action_id), 'an audit record'
from (
    select account_id, format('operation %%s', number) as place, action_id from operation
    union all
    select account_id, format('match %%s', group_number), action_id from match_group
    union all
    select account_id, format('reversal %%s', unmatch_number), action_id from unmatch
    union all
    select account_id, format('litigation event %%s', event_number), action_id from litigation_event
    union all
    select account_id, format('unbilled item %%s', item_number), action_id from unbilled_item
    union all
    select account_id, format('adjustment %%s', adjustment_number), action_id from adjustment
    union all
    select account_id, format('card transaction %%s', transaction_number), action_id from card_transaction
    union all
    select account_id, format('chargeback %%s', chargeback_number), action_id from card_chargeback
    union all
    select account_id, format('card %%s', card_number), action_id from payment_card
    union all
    select account_id, format('piece of operation %%s', number), action_id from journal_piece
) f
where not exists (select from audit_record a where a.action_id = f.action_id)
limit :most;

-- name: check_deposits
-- Deposits against their history, the credits held for them and what is open of their requests.
-- grain: one row per difference
with entry as (
    select account_id, deposit_number, count(*) as count, max(entry_number) as last,
        sum(case kind when 'FUND' then amount when 'REQUEST' then 0 when 'CANCEL' then 0 else -amount end) as balance,
        sum(case kind when 'FUND' then amount when 'FUNDING_REJECTED' then -amount else 0 end) as funded
    from deposit_entry group by 1, 2
),
newest as (
    select distinct on (account_id, deposit_number) account_id, deposit_number, balance_after, state_after
    from deposit_entry order by account_id, deposit_number, entry_number desc
),
part as (
    select p.account_id, p.deposit_number,
        sum(i.open) filter (where p.part = 'HELD') as held,
        sum(i.open) filter (where p.part = 'REQUEST') as asked,
        sum(i.open) filter (where p.part not in ('HELD', 'REQUEST', 'PAYING')) as loose,
        sum(o.amount) filter (where p.part = 'CANCEL') as cancelled,
        sum(o.side * o.amount) filter (where o.excluded or t.deposit) as apart
    from deposit_operation p
    join operation o on o.account_id = p.account_id and o.number = p.number
    join operation_type t on t.type_id = o.type_id
    left join open_item i on i.account_id = o.account_id and i.side = o.side and i.due_on = o.due_on and i.number = o.number
    group by 1, 2
),
line as (
    select d.account_id, format('deposit %%s', d.deposit_number) as place, s.stored, s.computed
    from deposit d
    left join entry e on e.account_id = d.account_id and e.deposit_number = d.deposit_number
    left join newest n on n.account_id = d.account_id and n.deposit_number = d.deposit_number
    left join part p on p.account_id = d.account_id and p.deposit_number = d.deposit_number
    cross join lateral (values
        (format('held %%s', d.balance), format('held %%s', coalesce(e.balance, 0)::numeric(20, 6))),
        (format('held %%s', d.balance), format('held %%s', coalesce(p.held, 0)::numeric(20, 6))),
        (format('%%s %%s', d.state, d.balance), format('%%s %%s', n.state_after, n.balance_after)),
        (format('funded %%s', d.funded), format('funded %%s', coalesce(e.funded, 0)::numeric(20, 6))),
        (format('cancelled %%s', d.cancelled), format('cancelled %%s', coalesce(p.cancelled, 0)::numeric(20, 6))),
        (format('asked %%s', (d.expected - d.funded - d.cancelled)), format('asked %%s', coalesce(p.asked, 0)::numeric(20, 6))),
        ('nothing else is open', case when coalesce(p.loose, 0) = 0 then 'nothing else is open' else format('open %%s', p.loose) end),
        (format('apart %%s', d.expected - d.funded - d.cancelled - d.balance), format('apart %%s', coalesce(p.apart, 0)::numeric(20, 6))),
        (format('entries %%s', d.last_entry), format('entries %%s', coalesce(e.count, 0))),
        (format('last entry %%s', d.last_entry), format('last entry %%s', coalesce(e.last, 0)))
    ) s (stored, computed)
)
select account_id, place, stored, computed from line where stored <> computed
union all
select p.account_id, format('operation %%s', p.number), format('deposit %%s', p.deposit_number), 'no such deposit'
from deposit_operation p
left join deposit d on d.account_id = p.account_id and d.deposit_number = p.deposit_number
where d.account_id is null
limit :most;

-- name: check_periods
-- The periods of a year follow each other from its first day to its last; closed days are those of closed periods.
-- grain: one row per difference
select 0, format('accounting year %%s', y.label), coalesce(string_agg(format('%%s %%s-%%s', p.number, p.starts_on, p.ends_on), ', ' order by p.number), 'no period'),
    format('%%s to %%s without a gap', y.starts_on, y.ends_on)
from accounting_year y
left join (
    select q.*, lag(q.ends_on) over w as before, row_number() over w as place
    from accounting_period q window w as (partition by q.year_id order by q.starts_on)
) p on p.year_id = y.year_id
group by y.year_id, y.label, y.starts_on, y.ends_on
having bool_and(p.starts_on = coalesce(p.before + 1, y.starts_on) and p.number = p.place) is not true or max(p.ends_on) <> y.ends_on
union all
select 0, format('closed days, %%s', case when w.late then 'for all' else 'for regular users' end), coalesce(s.days::text, 'none'),
    coalesce(p.days::text, 'none')
from (values (false), (true)) w (late)
cross join lateral (
    select range_agg(daterange(x.starts_on, x.ends_on, '[]')) as days from closed_span x where x.late = w.late
) s
cross join lateral (
    select range_agg(daterange(q.starts_on, q.ends_on, '[]')) as days
    from accounting_period q where case when w.late then q.all_closed_at else q.regular_closed_at end is not null
) p
where s.days is distinct from p.days
limit :most;

-- name: check_posting
-- Nothing counts in a period that was closed for all before: neither what was posted then, nor what was repaired into it.
-- grain: one row per difference
select o.account_id, format('operation %%s', o.number), format('posted %%s for %%s', o.recorded_at, accounting_day(o.class, o.operation_on, o.due_on, o.collected_on)),
    format('rejected or moved: closed for all since %%s', p.all_closed_at)
from accounting_period p
join operation o on o.recorded_at > p.all_closed_at
    and accounting_day(o.class, o.operation_on, o.due_on, o.collected_on) between p.starts_on and p.ends_on
where not exists (select from posting_exception x where x.account_id = o.account_id and x.number = o.number)
union all
select x.account_id, format('operation %%s', x.number), format('%%s %%s for %%s', x.reason, x.recorded_at, x.accounting_on),
    format('closed for all since %%s', p.all_closed_at)
from accounting_period p
join posting_exception x on x.status = 'POSTED' and x.recorded_at > p.all_closed_at and x.accounting_on between p.starts_on and p.ends_on
where x.reason in ('FORCED', 'RE_DATED', 'REPOSTED')
limit :most;

-- name: check_pieces
-- Each operation that is EXPORTED has its piece, and no other has one; a piece is of its operation and its accounting day.
-- grain: one row per difference
select o.account_id, format('operation %%s', o.number), coalesce(concat_ws(' ', 'piece of', p.accounting_on, p.currency), 'no piece'),
    concat_ws(' ', o.posting_status, o.accounting_on, o.currency)
from operation_now o
left join journal_piece p on p.account_id = o.account_id and p.number = o.number
where (o.posting_status = 'EXPORTED') <> (p.number is not null)
    or (p.number is not null and (p.accounting_on, p.currency) is distinct from (o.accounting_on, o.currency))
limit :most;

-- name: check_entries
-- The entries of each piece: as many, and on each side as much, as it says; debits are credits; the customer's line is the operation.
-- There are none without a piece.
-- grain: one row per difference
with entry as (
    select account_id, number, count(*) as lines, coalesce(sum(amount) filter (where side = 1), 0) as debit,
        coalesce(sum(amount) filter (where side = -1), 0) as credit, sum(side * amount) filter (where customer) as customer,
        min(accounting_on) as first_on, max(accounting_on) as last_on,
        min(currency) as currency, max(currency) as other_currency, min(journal) as journal, max(journal) as other_journal
    from journal_entry
    group by 1, 2
)
select coalesce(p.account_id, e.account_id), format('entries of operation %%s', coalesce(p.number, e.number)),
    coalesce(concat_ws(' ', e.lines, e.debit, e.credit, e.customer, e.first_on, e.last_on, e.currency, e.journal), 'no entries'),
    case when p.number is null then 'no piece'
        else concat_ws(' ', p.lines, p.debit, p.credit, o.side * o.amount, p.accounting_on, p.currency, p.journal) end
from journal_piece p
join operation o on o.account_id = p.account_id and o.number = p.number
full join entry e on e.account_id = p.account_id and e.number = p.number
where p.number is null or (p.lines = 0) <> (e.lines is null)
    or (e.lines is not null and (
        (e.lines, e.debit, e.credit, e.customer, e.first_on, e.last_on, e.currency, e.other_currency, e.journal, e.other_journal)
        is distinct from
        (p.lines, p.debit, p.credit, o.side * o.amount, p.accounting_on, p.accounting_on, p.currency, p.currency, p.journal, p.journal)
        or e.debit <> e.credit
    ))
limit :most;

-- name: check_sequences
-- The pieces of a journal and year are numbered 1, 2, 3, …, and the counter stands at the last.
-- grain: one row per difference
with piece as (
    select seller_id, currency, journal, extract(year from accounting_on)::smallint as year, count(*) as count, count(distinct sequence) as distinct_count,
        max(sequence) as last
    from journal_piece where lines > 0
    group by 1, 2, 3, 4
)
select 0::bigint, format('journal %%s of %%s in %%s', coalesce(p.journal, s.journal), coalesce(p.year, s.year), coalesce(p.currency, s.currency)),
    format('counter %%s', s.last), format('%%s pieces, %%s numbers, last %%s', p.count, p.distinct_count, p.last)
from piece p
full join journal_sequence s on s.seller_id = p.seller_id and s.currency = p.currency and s.journal = p.journal and s.year = p.year
where (s.last, s.last, s.last) is distinct from (p.count, p.distinct_count, p.last)
limit :most;

-- name: check_marks
-- Accounts are taken to accounting up to a number they have.
-- grain: one row per difference
select m.account_id, 'accounting mark', m.through_number::text, format('at most %%s', coalesce(a.last_number, 0))
from accounting_mark m
left join account a on a.account_id = m.account_id
where m.through_number > coalesce(a.last_number, 0)
limit :most;

-- name: last_sealed
-- The last block that was sealed, as it is kept outside the chain.
-- grain: at most one row
select key::bigint, digest from sealed_state where account_id = 0 and part = 'chain' order by key::bigint desc limit 1;

-- name: facts_of
-- The facts that a stretch of actions wrote: of each kind how many, and one digest over those of the accounts.
-- grain: one row per kind of fact
select f.fact, sum(f.count), encode(sha256(string_agg(f.digest, ''::bytea order by f.account_id)), 'hex')
from (
    select r.account_id, r.fact, count(*) as count, sha256(string_agg(r.digest, ''::bytea order by r.digest)) as digest
    from fact_row r
    where r.action_id > case when :after_id::bigint = 0 then -1 else :after_id::bigint end and r.action_id <= :through_id
    group by 1, 2
) f
group by 1
order by 1;

-- name: accounts_of
-- The accounts whose rows a stretch of actions may have changed, 0 for what concerns none; with an account all accounts of its customer.
-- grain: one row per account
with told as materialized (
    select distinct r.account_id from audit_record r where r.action_id > :after_id and r.action_id <= :through_id
),
owner as (
    select d.customer_id from told t join account_directory d on d.account_id = t.account_id
    union
    select c.customer_id from customer c where c.action_id > :after_id and c.action_id <= :through_id
),
wide as (
    select p.part from sealed_part p
    where exists (
        select from audit_record r
        where r.account_id = 0 and r.action_id > :after_id and r.action_id <= :through_id and r.verb like any(p.wide_verbs)
    )
)
select a.account_id from (
    select account_id from told
    union
    select d.account_id from owner o join account_directory d on d.customer_id = o.customer_id
    union
    select x.account_id from posting_exception x where exists (select from wide w where w.part = 'posting_exception')
    union
    select s.account_id from sealed_state s join wide w on w.part = s.part
    union
    select 0
) a
order by 1;

-- name: seal_state
-- Seal how the rows of some accounts stand: those that an action of the stretch lets change, and those of accounts not sealed before.
-- A row changed without any stays as it was sealed, and so shows.
with known as (select distinct account_id from sealed_state where account_id = any(:account_ids::bigint[]) and part <> 'chain'),
told as (
    select distinct a.account_id, r.verb
    from unnest(:account_ids::bigint[]) a (account_id)
    join audit_record r on r.account_id = a.account_id
    where r.action_id > :after_id and r.action_id <= :through_id
    union
    select distinct d.account_id, r.verb
    from account_directory d
    join account_directory s on s.customer_id = d.customer_id
    join audit_record r on r.account_id = s.account_id
    where d.account_id = any(:account_ids::bigint[]) and r.action_id > :after_id and r.action_id <= :through_id and r.verb like any('{customer.%%,account.%%}')
),
wide as (
    select distinct p.part from sealed_part p join audit_record r on r.verb like any(p.wide_verbs)
    where r.account_id = 0 and r.action_id > :after_id and r.action_id <= :through_id
),
allowed as (
    select t.account_id, p.part from told t join sealed_part p on t.verb like any(p.verbs)
    union
    select a.account_id, p.part from unnest(:account_ids::bigint[]) a (account_id) cross join sealed_part p
    where not exists (select from known k where k.account_id = a.account_id) or exists (select from wide w where w.part = p.part)
),
standing as materialized (select part, account_id, key, digest from state_row where account_id = any(:account_ids::bigint[])),
gone as (
    delete from sealed_state s using allowed a
    where s.account_id = a.account_id and s.part = a.part
        and not exists (select from standing n where n.account_id = s.account_id and n.part = s.part and n.key = s.key)
)
insert into sealed_state (account_id, part, key, digest, block_number)
select n.account_id, n.part, n.key, n.digest, :block_number
from standing n
join sealed_part p on p.part = n.part
left join allowed a on a.account_id = n.account_id and a.part = n.part
left join sealed_state s on s.account_id = n.account_id and s.part = n.part and s.key = n.key
where (a.part is not null and s.digest is distinct from n.digest) or (p.grows and s.key is null)
order by 1, 2, 3
on conflict (account_id, part, key) do update set digest = excluded.digest, block_number = excluded.block_number;

-- name: drop_chain_end
-- Forget which block was the last.
delete from sealed_state where account_id = 0 and part = 'chain';

-- name: keep_chain_end
-- Keep the last block's number and hash outside the chain.
insert into sealed_state (account_id, part, key, digest, block_number) values (0, 'chain', :block_number::bigint::text, :hash, :block_number);

-- name: check_sealed_facts
-- The facts of each block against what was sealed of them: a row edited, removed or added since.
-- grain: one row per difference
with chain as (
    select array_agg(after_id order by after_id) as after_ids, array_agg(block_number order by after_id) as numbers,
        max(through_id) as through_id
    from audit_block
),
standing as (
    select f.block_number, f.fact, sum(f.count) as count, encode(sha256(string_agg(f.digest, ''::bytea order by f.account_id)), 'hex') as digest
    from (
        select r.account_id, c.numbers[width_bucket(greatest(r.action_id - 1, 0), c.after_ids)] as block_number, r.fact, count(*) as count,
            sha256(string_agg(r.digest, ''::bytea order by r.digest)) as digest
        from fact_row r cross join chain c
        where r.action_id <= c.through_id
        group by 1, 2, 3
    ) f
    group by 1, 2
),
sealed as (
    select b.block_number, f.key as fact, (f.value ->> 0)::numeric as count, f.value ->> 1 as digest
    from audit_block b cross join lateral jsonb_each(b.facts) f
)
select 0::bigint, format('%%s of block %%s', coalesce(s.fact, n.fact), coalesce(s.block_number, n.block_number)),
    format('%%s, digest %%s', coalesce(n.count, 0), coalesce(left(n.digest, 12), 'of nothing')),
    format('%%s sealed, digest %%s', coalesce(s.count, 0), coalesce(left(s.digest, 12), 'of nothing'))
from sealed s
full join standing n on n.block_number = s.block_number and n.fact = s.fact
where (s.count, s.digest) is distinct from (n.count, n.digest)
limit :most;

-- name: check_sealed_state
-- How everything stands against how it was sealed, but for what an action not yet sealed may have changed.
-- grain: one row per difference
with sealed as (select coalesce(max(through_id), 0) as through_id from audit_block),
told as materialized (
    select distinct r.account_id, r.verb from audit_record r cross join sealed s where r.action_id > s.through_id
),
open_part as materialized (
    select t.account_id, p.part from told t join sealed_part p on t.verb like any(p.verbs)
    union
    select d.account_id, p.part
    from told t
    join account_directory o on o.account_id = t.account_id
    join account_directory d on d.customer_id = o.customer_id
    join sealed_part p on t.verb like any(p.verbs)
    where t.verb like any('{customer.%%,account.%%}')
),
wide as materialized (select distinct p.part from told t join sealed_part p on t.verb like any(p.wide_verbs) where t.account_id = 0),
known as (select distinct account_id from sealed_state)
select coalesce(s.account_id, n.account_id), trim(format('%%s %%s', coalesce(s.part, n.part), coalesce(s.key, n.key))),
    case when n.key is null then 'gone' when s.key is null then 'there' else 'changed' end,
    case when s.key is null then 'not sealed' else format('as sealed in block %%s', s.block_number) end
from (select * from sealed_state where not (account_id = 0 and part = 'chain')) s
full join state_row n on n.account_id = s.account_id and n.part = s.part and n.key = s.key
left join sealed_part p on p.part = coalesce(s.part, n.part)
left join open_part o on o.account_id = coalesce(s.account_id, n.account_id) and o.part = coalesce(s.part, n.part)
left join wide w on w.part = coalesce(s.part, n.part)
left join known k on k.account_id = n.account_id
where s.digest is distinct from n.digest and o.part is null and w.part is null
    and (s.key is not null or (k.account_id is not null and p.grows is not true))
limit :most;

-- name: check_seal
-- The block sealed last is there, and nothing waits longer to be sealed than a server lets it.
-- grain: one row per difference
with last as (select block_number, through_id, hash from audit_block order by block_number desc limit 1),
kept as (select key::bigint as block_number, digest from sealed_state where account_id = 0 and part = 'chain')
select 0::bigint, 'the last block', coalesce(format('block %%s, %%s', l.block_number, left(encode(l.hash, 'hex'), 12)), 'none'),
    coalesce(format('block %%s, %%s', k.block_number, left(encode(k.digest, 'hex'), 12)), 'none')
from last l
full join kept k on true
where (l.block_number, l.hash) is distinct from (k.block_number, k.digest)
union all
select 0, 'records not sealed', format('%%s since %%s', count(*), min(r.recorded_at)), format('sealed within %%s: solde run seal-audit', :within::interval)
from audit_record r
where r.action_id > (select through_id from last)
having min(r.recorded_at) < clock_timestamp() - :within::interval
union all
select r.account_id, format('record %%s of %%s', r.action_id, r.verb), 'an action', format('none was begun after %%s', q.last_value)
from audit_record r cross join action_id_seq q
where r.action_id > q.last_value
limit :most;

-- name: check_told
-- Facts against what the audit record of their action says of them: operations, matches, reversals, litigation events.
-- An operation that its record numbers is compared by its number; of more than twenty the record has the sums.
-- Each part is kept before the first rows are taken of it, so that it is planned for all its rows: record by record would
-- read an account once for each of its operations.
-- grain: one row per difference
with posted as materialized (
    select r.account_id, format('operation %%s', r.number) as place, concat_ws(
        ' ', t.code, case o.side when 1 then 'debit' when -1 then 'credit' end, o.amount, o.currency, o.operation_on,
        nullif(o.due_on, o.operation_on), o.reference, o.net, o.tax
    ) as stored, concat_ws(' ', r.type, r.side, r.amount, r.currency, r.date, r.due_date, r.reference, r.net, r.tax) as computed
    from (
        select r.account_id, r.action_id, x.*
        from audit_record r
        cross join lateral jsonb_to_recordset(r.after -> 'operations') x (
            number bigint, type text, side text, amount numeric, currency text, date date, due_date date, reference text, net numeric, tax numeric
        )
        where r.verb in ('post', 'import_change')
    ) r
    left join operation o on o.account_id = r.account_id and o.number = r.number and o.action_id = r.action_id
    left join operation_type t on t.type_id = o.type_id
    where (
        t.code, case o.side when 1 then 'debit' when -1 then 'credit' end, o.amount, o.currency, o.operation_on, nullif(o.due_on, o.operation_on),
        o.reference, o.net, o.tax
    ) is distinct from (r.type, r.side, r.amount, r.currency, r.date, r.due_date, r.reference, r.net, r.tax)
),
several as materialized (
    select r.account_id, format('operations of action %%s', r.action_id) as place, s.stored, concat_ws(
        ' ', r.after ->> 'count', (r.after ->> 'debit')::numeric(26, 6), (r.after ->> 'credit')::numeric(26, 6)
    ) as computed
    from audit_record r
    cross join lateral (
        select concat_ws(
            ' ', count(*), coalesce(sum(o.amount) filter (where o.side = 1), 0)::numeric(26, 6),
            coalesce(sum(o.amount) filter (where o.side = -1), 0)::numeric(26, 6)
        ) as stored
        from operation o
        where o.account_id = r.account_id and o.number between (r.after ->> 'first')::bigint and (r.after ->> 'last')::bigint
            and o.action_id = r.action_id
    ) s
    where r.verb in ('post', 'import_change') and r.after ? 'first'
),
matched as materialized (
    select r.account_id, r.action_id, g.group_number, g.effective_on, (r.after ->> 'effective')::date as said_on, r.after -> 'lines' as lines
    from audit_record r
    left join match_group g on g.account_id = r.account_id and g.action_id = r.action_id
    where r.verb = 'match' and jsonb_array_length(r.after -> 'lines') < 50
),
line as materialized (
    select m.account_id, m.group_number, concat_ws(' ', x.debit, x.credit, l.amount, l.effective_on) as stored,
        concat_ws(' ', x.debit, x.credit, x.amount, x.effective) as computed
    from matched m
    cross join lateral jsonb_to_recordset(m.lines) x (debit bigint, credit bigint, amount numeric, effective date)
    left join match_line l
        on l.account_id = m.account_id and l.group_number = m.group_number and l.debit_number = x.debit and l.credit_number = x.credit
    where (l.amount, l.effective_on) is distinct from (x.amount, x.effective)
),
lines as materialized (
    select m.account_id, m.group_number, l.count, jsonb_array_length(m.lines) as said
    from matched m
    left join (select account_id, group_number, count(*) as count from match_line group by 1, 2) l
        on l.account_id = m.account_id and l.group_number = m.group_number
    where l.count is distinct from jsonb_array_length(m.lines)
),
reversed as materialized (
    select r.account_id, u.unmatch_number, u.effective_on, l.amount, (r.after ->> 'effective')::date as said_on, (r.after ->> 'amount')::numeric as said
    from audit_record r
    left join unmatch u on u.account_id = r.account_id and u.action_id = r.action_id
    left join (
        select x.account_id, x.unmatch_number, sum(l.amount) as amount
        from unmatch_line x
        join match_line l on l.account_id = x.account_id and l.debit_number = x.debit_number and l.credit_number = x.credit_number
            and l.group_number = x.group_number
        group by 1, 2
    ) l on l.account_id = u.account_id and l.unmatch_number = u.unmatch_number
    where r.verb = 'unmatch'
),
litigated as materialized (
    select r.account_id, format('litigation event %%s', e.event_number) as place, concat_ws(' ', e.number, e.disputed, e.effective_on, e.reason) as stored,
        concat_ws(' ', r.after ->> 'operation', (r.after ->> 'disputed')::numeric(20, 6), r.after ->> 'effective', r.reason) as computed
    from audit_record r
    left join litigation_event e on e.account_id = r.account_id and e.action_id = r.action_id
    where r.verb in ('litigation_enter', 'litigation_update', 'litigation_remove')
        and (e.number, e.disputed, e.effective_on, e.reason)
            is distinct from ((r.after ->> 'operation')::bigint, (r.after ->> 'disputed')::numeric, (r.after ->> 'effective')::date, r.reason)
)
select account_id, place, stored, computed from posted
union all
select account_id, place, stored, computed from several where stored is distinct from computed
union all
select account_id, format('match %%s of action %%s', group_number, action_id), concat_ws(' ', effective_on), concat_ws(' ', said_on)
from matched where effective_on is distinct from said_on
union all
select account_id, format('match %%s', group_number), stored, computed from line
union all
select account_id, format('match %%s', group_number), format('%%s lines', count), format('%%s lines', said) from lines
union all
select account_id, format('reversal %%s', unmatch_number), concat_ws(' ', effective_on, amount), concat_ws(' ', said_on, said)
from reversed where (effective_on, amount) is distinct from (said_on, said)
union all
select account_id, place, stored, computed from litigated
limit :most;

-- name: check_open_marks
-- The latest day an open item was matched or reopened, and the reason of its litigation.
-- grain: one row per difference
with moved as (
    select l.account_id, n.number, max(greatest(l.effective_on, u.effective_on)) as on_day
    from match_line l
    left join unmatch_line r
        on r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
        and r.group_number = l.group_number
    left join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
    cross join lateral (values (l.debit_number), (l.credit_number)) n (number)
    group by 1, 2
),
event as (
    select distinct on (e.account_id, e.number) e.account_id, e.number, e.reason, c.label
    from litigation_event e left join litigation_reason c on c.code = e.reason_code
    order by e.account_id, e.number, e.event_number desc
),
renamed as (select exists (select from audit_record where verb = 'litigation_reason_change') as any_was)
select i.account_id, format('operation %%s', i.number), format('latest %%s', i.latest_on), format('latest %%s', greatest(i.operation_on, m.on_day))
from open_item i
left join moved m on m.account_id = i.account_id and m.number = i.number
where i.latest_on <> greatest(i.operation_on, m.on_day)
union all
select i.account_id, format('operation %%s', i.number), coalesce(i.litigation_reason, 'no reason'), coalesce(e.reason, e.label, 'no reason')
from open_item i
left join event e on e.account_id = i.account_id and e.number = i.number and i.disputed > 0
cross join renamed r
where (i.disputed > 0 or i.litigation_reason is not null)
    and i.litigation_reason is distinct from coalesce(e.reason, case when r.any_was then i.litigation_reason else e.label end)
limit :most;

-- name: check_closed
-- Accounts that are closed although something is open, held or to be billed.
-- grain: one row per difference
select a.account_id, 'account', 'CLOSED', format('%%s open, %%s held, %%s unbilled', x.open, x.held, x.items)
from account a
cross join lateral (
    select (select count(*) from open_item i where i.account_id = a.account_id) as open,
        (select count(*) from deposit d where d.account_id = a.account_id and not d.is_over) as held,
        (select coalesce(sum(u.count), 0) from unbilled_total u where u.account_id = a.account_id) as items
) x
where a.state = 'CLOSED' and (x.open > 0 or x.held > 0 or x.items > 0)
limit :most;

-- name: check_transfers
-- The two ends of each transfer: as much, in one currency, on opposite sides; and each such operation is an end of one.
-- grain: one row per difference
with side as (
    select account_id, number, 'from' as which from transfer
    union all
    select to_account_id, to_number, 'to' from transfer
)
select t.account_id, format('transfer %%s to %%s/%%s', t.number, t.to_account_id, t.to_number),
    concat_ws(' ', o.side, o.amount, o.currency, k.code), concat_ws(' ', -p.side, p.amount, p.currency, m.code)
from transfer t
left join operation o on o.account_id = t.account_id and o.number = t.number
left join operation_type k on k.type_id = o.type_id
left join operation p on p.account_id = t.to_account_id and p.number = t.to_number
left join operation_type m on m.type_id = p.type_id
where (o.side, o.amount, o.currency) is distinct from (-p.side, p.amount, p.currency)
    or (k.code, m.code) not in (('CRD_TRS', 'DBT_TRS'), ('DBT_TRS', 'CRD_TRS')) or t.account_id = t.to_account_id
union all
select o.account_id, format('operation %%s', o.number), format('%%s ends of transfers', count(s.number)), 'an end of one'
from operation o
join operation_type k on k.type_id = o.type_id and k.code in ('CRD_TRS', 'DBT_TRS')
left join side s on s.account_id = o.account_id and s.number = o.number
group by 1, o.number
having count(s.number) <> 1
limit :most;

-- name: check_receipts
-- Receipts of nobody against the payments they became, and against what is said of those given back.
-- grain: one row per difference
select 0::bigint, format('receipt %%s', r.receipt_id), format('%%s assigned', r.assigned), format('%%s assigned', coalesce(a.amount, 0))
from unidentified_receipt r
left join (select receipt_id, sum(amount) as amount from receipt_assignment group by 1) a on a.receipt_id = r.receipt_id
where r.assigned <> coalesce(a.amount, 0) or (r.assigned < r.amount and r.state = 'ASSIGNED')
union all
select a.account_id, format('payment %%s', a.number), concat_ws(' ', o.amount, o.currency, o.operation_on), concat_ws(' ', a.amount, r.currency, r.received_on)
from receipt_assignment a
left join unidentified_receipt r on r.receipt_id = a.receipt_id
left join operation o on o.account_id = a.account_id and o.number = a.number
where (o.amount, o.currency, o.operation_on) is distinct from (a.amount, r.currency, r.received_on)
union all
select 0, format('receipt %%s', coalesce(r.receipt_id, b.receipt_id)), concat_ws(' ', r.state, r.returned_on, r.return_reason),
    coalesce(concat_ws(' ', 'RETURNED', b.on_day, b.reason), 'not given back')
from (select * from unidentified_receipt where state = 'RETURNED' or return_reason is not null) r
full join (
    select (after ->> 'receipt')::bigint as receipt_id, (after ->> 'date')::date as on_day, reason
    from audit_record where account_id = 0 and verb = 'receipt_return'
) b on b.receipt_id = r.receipt_id
where (r.receipt_id, r.returned_on, r.return_reason) is distinct from (b.receipt_id, b.on_day, b.reason)
limit :most;

-- name: check_approvals
-- What each did alone in a day is the sum of it; what waits for a second person is what was proposed.
-- grain: one row per difference
select 0::bigint, format('%%s of %%s on %%s in %%s', coalesce(d.kind, u.kind), coalesce(d.actor, u.actor), coalesce(d.on_day, u.on_day), coalesce(d.currency, u.currency)),
    coalesce(d.used, 0)::text, coalesce(u.used, 0)::text
from approval_day d
full join (select actor, kind, currency, on_day, sum(amount) as used from approval_use group by 1, 2, 3, 4) u
    on u.actor = d.actor and u.kind = d.kind and u.currency = d.currency and u.on_day = d.on_day
where coalesce(d.used, 0) <> coalesce(u.used, 0)
union all
select a.account_id, format('approval %%s', a.approval_id), concat_ws(' ', a.state, a.kind, a.amount, a.currency, left(encode(a.digest, 'hex'), 12)),
    concat_ws(' ', d.state, r.kind, r.amount, r.currency, left(r.digest, 12))
from approval a
left join (
    select account_id, (after ->> 'approval')::bigint as approval_id, after ->> 'kind' as kind, (after ->> 'amount')::numeric as amount,
        after ->> 'currency' as currency, after ->> 'digest' as digest
    from audit_record where verb = 'approval_propose'
) r on r.account_id = a.account_id and r.approval_id = a.approval_id
left join (
    select account_id, (after ->> 'approval')::bigint as approval_id,
        case verb when 'approval_approve' then 'APPROVED' when 'approval_reject' then 'REJECTED' else 'WITHDRAWN' end as state
    from audit_record where verb in ('approval_approve', 'approval_reject', 'approval_withdraw')
) d on d.account_id = a.account_id and d.approval_id = a.approval_id
where (a.state, a.kind, a.amount, a.currency, encode(a.digest, 'hex')) is distinct from (coalesce(d.state, 'WAITING'), r.kind, r.amount, r.currency, r.digest)
limit :most;

-- name: check_exports
-- Files of entries that are kept are, byte by byte, what was exported.
-- grain: one row per difference
with kept as (
    select p.export_id, sum(length(p.content)) as bytes, count(*) as parts, max(p.part) - min(p.part) + 1 as span
    from accounting_export_part p group by 1
)
select 0::bigint, format('export %%s', coalesce(x.export_id, k.export_id)), format('%%s bytes in %%s parts', coalesce(k.bytes, 0), coalesce(k.parts, 0)),
    format('%%s bytes', coalesce(x.bytes, 0))
from (select * from accounting_export where kept_at is not null) x
full join kept k on k.export_id = x.export_id
where x.bytes is distinct from k.bytes or k.parts <> k.span
union all
select 0, format('export %%s', x.export_id), 'another content', format('digest %%s', encode(x.sha256, 'hex'))
from accounting_export x
join kept k on k.export_id = x.export_id and k.bytes < 268435456
where x.sha256 is distinct from (select sha256(string_agg(p.content, ''::bytea order by p.part)) from accounting_export_part p where p.export_id = x.export_id)
limit :most;

-- name: check_below
-- Billing accounts and user accounts against the directories of their codes; profiles are of accounts.
-- grain: one row per difference
select p.account_id, 'profile', p.code, 'no such account'
from account_profile p
left join account a on a.account_id = p.account_id
where a.account_id is null
union all
select coalesce(b.account_id, d.account_id), 'billing account', coalesce(b.code, 'none'), coalesce(d.code, 'none')
from billing_account b
full join billing_account_directory d on d.billing_account_id = b.billing_account_id
where (b.account_id, b.code) is distinct from (d.account_id, d.code)
union all
select coalesce(u.account_id, d.account_id), 'user account', coalesce(u.code, 'none'), coalesce(d.code, 'none')
from user_account u
full join user_account_directory d on d.user_account_id = u.user_account_id
where (u.account_id, u.code) is distinct from (d.account_id, d.code)
limit :most;

-- name: check_receivables
-- The customer's line of each piece stands on a general account that its scheme chose, unless the type or the account was changed since.
-- grain: one row per difference
with changed as (select coalesce(max(action_id), 0) as action_id from audit_record where verb like 'operation_type%%' and account_id = 0),
edited as (select account_id, max(action_id) as action_id from audit_record where verb = 'account.change' group by 1)
select e.account_id, format('entry %%s of operation %%s', e.line, e.number), e.general_account,
    coalesce(p.general_client_account, case l.account when 'TYPE' then t.account when 'CONTRA' then t.contra_account
        when 'SECOND_CONTRA' then t.second_contra_account else l.fixed_account end)
from journal_entry e
join journal_piece j on j.account_id = e.account_id and j.number = e.number
join operation_type t on t.type_id = e.type_id
left join accounting_scheme_line l on l.code = j.scheme and l.version = j.scheme_version and l.customer
left join account_profile p on p.account_id = e.account_id
left join edited x on x.account_id = e.account_id
cross join changed c
where e.customer and j.action_id > c.action_id and j.action_id > coalesce(x.action_id, 0)
    and e.general_account is distinct from p.general_client_account
    and e.general_account is distinct from case l.account when 'TYPE' then t.account when 'CONTRA' then t.contra_account
        when 'SECOND_CONTRA' then t.second_contra_account else l.fixed_account end
limit :most;

-- name: text_columns
-- Every column that holds texts, of every table; whether they are documents, in which a line's end is written as two signs.
-- grain: one row per column
select c.table_name, c.column_name, c.data_type in ('json', 'jsonb')
from information_schema.columns c
join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
where c.table_schema = 'public' and c.data_type in ('text', 'character varying', 'json', 'jsonb', 'ARRAY')
order by 1, 2;

-- name: check_answers
-- Answers kept for repeated requests that name operations: those that the action posted.
-- grain: one row per difference
with answer as (
    select i.account_id, i.key, i.action_id, (select array_agg(x::bigint order by x::bigint) from jsonb_array_elements_text(i.response) x) as said
    from idempotency i
    where jsonb_typeof(i.response) = 'array'
),
written as (
    select o.action_id, array_agg(o.number order by o.number) as numbers
    from operation o where o.action_id in (select action_id from answer) group by 1
)
select a.account_id, format('key %%s', a.key), format('answered %%s', a.said), format('posted %%s', w.numbers)
from answer a
left join written w on w.action_id = a.action_id
where a.said is distinct from w.numbers
limit :most;
