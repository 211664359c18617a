-- name: list_audit
-- The audit trail, newest first, each record with the code of its account.
-- grain: one row per audit record
select r.action_id, r.account_id, d.code, r.recorded_at, r.actor, r.verb, r.reason, r.before, r.after
from audit_record r
left join account_directory d on d.account_id = r.account_id
where (r.action_id, r.account_id) < (:before, :before_account) and r.action_id > :after
    and (:account_id::bigint is null or r.account_id = :account_id)
    and (:actor::text is null or r.actor = :actor)
    and (:verb::text is null or r.verb = :verb)
    and (:seller_id::bigint is null or d.seller_id = :seller_id)
order by r.action_id desc, r.account_id desc
limit :limit;

-- name: newest_action
-- The newest action number drawn.
-- grain: one row
select last_value from action_id_seq;

-- name: find_job
-- One job as seen from outside; one that nobody works on any more has failed.
-- grain: at most one row
select job_id, kind,
    case
        when state in ('WAITING', 'RUNNING') and coalesce(heartbeat_at, created_at) < clock_timestamp() - interval '2 minutes'
            then 'FAILED'
        else state
    end,
    done, total, step, result, errors, created_by, created_at, started_at, ended_at, arguments ->> 'seller'
from job where job_id = :job_id;

-- name: insert_job
-- Long work that will begin at once.
-- grain: one row
insert into job (kind, arguments, created_by) values (:kind, :arguments::jsonb, :created_by)
returning job_id, created_at;

-- name: move_job
-- How far a job is; it shows that somebody works on it.
update job set state = 'RUNNING', step = :step, done = :done, total = :total, heartbeat_at = clock_timestamp(),
    started_at = coalesce(started_at, clock_timestamp())
where job_id = :job_id;

-- name: end_job
-- How a job ended.
update job set state = :state, step = null, done = :done, total = :total, result = :result::jsonb, errors = :errors::jsonb,
    ended_at = clock_timestamp()
where job_id = :job_id;
