-- name: list_rules
-- Every rule with its limits by currency, that of every seller first.
-- grain: one row per rule
select r.seller_id, r.default_count, r.most_count, r.start, r.unit, r.remainder, r.shift, r.categories, r.grace_days, r.interest, r.version,
    (
        select coalesce(json_agg(json_build_array(l.currency, l.least::text, l.most::text, l.least_instalment::text, l.fee::text)), '[]')
        from instalment_limit l
        where l.seller_id = r.seller_id
    )
from instalment_rule r
order by r.seller_id;

-- name: terms_of
-- What is known of accounts before a plan is made: currency, category, the seller's rule or that of every seller.
-- grain: one row per account
select a.account_id, a.currency, c.category, coalesce(r.seller_id, 0), coalesce(d.seller_id, 0)
from account a
left join account_directory d on d.account_id = a.account_id
left join customer c on c.customer_id = d.customer_id
left join instalment_rule r on r.seller_id = d.seller_id
where a.account_id = any(:account_ids::bigint[]);

-- name: lock_settings
-- One change of rules and calendars at a time: the rule of every seller is always there.
-- grain: one row
select seller_id from instalment_rule where seller_id = 0 for update;

-- name: put_rule
-- Write a rule, new or changed.
insert into instalment_rule (
    seller_id, default_count, most_count, start, unit, remainder, shift, categories, grace_days, interest, version
)
values (
    :seller_id, :default_count, :most_count, :start, :unit, :remainder, :shift, :categories::text[], :grace_days, :interest, :version
)
on conflict (seller_id) do update set
    default_count = excluded.default_count, most_count = excluded.most_count, start = excluded.start, unit = excluded.unit,
    remainder = excluded.remainder, shift = excluded.shift, categories = excluded.categories, grace_days = excluded.grace_days,
    interest = excluded.interest, version = excluded.version;

-- name: drop_limits
-- Take away the limits of a rule.
delete from instalment_limit where seller_id = :seller_id;

-- name: insert_limits
-- Write the limits of a rule.
insert into instalment_limit (seller_id, currency, least, most, least_instalment, fee)
select :seller_id, l.currency, l.least, l.most, l.least_instalment, l.fee
from unnest(:currencies::text[], :leasts::numeric[], :mosts::numeric[], :least_instalments::numeric[], :fees::numeric[])
l (currency, least, most, least_instalment, fee);

-- name: list_holidays
-- The days of sellers' calendars, in order.
-- grain: one row per holiday
select seller_id, on_day, label from holiday where seller_id = any(:seller_ids::bigint[]) order by seller_id, on_day;

-- name: drop_holidays
-- Take away a seller's calendar.
delete from holiday where seller_id = :seller_id;

-- name: insert_holidays
-- Write a seller's calendar.
insert into holiday (seller_id, on_day, label)
select :seller_id, h.on_day, h.label from unnest(:days::date[], :labels::text[]) h (on_day, label);

-- name: last_plans
-- The number of each account's last plan.
-- grain: one row per account that has one
select account_id, max(plan_number) from instalment_plan where account_id = any(:account_ids::bigint[]) group by account_id;

-- name: debits_in_plans
-- Which of these operations an active plan puts off that is not complete.
-- grain: one row per operation that one does
select distinct d.account_id, d.number
from unnest(:account_ids::bigint[], :numbers::bigint[]) k (account_id, number)
join plan_debit d on d.account_id = k.account_id and d.number = k.number
join instalment_plan_state s on s.account_id = d.account_id and s.plan_number = d.plan_number
where s.state = 'ACTIVE';

-- name: insert_plans
-- Write drafts.
insert into instalment_plan (account_id, plan_number, amount, fee, interest, remainder, note, drafted_at, drafted_by)
select p.account_id, p.plan_number, p.amount, p.fee, p.interest, p.remainder, p.note, clock_timestamp(), p.actor
from unnest(
    :account_ids::bigint[], :plan_numbers::bigint[], :amounts::numeric[], :fees::numeric[], :interests::numeric[], :remainders::text[],
    :notes::text[], :actors::text[]
) p (account_id, plan_number, amount, fee, interest, remainder, note, actor);

