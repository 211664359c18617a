-- What long work needs beside its job row: the file it works on, the rows it refused, and its place in the queue.

-- A file that was sent, in parts of a megabyte, until its job has ended. In the database, so that any server can do the job.
-- owner: app
create table job_file (
    job_id bigint not null references job (job_id),
    part integer not null,
    content bytea not null,
    primary key (job_id, part)
);
alter table job_file alter column content set storage external;
grant delete on job_file to solde_app;

-- A refusal the job met: which line and column of its file, and why.
-- owner: app
create table job_error (
    job_id bigint not null references job (job_id),
    position integer not null,
    line bigint,
    place text,
    code text not null,
    said json not null,
    primary key (job_id, position)
);
create index job_error_line on job_error (job_id, coalesce(line, 0), position);
grant delete on job_error to solde_app;

-- Put a job into the queue, unless it waits there already; it is seen when the transaction commits.
create function enqueue_job(id bigint) returns void
language sql set search_path = procrastinate, public
begin atomic
insert into procrastinate.procrastinate_jobs (queue_name, task_name, priority, queueing_lock, args)
values ('jobs', 'run_job', 0, 'job-' || id, jsonb_build_object('job_id', id))
on conflict (queueing_lock) where status = 'todo'::procrastinate.procrastinate_job_status do nothing;
end;
grant execute on function enqueue_job to solde_app;

-- Drop entries of the queue whose worker is gone: their locks would keep others of their kind waiting for ever.
create function drop_dead_entries(silent interval) returns void
language sql set search_path = procrastinate, public
begin atomic
delete from procrastinate.procrastinate_jobs j
where j.status = 'doing'::procrastinate.procrastinate_job_status and not exists (
    select from procrastinate.procrastinate_workers w where w.id = j.worker_id and w.last_heartbeat > clock_timestamp() - silent
);
end;
grant execute on function drop_dead_entries to solde_app;

-- Forget workers that are gone for sure, and drop the entries of the queue they had at hand; those of nobody as well.
create function forget_workers(gone bigint []) returns void
language sql set search_path = procrastinate, public
begin atomic
with dropped as (
    delete from procrastinate.procrastinate_jobs j
    where j.status = 'doing'::procrastinate.procrastinate_job_status and (j.worker_id is null or j.worker_id = any(gone))
)
delete from procrastinate.procrastinate_workers w where w.id = any(gone);
end;
grant execute on function forget_workers to solde_app;

-- Put the delivery to some receivers into the queue, unless it waits there already, those that fail behind the others;
-- receiver 0 is the mail server. Two deliveries to one receiver do not run at a time.
create function enqueue_deliveries(receivers bigint [], failing boolean []) returns void
language sql set search_path = procrastinate, public
begin atomic
insert into procrastinate.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
select 'deliveries', 'deliver_to', case when r.fails then -1 else 0 end, 'receiver-' || r.id, 'receiver-' || r.id,
    jsonb_build_object('receiver', r.id)
from unnest(receivers, failing) r (id, fails)
on conflict (queueing_lock) where status = 'todo'::procrastinate.procrastinate_job_status do nothing;
end;
grant execute on function enqueue_deliveries to solde_app;
