-- Security deposits: money a customer leaves with us, apart from what they owe. The money itself stands in the ledger; here is what it is for.

-- What a deposit is made from: a currency, how much it may be, and how long it holds.
-- owner: deposits
create table deposit_template (
    code text primary key check (code ~ '^[A-Z][A-Z0-9_]{1,29}$'),
    label text not null check (label <> ''),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    least numeric(20, 6) check (least > 0),
    most numeric(20, 6) check (most > 0),
    validity smallint check (validity > 0),
    validity_unit text check (validity_unit in ('DAYS', 'WEEKS', 'MONTHS', 'YEARS')),
    state text not null default 'DRAFT' check (state in ('DRAFT', 'ACTIVE', 'ARCHIVED')),
    version integer not null default 1 check (version > 0),
    check (least <= most),
    check ((validity is null) = (validity_unit is null))
);
grant update (label, least, most, validity, validity_unit, state, version) on deposit_template to solde_app;

-- What holds for all deposits. One row.
-- owner: deposits
create table deposit_settings (
    one boolean primary key default true check (one),
    auto_refund boolean not null,
    version integer not null default 1 check (version > 0)
);
grant update (auto_refund, version) on deposit_settings to solde_app;

-- The most a deposit may be, and the most a customer's deposits may be together, in a currency. No row, or null: no limit.
-- owner: deposits
create table deposit_limit (
    currency text primary key check (currency ~ '^[A-Z]{3}$'),
    deposit_most numeric(20, 6) check (deposit_most > 0),
    customer_most numeric(20, 6) check (customer_most > 0)
);
grant update (deposit_most, customer_most), delete on deposit_limit to solde_app;

-- A deposit as it stands. Its history (deposit_entry) tells how it came there.
-- funded: what was paid for it and not given back by the bank. cancelled: what of the request is asked no more. balance: what is held.
-- The request (operation request_number) is open by expected - funded - cancelled; the operations CRD_SD of it by balance.
-- method: how it was last paid; refunded the same way unless said otherwise. is_over: nothing is asked, nothing is held, nothing will be.
-- owner: deposits
create table deposit (
    account_id bigint not null,
    deposit_number bigint not null check (deposit_number > 0),
    template_code text not null references deposit_template (code),
    name text not null check (name <> ''),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    expected numeric(20, 6) not null check (expected > 0),
    funded numeric(20, 6) not null default 0 check (funded >= 0),
    cancelled numeric(20, 6) not null default 0 check (cancelled >= 0),
    balance numeric(20, 6) not null default 0 check (balance >= 0),
    state text not null check (state in ('VALIDATED', 'HOLD', 'LOCKED', 'UNLOCKED', 'REFUNDED', 'AUTO_REFUND', 'CANCELED')),
    request_number bigint not null,
    valid_until date,
    method text,
    last_entry bigint not null check (last_entry > 0),
    last_on date not null,
    is_over boolean not null generated always as (
        state in ('REFUNDED', 'AUTO_REFUND', 'CANCELED') or (state = 'UNLOCKED' and balance = 0)
    ) stored,
    primary key (account_id, deposit_number),
    unique (account_id, name),
    foreign key (account_id, request_number) references operation (account_id, number),
    check (balance <= expected),
    check (balance <= funded),
    check (funded + cancelled <= expected),
    check (state not in ('REFUNDED', 'AUTO_REFUND', 'CANCELED') or (balance = 0 and funded + cancelled = expected)),
    check (state not in ('LOCKED', 'UNLOCKED') or funded + cancelled = expected),
    check (state not in ('VALIDATED', 'HOLD') or funded + cancelled < expected),
    check (state <> 'VALIDATED' or balance = 0),
    check (state not in ('HOLD', 'LOCKED') or balance > 0)
);
create index deposit_standing on deposit (account_id, deposit_number) where not is_over;
create index deposit_expiring on deposit (valid_until, account_id, deposit_number) where balance > 0;
grant update (funded, cancelled, balance, state, method, last_entry, last_on) on deposit to solde_app;

-- What happened to a deposit: each step with what was held after it. concerns: the operation it was about that others posted or an
-- earlier step did: the debit that was paid, the payment that the bank took back.
-- owner: deposits
create table deposit_entry (
    account_id bigint not null,
    deposit_number bigint not null,
    entry_number bigint not null check (entry_number > 0),
    kind text not null check (kind in ('REQUEST', 'FUND', 'PAY', 'REFUND', 'AUTO_REFUND', 'CANCEL', 'FUNDING_REJECTED')),
    amount numeric(20, 6) not null check (amount > 0),
    balance_after numeric(20, 6) not null check (balance_after >= 0),
    state_after text not null,
    effective_on date not null,
    recorded_at timestamptz not null default clock_timestamp(),
    concerns bigint,
    actor text not null,
    reason text,
    action_id bigint not null,
    primary key (account_id, deposit_number, entry_number),
    foreign key (account_id, deposit_number) references deposit (account_id, deposit_number),
    foreign key (account_id, concerns) references operation (account_id, number),
    check ((kind in ('PAY', 'FUNDING_REJECTED')) = (concerns is not null))
);

-- Which operations a step posted, and what each is in it. An operation belongs to one deposit.
-- owner: deposits
create table deposit_operation (
    account_id bigint not null,
    number bigint not null,
    deposit_number bigint not null,
    entry_number bigint not null,
    part text not null check (part in ('REQUEST', 'PAYMENT', 'HELD', 'USED', 'PAYING', 'REFUND', 'CANCEL', 'REJECTION')),
    primary key (account_id, number),
    foreign key (account_id, number) references operation (account_id, number),
    foreign key (account_id, deposit_number, entry_number) references deposit_entry (account_id, deposit_number, entry_number)
);
create index deposit_operation_deposit on deposit_operation (account_id, deposit_number, entry_number, number);
