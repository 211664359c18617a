-- name: insert_matches
-- Write match groups, their lines and their audit records, and move each account's counter.
with made as materialized (
    select g.*, nextval('action_id_seq') as action_id, clock_timestamp() as at
    from json_to_recordset(:groups::json) g (
        account_id bigint, group_number bigint, kind text, effective_on date, reason text, actor text, after jsonb
    )
),
grouped as (
    insert into match_group (account_id, group_number, kind, effective_on, recorded_at, reason, action_id)
    select account_id, group_number, kind, effective_on, at, reason, action_id from made
),
audited as (
    insert into audit_record (account_id, action_id, recorded_at, actor, verb, reason, after)
    select account_id, action_id, at, actor, 'match', reason, after from made
),
lined as (
    insert into match_line (account_id, group_number, debit_number, credit_number, amount, effective_on)
    select * from json_to_recordset(:lines::json) l (
        account_id bigint, group_number bigint, debit_number bigint, credit_number bigint, amount numeric, effective_on date
    )
)
update account a set last_group = m.last_group
from (select account_id, max(group_number) as last_group from made group by account_id) m
where a.account_id = m.account_id;

-- name: count_unmatches
-- Move each account's counter of reversals.
update account a set last_unmatch = c.last_unmatch
from unnest(:account_ids::bigint[], :last_unmatches::bigint[]) c (account_id, last_unmatch)
where a.account_id = c.account_id;

-- name: insert_unmatches
-- Write reversals.
insert into unmatch (account_id, unmatch_number, group_number, effective_on, recorded_at, reason, action_id)
select u.account_id, u.unmatch_number, u.group_number, u.effective_on, clock_timestamp(), u.reason, u.action_id
from unnest(:account_ids::bigint[], :unmatch_numbers::bigint[], :group_numbers::bigint[], :effective_ons::date[], :reasons::text[], :action_ids::bigint[])
u (account_id, unmatch_number, group_number, effective_on, reason, action_id);

-- name: insert_unmatch_lines
-- Write which lines are reversed.
insert into unmatch_line (account_id, unmatch_number, group_number, debit_number, credit_number)
select * from unnest(:account_ids::bigint[], :unmatch_numbers::bigint[], :group_numbers::bigint[], :debit_numbers::bigint[], :credit_numbers::bigint[]);

-- name: lines_of_groups
-- Match lines by group, with the reversal of each.
-- grain: one row per match line
select l.account_id, l.group_number, l.debit_number, l.credit_number, l.amount, l.effective_on, g.recorded_at, g.kind,
    u.effective_on, u.recorded_at
from unnest(:account_ids::bigint[], :group_numbers::bigint[]) k (account_id, group_number)
join match_group g on g.account_id = k.account_id and g.group_number = k.group_number
join match_line l on l.account_id = g.account_id and l.group_number = g.group_number
left join unmatch_line r
    on r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
    and r.group_number = l.group_number
left join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
order by l.account_id, l.group_number, l.debit_number, l.credit_number;

-- name: kept_apart
-- Operations of which only their deposit or their plan reverses a match: what a deposit holds or keeps out of the default balance,
-- and what puts the debits of a plan off.
-- grain: one row per operation
select o.account_id, o.number, t.code = 'PPL_CREATION'
from unnest(:account_ids::bigint[], :numbers::bigint[]) k (account_id, number)
join operation o on o.account_id = k.account_id and o.number = k.number
join operation_type t on t.type_id = o.type_id
where t.deposit or (o.excluded and o.source = 'deposit') or (t.code = 'PPL_CREATION' and o.source = 'instalment_plan');

