-- name: past_of
-- Of each operation: the day of its newest litigation event, and the terms of the litigation it is in.
-- grain: one row per operation that was ever in litigation
select n.account_id, n.number, l.last_on, d.since_on, d.reason_code, d.reason, d.owner, d.review_on
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
cross join lateral (
    select max(e.effective_on) as last_on from litigation_event e where e.account_id = n.account_id and e.number = n.number
) l
left join open_dispute d on d.account_id = n.account_id and d.number = n.number
where l.last_on is not null;

-- name: insert_events
-- Write litigation events.
insert into litigation_event (
    account_id, event_number, number, verb, disputed, effective_on, recorded_at, reason_code, reason, owner, review_on, action_id
)
select e.account_id, e.event_number, e.number, e.verb, e.disputed, e.effective_on, clock_timestamp(), e.reason_code, e.reason, e.owner,
    e.review_on, e.action_id
from unnest(
    :account_ids::bigint[], :event_numbers::bigint[], :numbers::bigint[], :verbs::text[], :disputeds::numeric[], :effective_ons::date[],
    :reason_codes::text[], :reasons::text[], :owners::text[], :review_ons::date[], :action_ids::bigint[]
) e (account_id, event_number, number, verb, disputed, effective_on, reason_code, reason, owner, review_on, action_id);

-- name: list_disputes_as
-- The litigation that operations are in from now on.
insert into open_dispute (
    account_id, number, currency, reference, due_on, amount, disputed, since_on, reason_code, reason, owner, review_on
)
select d.account_id, d.number, o.currency, o.reference, o.due_on, o.amount, d.disputed, d.since_on, d.reason_code, d.reason, d.owner, d.review_on
from unnest(
    :account_ids::bigint[], :numbers::bigint[], :disputeds::numeric[], :since_ons::date[], :reason_codes::text[], :reasons::text[],
    :owners::text[], :review_ons::date[]
) d (account_id, number, disputed, since_on, reason_code, reason, owner, review_on)
join operation o on o.account_id = d.account_id and o.number = d.number
on conflict (account_id, number) do update set
    disputed = excluded.disputed, since_on = excluded.since_on, reason_code = excluded.reason_code, reason = excluded.reason,
    owner = excluded.owner, review_on = excluded.review_on;

-- name: unlist_disputes
-- Operations that are in litigation no more.
delete from open_dispute d using unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
where d.account_id = n.account_id and d.number = n.number;

-- name: count_disputes
-- Move each account's counter of litigation events.
update account a set last_dispute = c.last_dispute
from unnest(:account_ids::bigint[], :last_disputes::bigint[]) c (account_id, last_dispute)
where a.account_id = c.account_id;

-- name: list_events
-- Litigation events of operations, oldest first.
-- grain: one row per event
select account_id, event_number, number, verb, disputed, effective_on, recorded_at, reason, owner, review_on, reason_code
from litigation_event
where account_id = :account_id and number = any(:numbers::bigint[])
order by effective_on, event_number;

-- name: list_reasons
-- Reasons of litigation in their order.
-- grain: one row per reason
select code, label, is_active, position from litigation_reason order by position, code;

-- name: lock_reason
-- A reason of litigation, locked.
-- grain: at most one row
select code, label, is_active, position from litigation_reason where code = :code for update;

-- name: insert_reason
-- A new reason of litigation, the last unless placed; none where the code is taken.
-- grain: at most one row
insert into litigation_reason (code, label, position)
select :code, :label, coalesce(:position::int, (select coalesce(max(position), 0) + 1 from litigation_reason))
on conflict (code) do nothing
returning code, label, is_active, position;

-- name: update_reason
-- Change a reason of litigation.
update litigation_reason set label = :label, is_active = :is_active, position = :position where code = :code;

-- name: list_owners
-- Whose litigations there are, those with the most first, in the case that sorts first.
-- grain: one row per owner, whatever the case
select min(d.owner)
from open_dispute d
left join account_directory ad on ad.account_id = d.account_id
where d.owner is not null and (:seller_id::bigint is null or ad.seller_id = :seller_id)
group by lower(d.owner)
order by count(*) desc, lower(d.owner)
limit :most;
