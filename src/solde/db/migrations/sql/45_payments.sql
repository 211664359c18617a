-- What payments need beside the ledger: how a payment is given back, and receipts of nobody.

-- As what a payment is refunded, and as what a payment or a refund is booked that the bank gave back. None: it cannot be.
-- owner: payments
create table payment_route (
    type_code text primary key references operation_type (code),
    refund_type text references operation_type (code),
    rejection_type text references operation_type (code)
);

-- Which operation took another one back: a rejection its payment or refund, a reversal its write-off. Once, whatever is unmatched later.
-- owner: payments
create table taken_back (
    account_id bigint not null,
    number bigint not null,
    by_number bigint not null,
    primary key (account_id, number),
    foreign key (account_id, number) references operation (account_id, number),
    foreign key (account_id, by_number) references operation (account_id, number)
);

-- The two ends of a transfer: the operation that settles here, and the one that stands open on the other account.
-- owner: payments
create table transfer (
    account_id bigint not null,
    number bigint not null,
    to_account_id bigint not null,
    to_number bigint not null,
    primary key (account_id, number),
    foreign key (account_id, number) references operation (account_id, number)
);

-- Which invoice a credit note was made against, and of how much. It stays when the credit note is taken back.
-- owner: payments
create table credit_note (
    account_id bigint not null,
    number bigint not null,
    invoice_number bigint not null,
    amount numeric(20, 6) not null check (amount > 0),
    primary key (account_id, number),
    foreign key (account_id, number) references operation (account_id, number),
    foreign key (account_id, invoice_number) references operation (account_id, number)
);
create index credit_note_invoice on credit_note (account_id, invoice_number, number);

-- Money that came in and names no account. It is on no account, so in no balance, until it is assigned.
-- assigned: what of it was registered on accounts so far. entry_key: the sender's own name for it, so that it is recorded once.
-- owner: payments
create table unidentified_receipt (
    receipt_id bigint generated always as identity primary key,
    seller_id bigint not null references seller (seller_id),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount numeric(20, 6) not null check (amount > 0),
    assigned numeric(20, 6) not null default 0,
    received_on date not null,
    type_code text not null references operation_type (code),
    payment_method text references payment_method (code),
    reference text,
    payer_text text,
    entry_key text check (entry_key <> ''),
    state text not null default 'WAITING' check (state in ('WAITING', 'ASSIGNED', 'RETURNED')),
    returned_on date,
    return_reason text,
    recorded_at timestamptz not null default clock_timestamp(),
    action_id bigint not null,
    check (assigned >= 0 and assigned <= amount),
    check ((state = 'ASSIGNED') = (assigned = amount)),
    check ((state = 'RETURNED') = (returned_on is not null)),
    unique (seller_id, entry_key)
);
create index unidentified_receipt_list on unidentified_receipt (state, receipt_id desc);
grant update (assigned, state, returned_on, return_reason) on unidentified_receipt to solde_app;

-- Which payment of which account a part of a receipt became.
-- owner: payments
create table receipt_assignment (
    account_id bigint not null,
    number bigint not null,
    receipt_id bigint not null,
    amount numeric(20, 6) not null check (amount > 0),
    recorded_at timestamptz not null default clock_timestamp(),
    action_id bigint not null,
    primary key (account_id, number),
    foreign key (account_id, number) references operation (account_id, number)
);
create index receipt_assignment_receipt on receipt_assignment (receipt_id, account_id, number);

-- The payments of all accounts in order of their dates, those of a day as they were registered: a list of them reads no invoice.
-- New ones go to its end. All other operations have `operation_other`.
create index operation_payment on operation (operation_on, action_id, account_id, number) where class in ('P', 'AP');
