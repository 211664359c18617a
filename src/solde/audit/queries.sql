-- name: next_action_ids
-- Draw numbers for actions.
-- grain: one row per number
select nextval('action_id_seq') from generate_series(1, :count::int);

-- name: insert_audit_records
-- Append records.
insert into audit_record (account_id, action_id, actor, verb, reason, before, after)
select r.account_id, r.action_id, r.actor, r.verb, r.reason, r.before, r.after
from json_to_recordset(:records::json) r (
    account_id bigint, action_id bigint, actor text, verb text, reason text, before jsonb, after jsonb
);

-- name: last_block
-- The end of the chain.
-- grain: at most one row
select block_number, through_id, hash from audit_block order by block_number desc limit 1;

-- name: lock_chain
-- Only one sealer at a time.
select pg_advisory_xact_lock(7305808869231650);

-- name: action_horizon
-- The newest action number drawn, and every transaction now running that may hold an unseen one.
-- grain: one row
select
    (select case when is_called then last_value else last_value - 1 end from action_id_seq),
    coalesce((
        select array_agg(l.virtualtransaction order by l.virtualtransaction)
        from pg_locks l
        where l.locktype = 'virtualxid' and l.granted and l.pid <> pg_backend_pid()
    ), '{}');

-- name: still_running
-- Which of these transactions still run.
-- grain: one row
select count(*) from pg_locks l
where l.locktype = 'virtualxid' and l.granted and l.virtualtransaction = any(:transactions::text[]);

-- name: records_between
-- The records of a stretch, in order, as they are sealed.
-- grain: one row per audit record
select
    r.account_id, r.action_id, extract(epoch from r.recorded_at)::text, r.actor, r.verb, r.reason,
    r.before::text, r.after::text
from audit_record r
where r.action_id > :after_id and r.action_id <= :through_id
order by r.action_id, r.account_id;

-- name: insert_block
-- Seal a stretch.
insert into audit_block (block_number, after_id, through_id, records, previous_hash, hash, facts)
values (:block_number, :after_id, :through_id, :records, :previous_hash, :hash, :facts::jsonb);

-- name: list_blocks
-- The chain.
-- grain: one row per block
select block_number, after_id, through_id, records, previous_hash, hash, facts from audit_block order by block_number;

-- name: list_records
-- The records of some accounts, newest first, of one actor or of some kinds of verbs where these are named; each account
-- is read through its key, so without them the cost follows the page.
-- grain: one row per audit record
select r.account_id, r.action_id, r.recorded_at, r.actor, r.verb, r.reason, r.before, r.after
from unnest(:account_ids::bigint[]) a (account_id)
cross join lateral (
    select x.account_id, x.action_id, x.recorded_at, x.actor, x.verb, x.reason, x.before, x.after
    from audit_record x
    where x.account_id = a.account_id and x.action_id <= :before and (x.action_id, x.account_id) < (:before, :before_account)
        and (:actor::text is null or x.actor = :actor) and (:verbs::text[] is null or x.verb like any(:verbs::text[]))
    order by x.action_id desc
    limit :limit
) r
order by r.action_id desc, r.account_id desc
limit :limit;

-- name: list_actors
-- Who did something on some accounts, among the latest records of each.
-- grain: one row per actor
select distinct r.actor
from unnest(:account_ids::bigint[]) a (account_id)
cross join lateral (
    select x.actor from audit_record x where x.account_id = a.account_id order by x.action_id desc limit :latest
) r
order by r.actor;

-- name: forget_answers
-- Drop answers that were given to requests long ago; a key whose answer is gone stays known.
-- grain: one row
with old as materialized (
    select i.account_id, i.key from idempotency i
    where i.recorded_at < :before and i.response is not null
    order by i.recorded_at limit :most for update skip locked
),
dropped as (
    update idempotency i set response = null from old o where i.account_id = o.account_id and i.key = o.key
    returning 1
)
select count(*) from dropped;
