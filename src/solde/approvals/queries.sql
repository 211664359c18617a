-- name: find_limit
-- The limit of a role for a kind of action: that of the currency, otherwise that of every currency.
-- grain: at most one row
select role, kind, currency, single_most, day_most
from approval_limit
where role = :role and kind = :kind and currency in (:currency, '*')
order by currency = '*'
limit 1;

-- name: list_limits
-- Every limit.
-- grain: one row per role, kind and currency
select role, kind, currency, single_most, day_most
from approval_limit
order by kind, role, currency;

-- name: lock_limits
-- Only one person changes limits at a time.
select pg_advisory_xact_lock(7305808869231651);

-- name: put_limits
-- Set limits.
insert into approval_limit (role, kind, currency, single_most, day_most)
select l.role, l.kind, l.currency, l.single_most, l.day_most
from unnest(:roles::text[], :kinds::text[], :currencies::text[], :single_mosts::numeric[], :day_mosts::numeric[])
    l (role, kind, currency, single_most, day_most)
on conflict (role, kind, currency) do update set single_most = excluded.single_most, day_most = excluded.day_most;

-- name: lock_day
-- Lock what an actor did alone on a day, and read it: an update that changes nothing sees the newest row.
insert into approval_day as d (actor, kind, currency, on_day, used)
values (:actor, :kind, :currency, :on_day, 0)
on conflict (actor, kind, currency, on_day) do update set used = d.used
returning used;

-- name: count_use
-- Count an action towards its day, whose row is locked.
with counted as (
    update approval_day set used = used + :amount
    where actor = :actor and kind = :kind and currency = :currency and on_day = :on_day
)
insert into approval_use (account_id, actor, kind, currency, on_day, amount, recorded_at)
values (:account_id, :actor, :kind, :currency, :on_day, :amount, :now);

-- name: insert_approval
-- Keep a proposal for a second person.
-- grain: one row
insert into approval (
    account_id, seller_id, kind, amount, currency, content, digest, proposed_by, proposer_role, reason, why, created_at, expires_at
) values (
    :account_id, (select seller_id from account_directory where account_id = :account_id), :kind, :amount, :currency,
    :content::json, :digest, :actor, :role, :reason, :why::json, :now, :expires_at
)
returning approval_id;

-- name: lock_proposals
-- Wait for others who propose something on the same account.
select pg_advisory_xact_lock(hashtextextended('approval ' || :account_id::bigint, 0));

-- name: waiting_of_account
-- What waits for a decision on an account, the oldest first.
-- grain: one row per approval
select approval_id, kind, amount, currency, content::text, proposed_by
from approval
where account_id = :account_id and state = 'WAITING' and expires_at > coalesce(:now::timestamptz, clock_timestamp())
order by approval_id
limit :limit;

-- name: lock_approval
-- Lock an approval and read its newest state: all else of it never changes.
-- grain: at most one row
select state from approval where account_id = :account_id and approval_id = :approval_id for update;

-- name: settle_approval
-- How an approval ended.
update approval set state = :state, decided_by = :actor, decided_at = :now, decision_reason = :reason
where account_id = :account_id and approval_id = :approval_id;

-- name: list_approvals
-- Approvals, newest first, with the codes of their account and seller.
-- grain: one row per approval
select
    a.approval_id, a.account_id, d.code, s.code, coalesce(s.time_zone, 'UTC'), a.kind, a.amount, a.currency, a.content::text,
    a.digest, a.proposed_by, a.proposer_role, a.reason, a.why, a.created_at, a.expires_at, n.state, a.decided_by, a.decided_at,
    a.decision_reason
from approval a
cross join lateral (
    select case
        when a.state = 'WAITING' and a.expires_at <= coalesce(:now::timestamptz, clock_timestamp()) then 'EXPIRED' else a.state
    end as state
) n
left join account_directory d on d.account_id = a.account_id
left join seller s on s.seller_id = a.seller_id
where (:approval_id::bigint is null or a.approval_id = :approval_id)
    and (:before::bigint is null or a.approval_id < :before)
    and (:seller_id::bigint is null or a.seller_id = :seller_id)
    and (:kinds::text[] is null or a.kind = any(:kinds::text[]))
    and (:actor::text is null or a.proposed_by = :actor)
    and (:but_not_of::text is null or lower(a.proposed_by) <> lower(:but_not_of))
    and (:states::text[] is null or n.state = any(:states::text[]))
order by a.approval_id desc
limit :limit;

-- name: count_waiting
-- How many approvals wait for a decision.
-- grain: one row
select count(*)
from approval
where state = 'WAITING' and expires_at > coalesce(:now::timestamptz, clock_timestamp())
    and (:seller_id::bigint is null or seller_id = :seller_id)
    and (:but_not_of::text is null or lower(proposed_by) <> lower(:but_not_of));
