-- The outbox: what leaves Solde. Events go to webhooks, mail goes to a mail server; nothing is sent inside a transaction.
-- It knows no account: on a sharded cluster it stays on the coordinator.

-- Who is told about events, and how. kinds: the kinds of events wanted, empty for all. seller_code: the seller whose accounts
-- it is about, null for all. through_id, through_account: the place in the audit log up to which its events are in the outbox.
-- failing_since: since when nothing arrived. tried_at: when something was last taken to be sent to it. note: why it was taken out of use. A deleted one stays for its deliveries.
-- owner: outbox
create table webhook (
    webhook_id bigint generated always as identity primary key,
    url text not null check (url ~ '^https?://'),
    description text not null,
    kinds text[] not null,
    seller_code text,
    secret text not null check (secret ~ '^whsec_'),
    active boolean not null default true,
    note text,
    version int not null default 1,
    through_id bigint not null,
    through_account bigint not null default 9223372036854775807,
    failing_since timestamptz,
    tried_at timestamptz,
    created_at timestamptz not null,
    deleted_at timestamptz
);
grant update (url, description, kinds, active, note, version, through_id, through_account, failing_since, tried_at, deleted_at)
on webhook to solde_app;

-- A message on its way: an event for a webhook, or a mail where webhook_id is null. name: the id the receiver sees, the same
-- at every try. body: the JSON text that is sent; of a mail its parts. due_at: not before; while a try runs, when it counts as
-- lost. status, answer: what the receiver said last.
-- owner: outbox
create table outbox_message (
    message_id bigint generated always as identity primary key,
    webhook_id bigint references webhook (webhook_id),
    name text not null,
    kind text not null,
    body text not null,
    seller_code text,
    state text not null default 'WAITING' check (state in ('WAITING', 'DELIVERED', 'DEAD')),
    attempts smallint not null default 0,
    due_at timestamptz not null,
    status smallint,
    answer text,
    created_at timestamptz not null,
    ended_at timestamptz,
    unique (webhook_id, name)
);
create index outbox_message_list on outbox_message (webhook_id, message_id);
create index outbox_message_due on outbox_message (webhook_id, due_at, message_id) where state = 'WAITING';
create index outbox_message_dead on outbox_message (webhook_id, created_at) where state = 'DEAD';
create index outbox_message_ended on outbox_message (ended_at) where state = 'DELIVERED' and webhook_id is not null;
grant update (state, attempts, due_at, status, answer, ended_at), delete on outbox_message to solde_app;

-- The files of a mail.
-- owner: outbox
create table outbox_attachment (
    message_id bigint not null references outbox_message (message_id),
    position smallint not null,
    name text not null,
    media_type text not null,
    content bytea not null,
    primary key (message_id, position)
);

-- How far the audit log is read for events. decided_id: every action up to it is known for ever. horizon_id, running: the
-- number to be decided next, and the transactions that may still bring an action up to it.
-- owner: outbox
create table outbox_relay (
    one boolean primary key default true check (one),
    decided_id bigint not null default 0,
    horizon_id bigint not null default 0,
    running text[] not null default '{}'
);
grant update (decided_id, horizon_id, running) on outbox_relay to solde_app;
insert into outbox_relay default values;

-- When mails were last taken to be sent.
-- owner: outbox
create table outbox_mailing (
    one boolean primary key default true check (one),
    tried_at timestamptz
);
grant update (tried_at) on outbox_mailing to solde_app;
insert into outbox_mailing default values;