-- name: insert_debits
-- Write which debits drafts put off.
insert into plan_debit (account_id, plan_number, number, amount)
select * from unnest(:account_ids::bigint[], :plan_numbers::bigint[], :numbers::bigint[], :amounts::numeric[]);

-- name: insert_instalments
-- Write the instalments of drafts.
insert into instalment (account_id, plan_number, instalment_number, due_on, amount)
select * from unnest(:account_ids::bigint[], :plan_numbers::bigint[], :instalment_numbers::smallint[], :due_ons::date[], :amounts::numeric[]);

-- name: drop_instalments
-- Take away the instalments of drafts.
delete from instalment i
using unnest(:account_ids::bigint[], :plan_numbers::bigint[]) k (account_id, plan_number)
where i.account_id = k.account_id and i.plan_number = k.plan_number and i.operation_number is null;

-- name: change_plans
-- Move the versions of changed drafts, with their notes.
update instalment_plan p set version = p.version + 1, note = k.note
from unnest(:account_ids::bigint[], :plan_numbers::bigint[], :notes::text[]) k (account_id, plan_number, note)
where p.account_id = k.account_id and p.plan_number = k.plan_number;

-- name: activate_plans
-- Put drafts into force.
update instalment_plan p set
    state = 'ACTIVE', version = p.version + 1, activated_on = k.activated_on, activated_at = clock_timestamp(), activated_by = k.actor,
    creation_number = k.creation_number, fee_number = k.fee_number, interest_number = k.interest_number
from unnest(
    :account_ids::bigint[], :plan_numbers::bigint[], :activated_ons::date[], :actors::text[], :creation_numbers::bigint[],
    :fee_numbers::bigint[], :interest_numbers::bigint[]
) k (account_id, plan_number, activated_on, actor, creation_number, fee_number, interest_number)
where p.account_id = k.account_id and p.plan_number = k.plan_number;

-- name: number_instalments
-- Note the operation of each instalment.
update instalment i set operation_number = k.operation_number
from unnest(:account_ids::bigint[], :plan_numbers::bigint[], :instalment_numbers::smallint[], :operation_numbers::bigint[])
k (account_id, plan_number, instalment_number, operation_number)
where i.account_id = k.account_id and i.plan_number = k.plan_number and i.instalment_number = k.instalment_number;

-- name: end_plans
-- Cancel drafts or break plans.
update instalment_plan p set
    state = k.state, version = p.version + 1, ended_on = k.ended_on, ended_at = clock_timestamp(), ended_by = k.actor,
    end_reason = k.reason, unmatched = k.unmatched
from unnest(
    :account_ids::bigint[], :plan_numbers::bigint[], :states::text[], :ended_ons::date[], :actors::text[], :reasons::text[],
    :unmatcheds::numeric[]
) k (account_id, plan_number, state, ended_on, actor, reason, unmatched)
where p.account_id = k.account_id and p.plan_number = k.plan_number;

-- name: find_plans
-- Plans by account and number, as they stand.
-- grain: one row per plan
select p.account_id, p.plan_number, coalesce(d.code, p.account_id::text), coalesce(c.name, ''), a.currency, s.state, p.amount, p.fee,
    p.interest, p.remainder, p.version, p.note, s.count, s.open, s.overdue, s.next_due_on, s.first_due_on, s.last_due_on, p.drafted_at, p.drafted_by,
    p.activated_on, p.activated_at, p.activated_by, p.creation_number, p.fee_number, p.interest_number, p.ended_on, p.ended_at,
    p.ended_by, p.end_reason, p.unmatched
from unnest(:account_ids::bigint[], :plan_numbers::bigint[]) with ordinality k (account_id, plan_number, place)
join instalment_plan p on p.account_id = k.account_id and p.plan_number = k.plan_number
join account a on a.account_id = p.account_id
left join account_directory d on d.account_id = p.account_id
left join customer c on c.customer_id = d.customer_id
left join seller e on e.seller_id = d.seller_id
cross join lateral (
    select count(*) as count, coalesce(sum(o.open), 0) as open, min(i.due_on) as first_due_on, max(i.due_on) as last_due_on,
        min(i.due_on) filter (where o.open > 0 or p.state = 'DRAFT') as next_due_on,
        coalesce(sum(o.open) filter (where i.due_on < (:now::timestamptz at time zone coalesce(e.time_zone, 'UTC'))::date), 0) as overdue,
        case when p.state = 'ACTIVE' and sum(o.open) is null then 'COMPLETED' else p.state end as state
    from instalment i
    left join open_item o
        on o.account_id = i.account_id and o.side = 1 and o.due_on = i.due_on and o.number = i.operation_number
    where i.account_id = p.account_id and i.plan_number = p.plan_number
) s
order by k.place;

