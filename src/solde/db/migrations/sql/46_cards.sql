-- Card payments: stored cards, what was asked of the gateway, every call and word of it, chargebacks.

-- Cards that may be charged. Only the gateway's token and what may be shown are kept, never a number.
-- owner: cards
create table payment_card (
    account_id bigint not null references account (account_id),
    card_number integer not null,
    gateway text not null,
    token text not null check (token <> ''),
    customer_reference text,
    brand text not null check (brand <> ''),
    last4 text not null check (last4 ~ '^[0-9]{4}$'),
    expires_year smallint not null check (expires_year between 2000 and 2199),
    expires_month smallint not null check (expires_month between 1 and 12),
    is_default boolean not null default false,
    state text not null default 'ACTIVE' check (state in ('ACTIVE', 'REMOVED')),
    created_at timestamptz not null,
    action_id bigint not null,
    primary key (account_id, card_number),
    check (not (is_default and state = 'REMOVED'))
);
create unique index payment_card_default on payment_card (account_id) where is_default;
create unique index payment_card_token on payment_card (account_id, gateway, token);
grant update (is_default, state, expires_year, expires_month) on payment_card to solde_app;

-- Cards being added on the page of the gateway; card_number: the card that came of it.
-- owner: cards
create table card_setup (
    account_id bigint not null references account (account_id),
    setup_number integer not null,
    gateway text not null,
    reference text not null,
    gateway_reference text,
    redirect_url text,
    card_number integer,
    actor text not null,
    created_at timestamptz not null,
    primary key (account_id, setup_number),
    unique (account_id, reference),
    foreign key (account_id, card_number) references payment_card (account_id, card_number)
);
grant update (gateway_reference, redirect_url, card_number) on card_setup to solde_app;

