-- name: read_ages
-- How long work waits, in seconds; null where none does. Of the audit log a stretch behind the place that is done is looked at.
-- grain: one row
with moment as (select clock_timestamp() as at),
waiting as (select min(created_at) as since from job where queued and state = 'WAITING'),
touched as (
    select greatest(max(heartbeat_at), max(ended_at)) as at
    from (select heartbeat_at, ended_at from job where queued order by job_id desc limit 200) j
),
sealed as (select through_id, sealed_at from audit_block order by block_number desc limit 1),
unsealed as (
    select min(r.recorded_at) as since
    from (select coalesce((select s.through_id from sealed s), 0) as place) p, audit_record r
    where r.action_id > p.place and r.action_id <= p.place + 100000
),
due as (
    select min(m.due_at) as since, max(w.tried_at) as tried_at
    from webhook w join outbox_message m on m.webhook_id = w.webhook_id
    where w.active and m.state = 'WAITING' and m.due_at < clock_timestamp()
    group by w.webhook_id
    union all
    select min(m.due_at), (select tried_at from outbox_mailing)
    from outbox_message m
    where m.webhook_id is null and m.state = 'WAITING' and m.due_at < clock_timestamp() and :with_mail::boolean
),
untold as (
    select min(r.recorded_at) as since
    from (select min(through_id) as place from webhook where active) p, audit_record r
    where r.action_id > p.place and r.action_id <= p.place + 100000
)
select
    extract(epoch from m.at - w.since)::float8,
    case when w.since is not null then extract(epoch from m.at - greatest(w.since, t.at))::float8 end,
    extract(epoch from m.at - u.since)::float8,
    (select extract(epoch from m.at - s.sealed_at)::float8 from sealed s),
    (
        select extract(epoch from m.at - min(o.created_at))::float8 from outbox_message o
        where o.state = 'WAITING' and (o.webhook_id is not null or :with_mail::boolean)
    ),
    (select extract(epoch from m.at - min(greatest(d.since, d.tried_at)))::float8 from due d where d.since is not null),
    (select extract(epoch from m.at - n.since)::float8 from untold n)
from moment m, waiting w, touched t, unsealed u;
