-- name: standings_of
-- How accounting stands with operations, by number.
-- grain: one row per operation
select o.account_id, d.code, o.number, accounting_day(o.class, o.operation_on, o.due_on, o.collected_on),
    coalesce(x.status, case when o.number <= m.through_number then 'EXPORTED' else 'POSTED' end),
    case when x.status is null then accounting_day(o.class, o.operation_on, o.due_on, o.collected_on) else x.accounting_on end,
    x.reason
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
join operation o on o.account_id = n.account_id and o.number = n.number
join account_directory d on d.account_id = o.account_id
left join accounting_mark m on m.account_id = o.account_id
left join posting_exception x on x.account_id = o.account_id and x.number = o.number
order by o.account_id, o.number;

-- name: statuses_of
-- How far the books know operations, by number.
-- grain: one row per operation
select n.account_id, n.number, coalesce(x.status, case when n.number <= m.through_number then 'EXPORTED' else 'POSTED' end)
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
left join accounting_mark m on m.account_id = n.account_id
left join posting_exception x on x.account_id = n.account_id and x.number = n.number;

-- name: set_posting
-- Say how accounting stands with operations where that is not the plain way.
insert into posting_exception as x (account_id, number, status, accounting_on, reason, detail, recorded_at)
select account_id, number, status, accounting_on, reason, detail, clock_timestamp()
from unnest(
    :account_ids::bigint[], :numbers::bigint[], :statuses::text[], :days::date[], :reasons::text[], :details::text[]
) p (account_id, number, status, accounting_on, reason, detail)
order by account_id, number
on conflict (account_id, number) do update set
    status = excluded.status, accounting_on = excluded.accounting_on, reason = excluded.reason, detail = excluded.detail,
    recorded_at = excluded.recorded_at;

-- name: clear_posting
-- Operations stand with accounting in the plain way again.
delete from posting_exception x
using unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
where x.account_id = n.account_id and x.number = n.number;

-- name: advance_marks
-- Accounts whose operations were taken to accounting up to a number; it never goes back.
insert into accounting_mark as m (account_id, through_number)
select account_id, through_number from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, through_number)
order by account_id
on conflict (account_id) do update set through_number = greatest(m.through_number, excluded.through_number);

-- name: list_rejected
-- Operations that wait with a status, by account and number, after a place.
-- grain: one row per operation
select x.account_id, d.code, c.name, x.number, t.code, t.label, o.class, o.side, o.currency, o.amount, o.operation_on,
    accounting_day(o.class, o.operation_on, o.due_on, o.collected_on), o.reference, o.description, x.status, x.reason, x.detail, x.recorded_at
from posting_exception x
join operation o on o.account_id = x.account_id and o.number = x.number
join operation_type t on t.type_id = o.type_id
join account_directory d on d.account_id = x.account_id
join customer c on c.customer_id = d.customer_id
where x.status = :status and x.status <> 'EXPORTED'
    and (x.account_id, x.number) > (:after_account::bigint, :after_number::bigint)
    and (:seller_id::bigint is null or d.seller_id = :seller_id)
    and (:account_id::bigint is null or x.account_id = :account_id)
order by x.account_id, x.number
limit :limit;

-- name: count_rejected
-- How many operations wait with a status, counted up to a bound.
-- grain: one row
select count(*) from (
    select from posting_exception x join account_directory d on d.account_id = x.account_id
    where x.status = :status and x.status <> 'EXPORTED' and (:seller_id::bigint is null or d.seller_id = :seller_id)
    limit :most
) w;

-- name: barred_since_begin
-- What of an account was posted into closed days since this transaction began.
-- grain: one row per operation
select account_id, number, accounting_on from posting_exception
where account_id = :account_id and recorded_at >= transaction_timestamp() and reason in ('CLOSED_PERIOD', 'FORCED')
order by number;

-- name: limit_counting
-- How long counting may take.
select set_config('statement_timeout', :most, true);

-- name: count_dated
-- How many operations are dated in some days for accounting, by how far accounting is with them; every operation is looked at.
-- A rejected one counts where its own day lies.
-- grain: one row per posting status
select s.status, count(*)
from operation o
left join accounting_mark m on m.account_id = o.account_id
left join posting_exception x on x.account_id = o.account_id and x.number = o.number
cross join lateral (
    select coalesce(x.status, case when o.number <= m.through_number then 'EXPORTED' else 'POSTED' end) as status,
        coalesce(x.accounting_on, accounting_day(o.class, o.operation_on, o.due_on, o.collected_on)) as accounting_on
) s
where s.accounting_on between :starts_on::date and :ends_on::date
group by s.status;