-- What was asked of the gateway, and what came of it. Written before the call, moved on after it.
-- A capture, void or refund belongs to a charge or an authorization: its parent, which holds the sums.
-- refunding: refunds under way. exceeded: a chargeback took more than was left. check_at: when the janitor looks again.
-- owner: cards
create table card_transaction (
    account_id bigint not null references account (account_id),
    transaction_number integer not null,
    kind text not null check (kind in ('charge', 'authorize', 'capture', 'void', 'refund')),
    state text not null default 'CREATED' check (
        state in ('CREATED', 'PENDING', 'AUTHORIZED', 'CAPTURED', 'VOIDED', 'EXPIRED', 'REFUNDED', 'DECLINED', 'FAILED', 'UNKNOWN')
    ),
    amount numeric(20, 6) not null check (amount > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    gateway text not null,
    merchant text not null,
    reference text not null,
    gateway_reference text,
    card_number integer,
    parent_number integer,
    captured numeric(20, 6) not null default 0 check (captured >= 0),
    refunded numeric(20, 6) not null default 0 check (refunded >= 0),
    refunding numeric(20, 6) not null default 0 check (refunding >= 0),
    charged_back numeric(20, 6) not null default 0 check (charged_back >= 0),
    exceeded boolean not null default false,
    expires_at timestamptz,
    operation_number bigint,
    redirect_url text,
    code text,
    alert text,
    actor text not null check (actor <> ''),
    reason text,
    comment text,
    return_url text,
    attempts integer not null default 0,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    check_at timestamptz,
    action_id bigint not null,
    primary key (account_id, transaction_number),
    unique (account_id, reference),
    foreign key (account_id, card_number) references payment_card (account_id, card_number),
    foreign key (account_id, parent_number) references card_transaction (account_id, transaction_number),
    foreign key (account_id, operation_number) references operation (account_id, number),
    check ((kind in ('charge', 'authorize')) = (parent_number is null)),
    check ((kind in ('charge', 'authorize')) = (card_number is not null)),
    check (captured <= amount),
    check (refunded + refunding + charged_back <= captured or exceeded),
    check (parent_number is null or captured + refunded + refunding + charged_back = 0),
    check (state <> 'AUTHORIZED' or (kind = 'authorize' and captured = 0)),
    check (state not in ('VOIDED', 'EXPIRED') or captured = 0 or alert is not null),
    check (kind <> 'authorize' or state <> 'AUTHORIZED' or expires_at is not null)
);
create index card_transaction_check on card_transaction (check_at) where check_at is not null;
-- The list of all accounts, newest first.
create index card_transaction_newest on card_transaction (action_id, account_id, transaction_number);
create index card_transaction_parent on card_transaction (account_id, parent_number) where parent_number is not null;
grant update (
    state, gateway_reference, captured, refunded, refunding, charged_back, exceeded, expires_at, operation_number, redirect_url, code,
    alert, attempts, changed_at, check_at
) on card_transaction to solde_app;

-- Each call of the gateway and each word from it, in order; a call that did not come back has no end.
-- owner: cards
create table card_attempt (
    account_id bigint not null,
    transaction_number integer not null,
    attempt_number integer not null,
    what text not null check (what <> ''),
    started_at timestamptz not null,
    ended_at timestamptz,
    verdict text,
    code text,
    request_id text,
    gateway_reference text,
    actor text,
    primary key (account_id, transaction_number, attempt_number),
    foreign key (account_id, transaction_number) references card_transaction (account_id, transaction_number)
);
grant update (ended_at, verdict, code, request_id, gateway_reference) on card_attempt to solde_app;

-- The directory of gateway references: each belongs to one transaction, for ever.
-- owner: cards
create table card_reference (
    gateway text not null,
    merchant text not null,
    gateway_reference text not null,
    account_id bigint not null,
    transaction_number integer not null,
    primary key (gateway, merchant, gateway_reference)
);

-- Money that the cardholder's bank took back. rejection_number: its REJ_CRD; return_number: the payment where it was won back.
-- owner: cards
create table card_chargeback (
    account_id bigint not null,
    chargeback_number integer not null,
    transaction_number integer not null,
    gateway_reference text not null,
    amount numeric(20, 6) not null check (amount > 0),
    currency text not null,
    state text not null check (state in ('OPEN', 'WON', 'LOST')),
    reason text,
    rejection_number bigint,
    return_number bigint,
    task text,
    opened_at timestamptz not null,
    ended_at timestamptz,
    action_id bigint not null,
    primary key (account_id, chargeback_number),
    unique (account_id, gateway_reference),
    foreign key (account_id, transaction_number) references card_transaction (account_id, transaction_number),
    foreign key (account_id, rejection_number) references operation (account_id, number),
    foreign key (account_id, return_number) references operation (account_id, number),
    check ((state = 'OPEN') = (ended_at is null)),
    check (return_number is null or state = 'WON')
);
grant update (state, rejection_number, return_number, task, ended_at) on card_chargeback to solde_app;

-- What a chargeback opened again, and how much of it is disputed for it.
-- owner: cards
create table card_chargeback_line (
    account_id bigint not null,
    chargeback_number integer not null,
    number bigint not null,
    amount numeric(20, 6) not null check (amount > 0),
    disputed boolean not null,
    primary key (account_id, chargeback_number, number),
    foreign key (account_id, chargeback_number) references card_chargeback (account_id, chargeback_number),
    foreign key (account_id, number) references operation (account_id, number)
);

-- The signed words of gateways, each once, and what was made of it. account_id 0: it concerned none of ours.
-- owner: cards
create table gateway_event (
    gateway text not null,
    event_id text not null,
    kind text not null,
    account_id bigint not null default 0,
    transaction_number integer,
    words text not null,
    told text not null,
    received_at timestamptz not null,
    primary key (gateway, event_id)
);
create index gateway_event_transaction on gateway_event (account_id, transaction_number) where account_id > 0;

-- The other side's truth, where the sandbox is the gateway: what a real one would keep in its own house.
-- owner: cards
create table sandbox_merchant (
    merchant text primary key,
    secret text not null
);
insert into sandbox_merchant (merchant, secret)
values ('sandbox', 'whsec_' || encode(decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'), 'base64'));

-- owner: cards
create table sandbox_setup (
    setup_id text primary key,
    reference text not null unique,
    name text,
    return_url text not null,
    token text,
    created_at timestamptz not null
);
grant update (token) on sandbox_setup to solde_app;

-- behaviour: what this card does, by the number that was typed; the number itself is not kept.
-- owner: cards
create table sandbox_card (
    token text primary key,
    brand text not null,
    last4 text not null check (last4 ~ '^[0-9]{4}$'),
    expires_year smallint not null,
    expires_month smallint not null,
    behaviour text not null
);

-- One row per request by its reference: repeated, the same answer.
-- owner: cards
create table sandbox_request (
    reference text primary key,
    request_id text not null,
    kind text not null,
    digest text not null,
    state text not null,
    code text,
    gateway_reference text,
    parent_reference text,
    token text,
    amount numeric(20, 6) not null,
    currency text not null,
    captured numeric(20, 6) not null default 0,
    refunded numeric(20, 6) not null default 0,
    is_void boolean not null default false,
    return_url text,
    expires_at timestamptz,
    created_at timestamptz not null,
    check (captured <= amount),
    check (refunded <= captured)
);
create unique index sandbox_request_gateway_reference on sandbox_request (gateway_reference);
grant update (state, code, captured, refunded, is_void, expires_at) on sandbox_request to solde_app;

-- owner: cards
create table sandbox_chargeback (
    chargeback_id text primary key,
    gateway_reference text not null,
    amount numeric(20, 6) not null check (amount > 0),
    currency text not null,
    state text not null check (state in ('opened', 'won', 'lost')),
    created_at timestamptz not null
);
grant update (state) on sandbox_chargeback to solde_app;

-- Events to send: due_at null where it was sent.
-- owner: cards
create table sandbox_event (
    event_number bigint generated always as identity primary key,
    event_id text not null unique,
    body text not null,
    due_at timestamptz,
    sent integer not null default 0,
    created_at timestamptz not null
);
create index sandbox_event_due on sandbox_event (due_at) where due_at is not null;
grant update (due_at, sent) on sandbox_event to solde_app;

insert into feature (code, label, description, is_on) values
('card_payments', 'Card payments', 'Stored cards, charges, authorizations and refunds through a payment gateway, chargebacks.', true);

insert into approval_limit (role, kind, currency, single_most, day_most) values
('cashier', 'card_payment', '*', 5000, 20000),
('controller', 'card_payment', '*', 20000, 100000),
('cashier', 'card_refund', '*', 500, 2000),
('controller', 'card_refund', '*', 5000, 20000);
