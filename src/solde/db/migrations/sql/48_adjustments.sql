-- What was done with the balance adjustment wizard, and how the balance moved.

-- One adjustment. balance: the current balance, billed and unbilled; above zero the customer owes. Of a prepaid account the funds are its
-- opposite. The balance after is what it comes to when it is done; of a card the transaction tells whether it was, and what became of it.
-- rounding: what closing a trace of rounding moved besides.
-- owner: adjustments
create table adjustment (
    account_id bigint not null,
    adjustment_number bigint not null check (adjustment_number > 0),
    type text not null check (
        type in (
            'manual_charge', 'manual_credit', 'promotional_credit', 'manual_payment', 'refund', 'ecommerce_payment', 'ecommerce_refund',
            'authorization_only', 'capture_payment', 'void'
        )
    ),
    amount numeric(20, 6) not null check (amount > 0),
    payment_mode text not null check (payment_mode in ('PREPAID', 'POSTPAID')),
    balance_before numeric(26, 6) not null,
    balance_after numeric(26, 6) not null,
    rounding numeric(20, 6) not null default 0,
    unallocated_before numeric(26, 6) not null check (unallocated_before >= 0),
    unallocated_after numeric(26, 6) check (unallocated_after >= 0),
    item_number bigint,
    transaction_number integer,
    visible_comment text,
    internal_comment text,
    occurred_on date not null,
    recorded_at timestamptz not null,
    action_id bigint not null,
    primary key (account_id, adjustment_number),
    unique (account_id, item_number),
    unique (account_id, transaction_number),
    foreign key (account_id, transaction_number) references card_transaction (account_id, transaction_number),
    foreign key (account_id, item_number) references unbilled_item (account_id, item_number),
    check (
        balance_after - balance_before - rounding = case
            when type in ('authorization_only', 'void') then 0
            when type in ('manual_charge', 'refund', 'ecommerce_refund') then amount
            else -amount
        end
    ),
    check ((item_number is not null) = (type in ('manual_charge', 'manual_credit', 'promotional_credit'))),
    check ((transaction_number is null) = (item_number is not null or type in ('manual_payment', 'refund'))),
    check ((transaction_number is null) = (unallocated_after is not null))
);

-- The operations that an adjustment posted: a payment, or a refund of each credit it gave back.
-- owner: adjustments
create table adjustment_operation (
    account_id bigint not null,
    number bigint not null,
    adjustment_number bigint not null,
    primary key (account_id, number),
    foreign key (account_id, number) references operation (account_id, number),
    foreign key (account_id, adjustment_number) references adjustment (account_id, adjustment_number)
);
create index adjustment_operation_adjustment on adjustment_operation (account_id, adjustment_number);

insert into feature (code, label, description, is_on) values
('adjustments', 'Balance adjustments', 'The wizard that charges, credits, pays in and refunds in three steps, and the list of unbilled items.', true);

insert into approval_limit (role, kind, currency, single_most, day_most) values
('agent', 'adjustment_manual_charge', '*', 200, 1000),
('agent', 'adjustment_manual_credit', '*', 50, 200),
('agent', 'adjustment_promotional_credit', '*', 50, 200),
('cashier', 'adjustment_manual_charge', '*', 200, 1000),
('cashier', 'adjustment_manual_credit', '*', 50, 200),
('cashier', 'adjustment_promotional_credit', '*', 50, 200),
('cashier', 'adjustment_refund', '*', 500, 2000),
('accountant', 'adjustment_manual_charge', '*', 1000, 5000),
('accountant', 'adjustment_manual_credit', '*', 1000, 5000),
('accountant', 'adjustment_promotional_credit', '*', 1000, 5000),
('controller', 'adjustment_manual_charge', '*', 5000, 20000),
('controller', 'adjustment_manual_credit', '*', 5000, 20000),
('controller', 'adjustment_promotional_credit', '*', 5000, 20000),
('controller', 'adjustment_refund', '*', 5000, 20000),
('agent', 'unbilled_take_back', '*', 50, 200),
('cashier', 'unbilled_take_back', '*', 50, 200),
('accountant', 'unbilled_take_back', '*', 1000, 5000),
('controller', 'unbilled_take_back', '*', 5000, 20000),
('cashier', 'adjustment_ecommerce_payment', '*', 5000, 20000),
('cashier', 'adjustment_authorization_only', '*', 5000, 20000),
('cashier', 'adjustment_capture_payment', '*', 5000, 20000),
('cashier', 'adjustment_ecommerce_refund', '*', 500, 2000),
('controller', 'adjustment_ecommerce_payment', '*', 20000, 100000),
('controller', 'adjustment_authorization_only', '*', 20000, 100000),
('controller', 'adjustment_capture_payment', '*', 20000, 100000),
('controller', 'adjustment_ecommerce_refund', '*', 5000, 20000);
