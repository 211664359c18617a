-- name: lock_relay
-- How far the audit log is read for events; no row while another process reads it.
-- grain: at most one row
select decided_id, horizon_id, running from outbox_relay for update skip locked;

-- name: save_relay
-- How far the audit log is read, and what is to be decided next.
update outbox_relay set decided_id = :decided_id, horizon_id = :horizon_id, running = :running::text[];

-- name: read_decided
-- Every action up to this number is known for ever.
-- grain: one row
select decided_id from outbox_relay;

-- name: newest_action
-- The newest action number drawn.
-- grain: one row
select case when is_called then last_value else last_value - 1 end from action_id_seq;

-- name: actions_at_work
-- The transactions that drew an action number and have not ended: drawing locks the sequence until the end.
-- grain: one row
select coalesce(array_agg(distinct l.virtualtransaction), '{}')
from pg_locks l
where l.locktype = 'relation' and l.relation = 'action_id_seq'::regclass and l.mode = 'RowExclusiveLock' and l.granted
    and l.database = (select oid from pg_database where datname = current_database())
    and (:among::text[] is null or l.virtualtransaction = any(:among::text[]));

-- name: events_after
-- Audit records of these verbs after a place in the log and up to an action number, oldest first, with the codes of their
-- accounts and sellers; a posting's verb names the kind it has besides.
-- grain: one row per audit record
select r.action_id, r.account_id, v.verb, d.code, s.code, r.recorded_at, r.actor, r.reason, r.before::text, r.after::text
from audit_record r
cross join lateral (select case when r.verb = 'post' then concat_ws(':', r.verb, r.after ->> 'kind') else r.verb end as verb) v
left join account_directory d on d.account_id = r.account_id
left join seller s on s.seller_id = d.seller_id
where r.action_id >= :after_id and (r.action_id, r.account_id) > (:after_id, :after_account) and r.action_id <= :through_id
    and v.verb = any(:verbs::text[])
    and (:account::text is null or d.code = :account)
    and (:seller::text is null or s.code = :seller)
    and (:recorded_after::timestamptz is null or r.recorded_at > :recorded_after)
order by r.action_id, r.account_id
limit :most;

-- name: recorded_at_of
-- When the first audit record from an action number on was written, looked for in the next stretch of numbers.
-- grain: at most one row
select r.recorded_at from audit_record r
where r.action_id >= :action_id and r.action_id < :action_id + 1000
order by r.action_id limit 1;

-- name: events_before
-- Audit records of these verbs before a place in the log and after an action number, newest first.
-- grain: one row per audit record
select r.action_id, r.account_id, v.verb, d.code, s.code, r.recorded_at, r.actor, r.reason, r.before::text, r.after::text
from audit_record r
cross join lateral (select case when r.verb = 'post' then concat_ws(':', r.verb, r.after ->> 'kind') else r.verb end as verb) v
left join account_directory d on d.account_id = r.account_id
left join seller s on s.seller_id = d.seller_id
where r.action_id <= :before_id and (r.action_id, r.account_id) < (:before_id, :before_account) and r.action_id > :after_id
    and v.verb = any(:verbs::text[])
    and (:account::text is null or d.code = :account)
    and (:seller::text is null or s.code = :seller)
order by r.action_id desc, r.account_id desc
limit :limit;

-- name: seller_codes
-- Every seller's code.
-- grain: one row per seller
select code from seller;

-- name: insert_endpoint
-- A new endpoint; it hears of what happens from now on.
-- grain: one row
insert into webhook (url, description, kinds, seller_code, secret, through_id, created_at)
values (:url, :description, :kinds::text[], :seller, :secret, :through_id, :now)
returning webhook_id, url, description, kinds, seller_code, secret, active, note, version, through_id, through_account, failing_since, created_at;

-- name: list_endpoints
-- Endpoints, with how much waits for them and how much was given up; one, or all that a seller may see.
-- grain: one row per endpoint
select w.webhook_id, w.url, w.description, w.kinds, w.seller_code, w.secret, w.active, w.note, w.version, w.through_id,
    w.through_account, w.failing_since, w.created_at,
    (select count(*) from outbox_message m where m.webhook_id = w.webhook_id and m.state = 'WAITING'),
    (select count(*) from outbox_message m where m.webhook_id = w.webhook_id and m.state = 'DEAD')
