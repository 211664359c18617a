-- name: insert_job
-- Long work to be done; queued work is done by the next free worker.
-- grain: one row
insert into job (kind, arguments, created_by, queued) values (:kind, :arguments::jsonb, :created_by, :queued)
returning job_id;

-- name: enqueue_job
-- Put a job into the queue.
select enqueue_job(:job_id);

-- name: take_time
-- A large file takes longer than a request may.
select set_config('statement_timeout', '0', true);

-- name: keep_file
-- The parts of a file come in as a stream.
copy job_file (job_id, part, content) from stdin (format binary); -- noqa: PRS

-- name: read_file
-- The parts of a file go out as a stream.
copy (select content from job_file where job_id = :job_id order by part) to stdout (format binary);

-- name: list_jobs
-- Jobs as seen from outside, newest first; one that is not queued and that nobody works on any more has failed.
-- grain: one row per job
select j.job_id, j.kind, j.state, j.done, j.total, j.step, j.result, (select count(*) from job_error e where e.job_id = j.job_id),
    j.created_by, j.created_at, j.started_at, j.ended_at, j.cancel_asked_at is not null, j.queued, j.arguments
from (
    select job_id, kind, done, total, step, result, created_by, created_at, started_at, ended_at, cancel_asked_at, queued, arguments,
        case
            when not queued and state in ('WAITING', 'RUNNING') and coalesce(heartbeat_at, created_at) < clock_timestamp() - interval '2 minutes'
                then 'FAILED'
            else state
        end as state
    from job
) j
where (:before::bigint is null or j.job_id < :before)
    and (:job_id::bigint is null or j.job_id = :job_id)
    and (:kind::text is null or j.kind = :kind)
    and (:state::text is null or j.state = :state)
    and (:created_by::text is null or j.created_by = :created_by)
    and (:seller::text is null or j.arguments ->> 'seller' = :seller)
order by j.job_id desc
limit :limit;

-- name: list_errors
-- The refusals of a job in order of line, after a given one.
-- grain: one row per refusal
select position, line, place, code, said from job_error
where job_id = :job_id and (coalesce(line, 0), position) > (:line, :position)
order by coalesce(line, 0), position
limit :limit;

-- name: claim_job
-- Begin a job that waits; no row where another worker has it, or it has ended.
-- grain: at most one row
with claimed as (
    update job set state = 'RUNNING', attempt = attempt + 1, done = 0, total = null, step = null, heartbeat_at = clock_timestamp(),
        started_at = coalesce(started_at, clock_timestamp())
    where job_id = :job_id and state = 'WAITING'
    returning job_id, attempt, kind, arguments
),
forgotten as (delete from job_error e using claimed c where e.job_id = c.job_id)
select attempt, kind, arguments from claimed;

-- name: move_job
-- How far a job is; it shows that somebody works on it. Is it to be cancelled? No row: it is in other hands now.
-- grain: at most one row
update job set state = 'RUNNING', step = :step, done = :done, total = :total, heartbeat_at = clock_timestamp(),
    started_at = coalesce(started_at, clock_timestamp())
where job_id = :job_id and attempt = :attempt and state in ('WAITING', 'RUNNING')
returning cancel_asked_at is not null;

-- name: add_errors
-- Refusals a job met.
insert into job_error (job_id, position, line, place, code, said)
select :job_id, e.position, e.line, e.place, e.code, e.said::json
from
    unnest(:positions::int[], :lines::bigint[], :places::text[], :codes::text[], :texts::text[])
        as e(position, line, place, code, said)
on conflict do nothing;

-- name: end_job
-- How a job ended; its file is needed no longer.
-- grain: at most one row
with ended as (
    update job set state = :state, step = null, done = :done, total = :total, result = :result::jsonb, ended_at = clock_timestamp()
    where job_id = :job_id and attempt = :attempt and state in ('WAITING', 'RUNNING')
    returning job_id, kind, created_by
),
emptied as (delete from job_file f using ended e where f.job_id = e.job_id)
select kind, created_by from ended;

-- name: end_list_file
-- How the file of a list ended; it is kept after that.
-- grain: at most one row
update job set state = :state, step = null, done = :done, result = :result::jsonb, ended_at = clock_timestamp()
where job_id = :job_id and state in ('WAITING', 'RUNNING')
returning job_id;

-- name: has_file
-- Is a file there?
-- grain: one row
select exists (select from job_file where job_id = :job_id);

-- name: drop_list_files
-- Files of lists that were written long ago.
-- grain: one row
with dropped as (
    delete from job_file f using job j
    where j.job_id = f.job_id and j.kind = 'list_file' and j.ended_at < clock_timestamp() - make_interval(secs => :kept_seconds)
    returning f.job_id
)
select count(distinct job_id) from dropped;

-- name: release_job
-- Give a job back that was begun and not finished, for another worker.
with released as (
    update job set state = 'WAITING', heartbeat_at = null
    where job_id = :job_id and attempt = :attempt and state = 'RUNNING'
    returning job_id
)
select enqueue_job(job_id) from released;

-- name: cancel_job
-- Ask that a job stops; one that waits ends at once.
-- grain: at most one row
with asked as (
    update job set cancel_asked_at = coalesce(cancel_asked_at, clock_timestamp()),
        state = case when state = 'WAITING' then 'CANCELLED' else state end,
        ended_at = case when state = 'WAITING' then clock_timestamp() end
    where job_id = :job_id and (queued or kind = 'list_file') and state in ('WAITING', 'RUNNING')
    returning job_id, state
),
emptied as (delete from job_file f using asked a where f.job_id = a.job_id and a.state = 'CANCELLED')
select state from asked;

-- name: take_up_jobs
-- Jobs whose worker is gone wait again, or end where they were to be cancelled or have met too many crashes.
-- grain: one row per job
with taken as (
    update job set
        state = case when cancel_asked_at is not null then 'CANCELLED' when crashes >= :most_crashes then 'FAILED' else 'WAITING' end,
        ended_at = case when cancel_asked_at is not null or crashes >= :most_crashes then clock_timestamp() end,
        crashes = crashes + 1
    where job_id in (
        select job_id from job
        where queued and state = 'RUNNING' and heartbeat_at < clock_timestamp() - make_interval(secs => :silent_seconds)
        for update skip locked
    )
    returning job_id, state
),
emptied as (delete from job_file f using taken t where f.job_id = t.job_id and t.state <> 'WAITING')
select job_id, state from taken;

-- name: enqueue_waiting
-- Put every job that waits into the queue, unless it is there.
-- grain: one row per job
select enqueue_job(job_id) from job
where queued and state = 'WAITING' and created_at < clock_timestamp() - make_interval(secs => :silent_seconds);

-- name: drop_dead_entries
-- Entries of the queue whose worker is gone.
select drop_dead_entries(make_interval(secs => :silent_seconds));

-- name: enqueue_deliveries
-- Put the delivery to some receivers into the queue, unless it is there.
select enqueue_deliveries(:receivers::bigint [], :failing::boolean []);

-- name: forget_workers
-- Workers that are gone for sure, with the entries of the queue they had at hand.
select forget_workers(:gone::bigint []);
