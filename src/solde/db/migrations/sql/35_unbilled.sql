-- What the next invoice will hold: charges, credits and promotions that are not billed yet, and what they come to.

-- What may be charged or credited. tax_rate is in percent. is_service: false for what stands for no service at all.
-- owner: unbilled
create table service (
    service_id smallint generated always as identity primary key,
    code text not null unique check (code ~ '^[A-Z][A-Z0-9_]{1,29}$'),
    label text not null check (label <> ''),
    tax_rate numeric(6, 3) not null check (tax_rate >= 0 and tax_rate <= 100),
    is_service boolean not null default true,
    active boolean not null default true,
    version integer not null default 1 check (version > 0)
);
grant update (label, tax_rate, active, version) on service to solde_app;

-- A charge or a credit of the open period; gross is signed: above zero the customer will owe it. Inserted once, and then only billed.
-- corrects: the item that this one takes back, whole, once. period_from and period_until: the open period it fell into.
-- billed_by: the operation that bills it; none while it is unbilled, so each cent is unbilled or on exactly one operation.
-- owner: unbilled
create table unbilled_item (
    account_id bigint not null,
    item_number bigint not null check (item_number > 0),
    kind text not null check (kind in ('MANUAL_CHARGE', 'MANUAL_CREDIT', 'PROMOTION')),
    service_id smallint not null references service (service_id),
    tax_rate numeric(6, 3) not null,
    net numeric(20, 6) not null,
    tax numeric(20, 6) not null,
    gross numeric(20, 6) not null check (gross <> 0),
    description text,
    internal_comment text,
    occurred_on date not null,
    period_from date not null,
    period_until date not null,
    recorded_at timestamptz not null,
    corrects bigint,
    billed_by bigint,
    action_id bigint not null,
    primary key (account_id, item_number),
    unique (account_id, corrects),
    foreign key (account_id, corrects) references unbilled_item (account_id, item_number),
    foreign key (account_id, billed_by) references operation (account_id, number),
    check (net + tax = gross),
    check (sign(net) in (0, sign(gross)) and sign(tax) in (0, sign(gross))),
    check ((gross > 0) = ((kind = 'MANUAL_CHARGE') = (corrects is null))),
    check (corrects < item_number),
    check (occurred_on between period_from and period_until)
);
create index unbilled_item_open on unbilled_item (account_id, item_number) where billed_by is null;
create index unbilled_item_billed on unbilled_item (account_id, billed_by) where billed_by is not null;
grant update (billed_by) on unbilled_item to solde_app;

-- What the unbilled items of an account come to, moved by the statement that writes them. debit and credit: gross above and below zero.
-- last_item: the highest item number given.
-- owner: unbilled
create table unbilled_total (
    account_id bigint primary key,
    last_item bigint not null,
    net numeric(26, 6) not null,
    tax numeric(26, 6) not null,
    debit numeric(26, 6) not null check (debit >= 0),
    credit numeric(26, 6) not null check (credit >= 0),
    count bigint not null check (count >= 0 and count <= last_item),
    check (net + tax = debit - credit)
) with (fillfactor = 70);
grant update on unbilled_total to solde_app;

insert into service (code, label, tax_rate, is_service) values
('PROMO', 'Credits/Promotions', 0, false),
('SUBSCRIPTION', 'Subscription', 20, true),
('CALLS', 'Calls', 20, true),
('MESSAGES', 'Messages', 20, true),
('DATA', 'Data', 20, true),
('HARDWARE', 'Hardware', 20, true),
('INSTALLATION', 'Installation', 20, true),
('LATE_FEE', 'Late payment fee', 0, true);