from webhook w
where w.deleted_at is null and (:webhook_id::bigint is null or w.webhook_id = :webhook_id)
    and (:seller::text is null or w.seller_code = :seller)
order by w.webhook_id;

-- name: lock_endpoint
-- One endpoint, to be changed.
-- grain: at most one row
select webhook_id, url, description, kinds, seller_code, secret, active, note, version, through_id, through_account, failing_since, created_at
from webhook where webhook_id = :webhook_id and deleted_at is null and (:seller::text is null or seller_code = :seller)
for update;

-- name: change_endpoint
-- Change an endpoint; its next version.
update webhook set url = :url, description = :description, kinds = :kinds::text[], active = :active, note = :note,
    through_id = :through_id, through_account = :through_account, failing_since = :failing_since, version = version + 1
where webhook_id = :webhook_id;

-- name: delete_endpoint
-- Take an endpoint away; its deliveries stay for those who look back.
update webhook set active = false, deleted_at = :now where webhook_id = :webhook_id;

-- name: endpoints_behind
-- Active endpoints that were not told of everything that is decided, the furthest behind first.
-- grain: one row per endpoint
select webhook_id, url, description, kinds, seller_code, secret, active, note, version, through_id, through_account, failing_since, created_at
from webhook where active and (through_id, through_account) < (:decided_id, :last_account)
order by through_id, through_account, webhook_id;

-- name: move_endpoints
-- Note up to which place in the audit log the endpoints' events are in the outbox.
update webhook set through_id = :through_id, through_account = :through_account
where webhook_id = any(:webhook_ids::bigint[]) and (through_id, through_account) < (:through_id, :through_account);

-- name: note_health
-- Since when nothing arrives at an endpoint; null where something does.
update webhook set failing_since = case when :failing::boolean then coalesce(failing_since, :now) end
where webhook_id = :webhook_id and (failing_since is null) = :failing::boolean;

-- name: disable_endpoint
-- Take an endpoint that takes nothing out of use: at once where it said so, else where it has failed too long.
-- grain: at most one row
update webhook set active = false, note = :note, version = version + 1
where webhook_id = :webhook_id and active and (failing_since <= :failing_before or :at_once::boolean)
returning webhook_id, url, description, kinds, seller_code, secret, active, note, version, through_id, through_account, failing_since, created_at;

-- name: insert_messages
-- Messages to be sent; one that is there already stays as it is.
-- grain: one row per message
insert into outbox_message (webhook_id, name, kind, body, seller_code, due_at, created_at)
select m.webhook_id, m.name, m.kind, m.body, m.seller, :now, :now
from json_to_recordset(:messages::json) m (webhook_id bigint, name text, kind text, body text, seller text)
on conflict (webhook_id, name) do nothing
returning message_id, webhook_id, name, kind, body, seller_code, state, attempts, due_at, status, answer, created_at, ended_at;

-- name: insert_attachments
-- The files of mails.
insert into outbox_attachment (message_id, position, name, media_type, content)
select * from unnest(:message_ids::bigint[], :positions::smallint[], :names::text[], :media_types::text[], :contents::bytea[]);

-- name: attachments_of
-- The files of mails, in order.
-- grain: one row per file
select message_id, name, media_type, content from outbox_attachment
where message_id = any(:message_ids::bigint[]) order by message_id, position;

-- name: due_endpoints
-- Active endpoints with something to send now.
-- grain: one row per endpoint
select webhook_id, url, description, kinds, seller_code, secret, active, note, version, through_id, through_account, failing_since, created_at
from webhook w
where active and exists (
    select from outbox_message m where m.webhook_id = w.webhook_id and m.state = 'WAITING' and m.due_at <= :now
)
order by webhook_id;

