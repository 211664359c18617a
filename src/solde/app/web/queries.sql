-- name: keep_preferences
-- Keep what a person likes, in place of what they liked before.
-- grain: one row
insert into user_preference (actor, likes) values (:actor, :likes)
on conflict (actor) do update set likes = excluded.likes;

-- name: find_preferences
-- What a person likes.
-- grain: at most one row
select likes from user_preference where actor = :actor;

-- name: history_of_operation
-- What was done with an operation: its posting, its matches and their reversals, its litigation; newest first.
-- grain: one row per audit record
select r.account_id, r.action_id, r.recorded_at, r.actor, r.verb, r.reason, r.before, r.after
from audit_record r
where r.account_id = any(array[:account_id::bigint, 0]) and r.action_id in (
    select o.action_id from operation o where o.account_id = :account_id and o.number = :number
    union all
    select g.action_id
    from match_line l join match_group g on g.account_id = l.account_id and g.group_number = l.group_number
    where l.account_id = :account_id and (l.debit_number = :number or l.credit_number = :number)
    union all
    select u.action_id
    from match_line l
    join unmatch_line x on x.account_id = l.account_id and x.debit_number = l.debit_number
        and x.credit_number = l.credit_number and x.group_number = l.group_number
    join unmatch u on u.account_id = x.account_id and u.unmatch_number = x.unmatch_number
    where l.account_id = :account_id and (l.debit_number = :number or l.credit_number = :number)
    union all
    select e.action_id from litigation_event e where e.account_id = :account_id and e.number = :number
)
order by r.action_id desc
limit :most;

-- name: holds_deposit
-- Whether a security deposit of the account holds money.
-- grain: one row
select exists (select 1 from deposit d where d.account_id = :account_id and d.balance > 0);

-- name: payment_routes
-- What a type of payment is refunded and rejected as.
-- grain: one row per type
select type_code, refund_type, rejection_type from payment_route;

-- name: accounts_paying
-- Which of these accounts are prepaid, or postpaid.
-- grain: one row per account that is
select p.account_id from account_profile p
where p.account_id = any(:account_ids::bigint[]) and p.payment_mode = :payment_mode;

-- name: account_at_a_glance
-- Since when something is overdue that is not disputed, and the last payment among the latest operations.
-- grain: one row
select due.due_on, paid.operation_on, paid.amount
from (select 1) one
left join lateral (
    select i.due_on from open_item i
    where i.account_id = :account_id and i.side = 1 and i.open > i.disputed
    order by i.due_on limit 1
) due on true
left join lateral (
    select o.operation_on, o.amount
    from (
        select x.operation_on, x.amount, x.type_id, x.number from operation x
        where x.account_id = :account_id order by x.operation_on desc, x.number desc limit :latest
    ) o
    where o.type_id in (select y.type_id from operation_type y where y.class in ('P', 'AP'))
    order by o.operation_on desc, o.number desc limit 1
) paid on true;

-- name: ties_of_operations
-- What operations are to others: taken back by which, of which deposit and as what, of which plans, the newest first.
-- grain: one row per operation that is tied
select k.number, b.by_number, x.deposit_number, d.name, x.part, coalesce(p.plans, '{}'), coalesce(p.creates, false)
from unnest(:numbers::bigint[]) k (number)
left join taken_back b on b.account_id = :account_id and b.number = k.number
left join deposit_operation x on x.account_id = :account_id and x.number = k.number
left join deposit d on d.account_id = x.account_id and d.deposit_number = x.deposit_number
left join lateral (
    select array_agg(distinct one.plan_number order by one.plan_number desc) as plans, bool_or(one.creates) as creates
    from (
        select c.plan_number, false as creates
        from plan_debit c where c.account_id = :account_id and c.number = k.number
        union all
        select i.plan_number, false
        from instalment i where i.account_id = :account_id and i.operation_number = k.number
        union all
        select q.plan_number, k.number = q.creation_number
        from instalment_plan q
        where q.account_id = :account_id and k.number in (q.creation_number, q.fee_number, q.interest_number)
    ) one
) p on true
where b.number is not null or x.number is not null or p.plans is not null;
