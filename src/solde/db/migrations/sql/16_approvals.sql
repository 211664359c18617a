-- Who may do how much alone, what waits for a second person, and which optional features are on.

-- The most a role may do alone of one kind of action: in one go, and by one actor in a day. Null is without limit, and so is
-- no row. currency '*' holds for every currency without a row of its own.
-- owner: approvals
create table approval_limit (
    role text not null check (role <> ''),
    kind text not null check (kind ~ '^[a-z][a-z_]{1,39}$'),
    currency text not null check (currency ~ '^([*]|[A-Z]{3})$'),
    single_most numeric(20, 6) check (single_most >= 0),
    day_most numeric(20, 6) check (day_most >= 0),
    primary key (role, kind, currency)
);
grant update (single_most, day_most) on approval_limit to solde_app;

-- What one actor did alone under a day limit, as far as it is counted: locked by each action that counts towards it.
-- owner: approvals
create table approval_day (
    actor text not null,
    kind text not null,
    currency text not null,
    on_day date not null,
    used numeric(20, 6) not null check (used >= 0),
    primary key (actor, kind, currency, on_day)
);
grant update (used) on approval_day to solde_app;

-- The actions that approval_day adds up.
-- owner: approvals
create table approval_use (
    account_id bigint not null,
    use_id bigint generated always as identity,
    actor text not null,
    kind text not null,
    currency text not null,
    on_day date not null,
    amount numeric(20, 6) not null check (amount > 0),
    recorded_at timestamptz not null,
    primary key (account_id, use_id)
);

-- An action that waits for a second person, or did. Only how it ended may be written later; what is to be done stays as proposed.
-- account_id is 0, and seller_id null, for an action that concerns no single account. content is json, not jsonb: its text is
-- kept as it was digested. A row still WAITING at expires_at has expired.
-- owner: approvals
create table approval (
    account_id bigint not null,
    approval_id bigint generated always as identity,
    seller_id bigint,
    kind text not null,
    amount numeric(20, 6) not null check (amount > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    content json not null,
    digest bytea not null check (length(digest) = 32),
    proposed_by text not null check (proposed_by <> ''),
    proposer_role text not null,
    reason text,
    why json not null,
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at),
    state text not null default 'WAITING' check (state in ('WAITING', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
    decided_by text,
    decided_at timestamptz,
    decision_reason text,
    primary key (account_id, approval_id),
    check ((state = 'WAITING') = (decided_by is null) and (state = 'WAITING') = (decided_at is null)),
    check (state not in ('APPROVED', 'REJECTED') or lower(decided_by) <> lower(proposed_by))
);
grant update (state, decided_by, decided_at, decision_reason) on approval to solde_app;
create index approval_number on approval (approval_id);
create index approval_seller on approval (seller_id, approval_id);
create index approval_waiting on approval (approval_id) where state = 'WAITING';

-- Shipped limits; all of them can be changed. An administrator and a program have none.
insert into approval_limit (role, kind, currency, single_most, day_most) values
('agent', 'refund', '*', 500, 2000),
('cashier', 'refund', '*', 500, 2000),
('controller', 'refund', '*', 5000, 20000),
('agent', 'write_off', '*', 50, 200),
('cashier', 'write_off', '*', 50, 200),
('accountant', 'write_off', '*', 1000, 5000),
('controller', 'write_off', '*', 1000, 5000),
('accountant', 'credit_note', '*', 1000, 5000),
('controller', 'credit_note', '*', 1000, 5000),
('accountant', 'small_write_off', '*', 1000, 5000),
('controller', 'small_write_off', '*', 1000, 5000),
('agent', 'manual_operation', '*', 1000, 5000),
('cashier', 'manual_operation', '*', 1000, 5000),
('accountant', 'manual_operation', '*', 1000, 5000),
('controller', 'manual_operation', '*', 10000, 50000);

-- What an administrator can switch off; then its buttons, tabs and routes are gone.
-- owner: features
create table feature (
    code text primary key check (code ~ '^[a-z][a-z_]{1,39}$'),
    label text not null check (label <> ''),
    description text not null check (description <> ''),
    is_on boolean not null,
    version integer not null default 1 check (version > 0)
);
grant update (is_on, version) on feature to solde_app;

insert into feature (code, label, description, is_on) values
('litigation', 'Litigation', 'Mark an invoice, or a part of it, as disputed: it leaves matching and the arrears until that is over.', true),
('credit_notes', 'Credit notes', 'Credit an invoice, whole or in part, and reverse credit notes.', true),
('write_offs', 'Write-offs', 'Give up what will not be paid, reverse that, and clear small balances.', true);
