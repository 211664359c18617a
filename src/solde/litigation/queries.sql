-- name: last_events
-- The day of each operation's newest litigation event.
-- grain: one row per operation that has one
select e.account_id, e.number, max(e.effective_on)
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
join litigation_event e on e.account_id = n.account_id and e.number = n.number
group by 1, 2;

-- name: insert_events
-- Write litigation events.
insert into litigation_event (
    account_id, event_number, number, verb, disputed, effective_on, recorded_at, reason, owner, review_on, action_id
)
select e.account_id, e.event_number, e.number, e.verb, e.disputed, e.effective_on, clock_timestamp(), e.reason, e.owner, e.review_on,
    e.action_id
from unnest(
    :account_ids::bigint[], :event_numbers::bigint[], :numbers::bigint[], :verbs::text[], :disputeds::numeric[], :effective_ons::date[],
    :reasons::text[], :owners::text[], :review_ons::date[], :action_ids::bigint[]
) e (account_id, event_number, number, verb, disputed, effective_on, reason, owner, review_on, action_id);

-- name: count_disputes
-- Move each account's counter of litigation events.
update account a set last_dispute = c.last_dispute
from unnest(:account_ids::bigint[], :last_disputes::bigint[]) c (account_id, last_dispute)
where a.account_id = c.account_id;

-- name: list_events
-- Litigation events of operations, oldest first.
-- grain: one row per event
select account_id, event_number, number, verb, disputed, effective_on, recorded_at, reason, owner, review_on
from litigation_event
where account_id = :account_id and number = any(:numbers::bigint[])
order by effective_on, event_number;