-- name: find_roundings
-- Operations that closed a trace and were not taken back yet: those were matched with another rounding, even if no longer.
-- grain: one row per rounding operation
select o.account_id, o.number, o.amount
from unnest(:account_ids::bigint[], :numbers::bigint[]) k (account_id, number)
join operation o on o.account_id = k.account_id and o.number = k.number
join operation_type t on t.type_id = o.type_id
where o.source = 'rounding' and t.code in ('RND_INC', 'RND_EXP') and not exists (
    select from match_line l
    join operation p on p.account_id = l.account_id and p.number = l.credit_number and p.source = 'rounding'
    where l.account_id = o.account_id and l.debit_number = o.number
) and not exists (
    select from match_line l
    join operation p on p.account_id = l.account_id and p.number = l.debit_number and p.source = 'rounding'
    where l.account_id = o.account_id and l.credit_number = o.number
);

-- name: lines_of_roundings
-- Standing lines by which a rounding closed a trace of these operations; not of one that was taken back and matched by hand since.
-- grain: one row per match line
select l.account_id, l.group_number, l.debit_number, l.credit_number, l.amount, l.effective_on
from unnest(:account_ids::bigint[], :numbers::bigint[]) k (account_id, number)
cross join lateral (
    select m.*, m.credit_number as other from match_line m where m.account_id = k.account_id and m.debit_number = k.number
    union all
    select m.*, m.debit_number from match_line m where m.account_id = k.account_id and m.credit_number = k.number
) l
join operation o on o.account_id = l.account_id and o.number = l.other
join operation_type t on t.type_id = o.type_id
where o.source = 'rounding' and t.code in ('RND_INC', 'RND_EXP') and not exists (
    select from unmatch_line r
    where r.account_id = l.account_id and r.group_number = l.group_number
        and r.debit_number = l.debit_number and r.credit_number = l.credit_number
) and not exists (
    select from match_line m
    join operation p on p.account_id = m.account_id and p.number = m.credit_number and p.source = 'rounding'
    where m.account_id = o.account_id and m.debit_number = o.number
) and not exists (
    select from match_line m
    join operation p on p.account_id = m.account_id and p.number = m.debit_number and p.source = 'rounding'
    where m.account_id = o.account_id and m.credit_number = o.number
)
order by l.account_id, l.group_number, l.debit_number, l.credit_number;

-- name: lines_of_operations
-- Match lines that touch operations, oldest first, with the reversal of each.
-- grain: one row per match line
select l.account_id, l.group_number, l.debit_number, l.credit_number, l.amount, l.effective_on, g.recorded_at, g.kind,
    u.effective_on, u.recorded_at
from (
    select * from match_line where account_id = :account_id and debit_number = any(:numbers::bigint[])
    union
    select * from match_line where account_id = :account_id and credit_number = any(:numbers::bigint[])
) l
join match_group g on g.account_id = l.account_id and g.group_number = l.group_number
left join unmatch_line r
    on r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
    and r.group_number = l.group_number
left join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
order by l.group_number, l.debit_number, l.credit_number;

-- name: first_group_of_credit
-- The first match of a credit.
-- grain: at most one row
select l.group_number, g.effective_on
from match_line l join match_group g on g.account_id = l.account_id and g.group_number = l.group_number
where l.account_id = :account_id and l.credit_number = :number
order by l.group_number limit 1;

-- name: matches_of_action
-- The newest match of each account where an action made it, with its lines.
-- grain: one row per account
select g.account_id, g.group_number, g.effective_on, array_agg(l.debit_number order by l.debit_number, l.credit_number),
    array_agg(l.credit_number order by l.debit_number, l.credit_number), array_agg(l.amount order by l.debit_number, l.credit_number),
    array_agg(l.effective_on order by l.debit_number, l.credit_number)
from account a
join match_group g on g.account_id = a.account_id and g.group_number = a.last_group
join match_line l on l.account_id = g.account_id and l.group_number = g.group_number
where a.account_id = any(:account_ids::bigint[]) and g.action_id = :action_id
group by g.account_id, g.group_number, g.effective_on
order by g.account_id;

-- name: list_groups
-- Match groups of an account, newest first.
-- grain: one row per match group
select account_id, group_number, kind, effective_on, recorded_at, reason
from match_group
where account_id = :account_id and group_number < :before
order by group_number desc
limit :limit;

