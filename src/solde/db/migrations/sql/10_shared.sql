-- Small shared tables: what every account refers to. They are reference tables on a sharded cluster.

-- owner: audit
create sequence action_id_seq;
grant select on sequence action_id_seq to solde_app;

-- One record for every state change: who, when, what, why, before and after.
-- account_id is 0 for an action that concerns no single account.
-- owner: audit
create table audit_record (
    account_id bigint not null,
    action_id bigint not null,
    recorded_at timestamptz not null default clock_timestamp(),
    actor text not null,
    verb text not null,
    reason text,
    before jsonb,
    after jsonb,
    primary key (account_id, action_id)
);
create index audit_record_action on audit_record using brin (action_id) with (pages_per_range = 16);

-- A sealed stretch of audit records: hash = sha256(previous hash, what it says of facts, and every record of (after_id, through_id] in order).
-- facts: of each kind of fact that the stretch's actions wrote, how many and their digest (see fact_row).
-- owner: audit
create table audit_block (
    block_number bigint primary key,
    after_id bigint not null,
    through_id bigint not null,
    records bigint not null,
    previous_hash bytea not null,
    hash bytea not null,
    facts jsonb not null default '{}',
    sealed_at timestamptz not null default clock_timestamp(),
    check (through_id > after_id),
    unique (after_id)
);

-- The answer given for a caller's key, so that a repeated request gets it again. After a while the answer is dropped, and that
-- it was given, for which request and by which action, is kept for ever. account_id is 0 for requests over many accounts.
-- owner: audit
create table idempotency (
    account_id bigint not null,
    key text not null check (length(key) between 1 and 255),
    request_hash bytea not null,
    action_id bigint not null,
    response jsonb,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (account_id, key)
);
create index idempotency_answered on idempotency (recorded_at) where response is not null;
grant update (response) on idempotency to solde_app;

-- Long work seen from outside: how far it is, how it ended. queued: a worker does it, and after a crash another takes it up again.
-- attempt: tells the worker that does it from one that did; crashes: how often it was taken up again.
-- owner: app
create table job (
    job_id bigint generated always as identity primary key,
    kind text not null,
    arguments jsonb not null default '{}',
    queued boolean not null default false,
    state text not null default 'WAITING' check (state in ('WAITING', 'RUNNING', 'DONE', 'REFUSED', 'FAILED', 'CANCELLED')),
    attempt integer not null default 0,
    crashes integer not null default 0,
    done bigint not null default 0,
    total bigint,
    step text,
    result jsonb,
    created_by text not null,
    created_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    heartbeat_at timestamptz,
    cancel_asked_at timestamptz,
    ended_at timestamptz
);
create index job_unfinished on job (job_id) where state in ('WAITING', 'RUNNING');
grant update on job to solde_app;

-- A type of operation: what it is called, which side it stands on, which accounts it moves.
-- own_actions: made by nothing but the actions of security deposits and instalment plans, never by hand.
-- owner: operations
create table operation_type (
    type_id smallint generated always as identity primary key,
    code text not null unique check (code ~ '^[A-Z][A-Z0-9_]{1,29}$'),
    label text not null check (label <> ''),
    class text not null check (class in ('I', 'P', 'AP', 'RF', 'ARF', 'R', 'W', 'OCC')),
    side smallint not null check (side in (1, -1)),
    account text,
    contra_account text,
    second_contra_account text,
    journal text,
    manual_creation boolean not null default true,
    deposit boolean not null default false,
    own_actions boolean not null default false,
    check (not (manual_creation and (own_actions or deposit)))
);
grant update (label, account, contra_account, second_contra_account, journal, manual_creation) on operation_type to solde_app;