-- name: list_plans
-- Numbers of the plans that fit, newest first.
-- grain: one row per plan
select p.account_id, p.plan_number, p.drafted_at
from instalment_plan p
join instalment_plan_state s on s.account_id = p.account_id and s.plan_number = p.plan_number
left join account_directory d on d.account_id = p.account_id
left join seller e on e.seller_id = d.seller_id
where (:account_id::bigint is null or p.account_id = :account_id)
    and (:seller_id::bigint is null or d.seller_id = :seller_id)
    and (:states::text[] is null or s.state = any(:states))
    and (
        not :overdue::boolean
        or (s.state = 'ACTIVE' and s.next_due_on < (:now::timestamptz at time zone coalesce(e.time_zone, 'UTC'))::date)
    )
    and (
        :before_at::timestamptz is null
        or (p.drafted_at, p.account_id, p.plan_number) < (:before_at::timestamptz, :before_account::bigint, :before_number::bigint)
    )
order by p.drafted_at desc, p.account_id desc, p.plan_number desc
limit :limit;

-- name: instalments_of
-- Instalments of plans, in order, with what is open of each, and what of it the plan's own creation settled when it was broken.
-- grain: one row per instalment
select i.account_id, i.plan_number, i.instalment_number, i.due_on, i.amount, i.operation_number,
    case when i.operation_number is null then i.amount else coalesce(o.open, 0) end, coalesce(b.amount, 0)
from unnest(:account_ids::bigint[], :plan_numbers::bigint[]) k (account_id, plan_number)
join instalment_plan p on p.account_id = k.account_id and p.plan_number = k.plan_number
join instalment i on i.account_id = p.account_id and i.plan_number = p.plan_number
left join lateral (
    select sum(l.amount) as amount
    from match_line l
    where p.state = 'BROKEN' and l.account_id = i.account_id and l.debit_number = i.operation_number and l.credit_number = p.creation_number
) b on true
left join open_item o on o.account_id = i.account_id and o.side = 1 and o.due_on = i.due_on and o.number = i.operation_number
order by i.account_id, i.plan_number, i.instalment_number;

-- name: debits_of
-- What plans put off.
-- grain: one row per debit of a plan
select d.account_id, d.plan_number, d.number, d.amount
from unnest(:account_ids::bigint[], :plan_numbers::bigint[]) k (account_id, plan_number)
join plan_debit d on d.account_id = k.account_id and d.plan_number = k.plan_number
order by d.account_id, d.plan_number, d.number;

-- name: plans_of_operations
-- Which plan an operation belongs to: as a debit it puts off, or posted by it.
-- grain: one row per operation and plan
select d.number, d.plan_number from plan_debit d where d.account_id = :account_id and d.number = any(:numbers::bigint[])
union
select i.operation_number, i.plan_number
from instalment i
where i.account_id = :account_id and i.operation_number = any(:numbers::bigint[])
union
select n.number, p.plan_number
from instalment_plan p
cross join lateral (values (p.creation_number), (p.fee_number), (p.interest_number)) n (number)
where p.account_id = :account_id and n.number = any(:numbers::bigint[])
order by 1, 2;

-- name: plans_to_break
-- Active plans of a seller with an instalment overdue for longer than the seller's grace, after a given one.
-- grain: one row per plan
select p.account_id, p.plan_number
from instalment_plan p
join instalment_plan_state s on s.account_id = p.account_id and s.plan_number = p.plan_number
left join account_directory d on d.account_id = p.account_id
where p.state = 'ACTIVE' and coalesce(d.seller_id, 0) = :seller_id and s.next_due_on < :due_before
    and (p.account_id, p.plan_number) > (:after_account::bigint, :after_number::bigint)
order by p.account_id, p.plan_number
limit :limit;