-- name: references_of
-- References of operations.
-- grain: one row per operation that has one
select number, reference from operation
where account_id = :account_id and number = any(:numbers::bigint[]) and reference is not null;

-- name: accounts_to_match
-- Accounts, after a given one, that hold available debits and credits; with how many items each, up to `most`.
-- grain: one row per account
select a.account_id,
    (select count(*) from (select 1 from open_item i where i.account_id = a.account_id limit :most) c)
from account a
where a.account_id > :after
    and exists (
        select from open_item i
        where i.account_id = a.account_id and i.side = 1 and i.open > i.disputed and i.type_id <> all(:deposit_type_ids::smallint[])
    )
    and exists (
        select from open_item i
        where i.account_id = a.account_id and i.side = -1 and i.open > i.disputed and i.type_id <> all(:deposit_type_ids::smallint[])
    )
order by a.account_id
limit :limit;

-- name: plan_and_match
-- Match accounts whose rows are locked, oldest due first, in one statement.
-- Each side of an account is laid out as a line of intervals, in order of due date; every end of an interval, on either side, is a cut;
-- the piece before a cut belongs to the first debit and the first credit that reach it. Each line counts from the day its two ends allow.
-- Accounts where something below 0.5 would be left are given back: there a trace may need rounding.
-- grain: one row
with item as materialized (
    select i.account_id, i.number, i.side, i.type_id, i.class, i.excluded, i.operation_on, i.due_on, i.not_before, i.latest_on, i.amount,
        i.open, i.disputed, i.open - i.disputed as available,
        row_number() over w as place,
        sum(i.open - i.disputed) over w as upper,
        sum(i.open - i.disputed) filter (where i.side = 1) over (partition by i.account_id) as owed,
        sum(i.open - i.disputed) filter (where i.side = -1) over (partition by i.account_id) as paid
    from open_item i
    where i.account_id = any(:account_ids::bigint[]) and i.open > i.disputed and i.type_id <> all(:deposit_type_ids::smallint[])
    window w as (partition by i.account_id, i.side order by i.due_on, i.number)
),
moved as (
    select *, least(owed, paid) as meet, least(available, greatest(least(owed, paid) - upper + available, 0)) as matched
    from item
    where owed is not null and paid is not null
),
judged as materialized (
    select m.*,
        bool_or(matched > 0 and disputed = 0 and open - matched > 0 and open - matched < 0.5) over (partition by account_id) as trace
    from moved m
),
meeting as materialized (select * from judged where matched > 0 and not trace),
piece as (
    select account_id, upper,
        min(array[place, number]) filter (where side = 1) over w as debit,
        min(array[place, number]) filter (where side = -1) over w as credit
    from (select account_id, side, place, number, least(upper, meet) as upper from meeting) e
    window w as (partition by account_id order by upper desc range between unbounded preceding and current row)
),
cut as (
    select account_id, debit[2] as debit_number, credit[2] as credit_number,
        upper - lag(upper, 1, 0::numeric) over (partition by account_id order by upper) as amount
    from (select distinct account_id, upper, debit, credit from piece) p
),
line as materialized (
    select c.account_id, c.debit_number, c.credit_number, c.amount, greatest(d.not_before, p.not_before) as effective_on
    from cut c
    join meeting d on d.account_id = c.account_id and d.number = c.debit_number
    join meeting p on p.account_id = c.account_id and p.number = c.credit_number
),
day as (
    select account_id, number, min(effective_on) as first_on, max(effective_on) as effective_on
    from (
        select account_id, debit_number as number, effective_on from line
        union all
        select account_id, credit_number, effective_on from line
    ) e
    group by 1, 2
),
touched as materialized (
    select m.*, d.effective_on, d.first_on < d.effective_on as stepped
    from meeting m join day d on d.account_id = m.account_id and d.number = m.number
),
head as materialized (
    select a.account_id, a.last_group + 1 as group_number, t.effective_on
    from (select account_id, max(effective_on) as effective_on from line group by account_id) t
    join account a on a.account_id = t.account_id
),
counted as (
    update account a set last_group = h.group_number from head h where a.account_id = h.account_id
),
grouped as (
    insert into match_group (account_id, group_number, kind, effective_on, recorded_at, action_id)
    select account_id, group_number, 'AUTOMATIC', effective_on, clock_timestamp(), :action_id from head
),
lined as (
    insert into match_line (account_id, group_number, debit_number, credit_number, amount, effective_on)
    select l.account_id, h.group_number, l.debit_number, l.credit_number, l.amount, l.effective_on
    from line l join head h on h.account_id = l.account_id
    returning 1
),
lowered as (
    update open_item i set open = i.open - t.matched, latest_on = greatest(i.latest_on, t.effective_on)
    from touched t
    where i.account_id = t.account_id and i.side = t.side and i.due_on = t.due_on and i.number = t.number and t.matched < t.open
),
closed as (
    delete from open_item i using touched t
    where i.account_id = t.account_id and i.side = t.side and i.due_on = t.due_on and i.number = t.number and t.matched = t.open
),
settled as (
    insert into settled_item (account_id, span, operation_on, number, closed_on, type_id, class, side, excluded, due_on, amount, flat)
    select account_id, floor(log(2, greatest(effective_on, latest_on) - operation_on))::smallint, operation_on, number,
        greatest(effective_on, latest_on), type_id, class, side, excluded, due_on, amount, open = amount and not_before = operation_on and not stepped
    from touched
    where matched = open and greatest(effective_on, latest_on) > operation_on
),
delta as (
    select account_id, type_id, excluded as is_excluded,
        sum(amount) filter (where open = amount) as from_o, sum(disputed) filter (where open = amount) as from_o_disputed,
        count(*) filter (where open = amount) as from_o_count,
        sum(amount) filter (where open < amount) as from_p, sum(open) filter (where open < amount) as from_p_open,
        sum(disputed) filter (where open < amount) as from_p_disputed, count(*) filter (where open < amount) as from_p_count,
        sum(amount) filter (where open - matched > disputed) as to_p, sum(open - matched) filter (where open - matched > disputed) as to_p_open,
        sum(disputed) filter (where open - matched > disputed) as to_p_disputed, count(*) filter (where open - matched > disputed) as to_p_count,
        sum(amount) filter (where open - matched = disputed and disputed > 0) as to_i,
        sum(open - matched) filter (where open - matched = disputed and disputed > 0) as to_i_open,
        sum(disputed) filter (where open - matched = disputed and disputed > 0) as to_i_disputed,
        count(*) filter (where open - matched = disputed and disputed > 0) as to_i_count,
        sum(amount) filter (where matched = open) as to_l, count(*) filter (where matched = open) as to_l_count
    from touched group by 1, 2, 3
),
totalled as (
    update account_total t set
        o_amount = t.o_amount - coalesce(d.from_o, 0), o_disputed = t.o_disputed - coalesce(d.from_o_disputed, 0),
        o_count = t.o_count - d.from_o_count,
        p_amount = t.p_amount - coalesce(d.from_p, 0) + coalesce(d.to_p, 0),
        p_open = t.p_open - coalesce(d.from_p_open, 0) + coalesce(d.to_p_open, 0),
        p_disputed = t.p_disputed - coalesce(d.from_p_disputed, 0) + coalesce(d.to_p_disputed, 0),
        p_count = t.p_count - d.from_p_count + d.to_p_count,
        i_amount = t.i_amount + coalesce(d.to_i, 0), i_open = t.i_open + coalesce(d.to_i_open, 0),
        i_disputed = t.i_disputed + coalesce(d.to_i_disputed, 0), i_count = t.i_count + d.to_i_count,
        l_amount = t.l_amount + coalesce(d.to_l, 0), l_count = t.l_count + d.to_l_count
    from delta d
    where t.account_id = d.account_id and t.type_id = d.type_id and t.excluded = d.is_excluded
)
select (select count(*) from head), (select count(*) from lined),
    (select coalesce(array_agg(distinct account_id order by account_id), '{}') from judged where trace);