-- name: claim_events
-- Take messages of an endpoint for one try; nobody else takes them before the try counts as lost.
-- grain: one row per message
with claimed as materialized (
    select c.message_id from outbox_message c
    where c.webhook_id = :webhook_id and c.state = 'WAITING' and c.due_at <= :now
    order by c.due_at, c.message_id limit :most for update skip locked
),
noted as (update webhook set tried_at = :now where webhook_id = :webhook_id)
update outbox_message m set attempts = m.attempts + 1, due_at = :lost_at
from claimed c where m.message_id = c.message_id
returning m.message_id, m.webhook_id, m.name, m.kind, m.body, m.seller_code, m.state, m.attempts, m.due_at, m.status, m.answer,
    m.created_at, m.ended_at;

-- name: claim_mails
-- Take mails for one try, as claim_events does.
-- grain: one row per message
with claimed as materialized (
    select c.message_id from outbox_message c
    where c.webhook_id is null and c.state = 'WAITING' and c.due_at <= :now
    order by c.due_at, c.message_id limit :most for update skip locked
),
noted as (update outbox_mailing set tried_at = :now)
update outbox_message m set attempts = m.attempts + 1, due_at = :lost_at
from claimed c where m.message_id = c.message_id
returning m.message_id, m.webhook_id, m.name, m.kind, m.body, m.seller_code, m.state, m.attempts, m.due_at, m.status, m.answer,
    m.created_at, m.ended_at;

-- name: save_steps
-- What becomes of messages after a try, unless somebody else has taken them since.
update outbox_message m
set state = s.state, attempts = s.attempts, due_at = s.due_at, status = coalesce(s.status, m.status),
    answer = coalesce(s.answer, m.answer), ended_at = case when s.state <> 'WAITING' then :now::timestamptz end
from json_to_recordset(:steps::json) s (
    message_id bigint, claimed smallint, state text, attempts smallint, due_at timestamptz, status smallint, answer text
)
where m.message_id = s.message_id and m.attempts = s.claimed and m.state = 'WAITING';

-- name: has_due_mail
-- Is a mail due?
-- grain: one row
select exists (select from outbox_message where webhook_id is null and state = 'WAITING' and due_at <= :now);

-- name: count_waiting_mails
-- Mails on their way.
-- grain: one row
select count(*) from outbox_message where webhook_id is null and state = 'WAITING';

-- name: list_deliveries
-- Messages of an endpoint, newest first.
-- grain: one row per message
select message_id, webhook_id, name, kind, body, seller_code, state, attempts, due_at, status, answer, created_at, ended_at
from outbox_message
where webhook_id = :webhook_id and message_id < :before_id and (:state::text is null or state = :state)
order by message_id desc limit :limit;

-- name: list_mails
-- Mails, newest first.
-- grain: one row per mail
select message_id, webhook_id, name, kind, body, seller_code, state, attempts, due_at, status, answer, created_at, ended_at
from outbox_message
where webhook_id is null and message_id < :before_id and (:state::text is null or state = :state)
    and (:seller::text is null or seller_code = :seller)
order by message_id desc limit :limit;

-- name: lock_message
-- One message, to be sent again; a seller sees those of his endpoints and his mails.
-- grain: at most one row
select m.message_id, m.webhook_id, m.name, m.kind, m.body, m.seller_code, m.state, m.attempts, m.due_at, m.status, m.answer,
    m.created_at, m.ended_at
from outbox_message m
left join webhook w on w.webhook_id = m.webhook_id
where m.message_id = :message_id and w.deleted_at is null
    and (:seller::text is null or case when m.webhook_id is null then m.seller_code else w.seller_code end = :seller)
for update of m;

-- name: replay_message
-- Send a message again, from the first try on.
update outbox_message set state = 'WAITING', attempts = 0, due_at = :now, ended_at = null where message_id = :message_id;

-- name: replay_dead
-- Send again what was given up for an endpoint since an instant.
-- grain: one row per message
update outbox_message set state = 'WAITING', attempts = 0, due_at = :now, ended_at = null
where webhook_id = :webhook_id and state = 'DEAD' and created_at >= :since
returning message_id;

-- name: purge_events
-- Forget events that arrived long ago; the audit log has them still.
-- grain: one row per message
with old as materialized (
    select message_id from outbox_message
    where state = 'DELIVERED' and webhook_id is not null and ended_at < :before limit :most for update skip locked
)
delete from outbox_message m using old where m.message_id = old.message_id
returning m.message_id;
