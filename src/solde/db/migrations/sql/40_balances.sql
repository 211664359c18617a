-- What a balance is: chosen operation types for each side, an expression, a measure.

-- Every version of every definition; the one in force at an instant is the newest recorded by then.
-- owner: balances
create table balance_definition_version (
    definition_id bigint not null,
    version integer not null check (version > 0),
    code text not null check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    label text not null check (label <> ''),
    debit_choice text not null check (debit_choice in ('all', 'except', 'only', 'none')),
    debit_types text[] not null default '{}',
    credit_choice text not null check (credit_choice in ('all', 'except', 'only', 'none')),
    credit_types text[] not null default '{}',
    expression text not null default '',
    measure text not null check (measure <> ''),
    counts_unbilled boolean not null default false,
    position integer not null default 0,
    is_default boolean not null default false,
    deleted boolean not null default false,
    recorded_at timestamptz not null,
    action_id bigint not null,
    primary key (definition_id, version)
);

-- The version in force now.
-- owner: balances
create table balance_definition (
    definition_id bigint generated always as identity primary key,
    code text not null unique,
    version integer not null,
    is_default boolean not null default false,
    foreign key (definition_id, version) references balance_definition_version (definition_id, version)
        deferrable initially deferred
);
create unique index balance_definition_default on balance_definition (is_default) where is_default;
grant update, delete on balance_definition to solde_app;

-- Totals of an account up to a day, so that a past balance is read from the nearest one and the short tail behind it.
-- owner: balances
create table balance_snapshot (
    account_id bigint not null,
    until_on date not null,
    type_id smallint not null,
    excluded boolean not null,
    amount numeric(26, 6) not null,
    count bigint not null,
    primary key (account_id, until_on, type_id, excluded)
);
grant delete on balance_snapshot to solde_app;

-- Up to which operation number the snapshots of an account know the ledger.
-- owner: balances
create table balance_snapshot_head (
    account_id bigint primary key,
    through_number bigint not null
);
grant update on balance_snapshot_head to solde_app;

-- What each account owes and what of it is overdue, as last worked out: accounts are put in order and narrowed by it. It follows
-- the ledger some seconds behind, is never shown as a figure, and can be made anew at any time.
-- owner: balances
create table account_standing (
    account_id bigint primary key,
    seller_id bigint not null,
    currency text not null,
    kind text not null,
    country text,
    category text,
    customer_state text not null,
    payment_mode text,
    state text not null,
    incomplete boolean not null,
    balance numeric(26, 6) not null,
    overdue numeric(26, 6) not null
) with (fillfactor = 80);
create index account_standing_balance on account_standing (balance, account_id);
create index account_standing_overdue on account_standing (overdue, account_id);
grant update on account_standing to solde_app;

-- What the accounts of a seller owe together in a currency, when the standings were last worked out.
-- owner: balances
create table standing_total (
    seller_id bigint not null,
    currency text not null,
    owed numeric not null,
    overpaid numeric not null,
    overdue numeric not null,
    accounts bigint not null,
    owing bigint not null,
    arrears bigint not null,
    overpaid_accounts bigint not null,
    incomplete bigint not null,
    stopped bigint not null,
    primary key (seller_id, currency)
);
grant delete on standing_total to solde_app;

-- Of which moment the standings of a seller are: the day, the definitions, and the first transaction they may not know.
-- owner: balances
create table standing_head (
    seller_id bigint primary key,
    as_of date not null,
    definitions text not null,
    horizon bigint not null,
    worked_out_at timestamptz not null,
    cost_ms integer not null
);
grant update on standing_head to solde_app;
