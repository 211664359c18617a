-- Instalment plans: what a customer owes is put off to agreed days.

-- What the plans of a seller keep to; seller_id 0 is for every seller without a rule of its own.
-- grace_days: an instalment overdue for longer breaks its plan; null: only a person breaks plans. categories: none is every customer.
-- interest: percent a year on what is put off.
-- owner: instalments
create table instalment_rule (
    seller_id bigint primary key,
    default_count smallint not null check (default_count between 1 and 366),
    most_count smallint not null check (most_count between 1 and 366),
    start text not null check (start in ('TODAY', 'LAST_DAY_OF_CURRENT_MONTH', 'FIRST_DAY_OF_NEXT_MONTH')),
    unit text not null check (unit in ('DAY', 'WEEK', 'MONTH')),
    remainder text not null check (remainder in ('FIRST', 'LAST', 'ADDITIONAL')),
    shift text not null check (shift in ('NONE', 'NEXT', 'PREVIOUS')),
    categories text[] not null default '{}',
    grace_days smallint check (grace_days between 0 and 366),
    interest numeric(9, 6) not null default 0 check (interest between 0 and 100),
    version integer not null default 1 check (version > 0),
    check (default_count <= most_count)
);
grant update (
    default_count, most_count, start, unit, remainder, shift, categories, grace_days, interest, version
) on instalment_rule to solde_app;

-- The amounts of a rule by currency; currency '*' holds for every currency without a row of its own. Null is without limit.
-- owner: instalments
create table instalment_limit (
    seller_id bigint not null references instalment_rule (seller_id),
    currency text not null check (currency ~ '^([*]|[A-Z]{3})$'),
    least numeric(20, 6) check (least > 0),
    most numeric(20, 6) check (most > 0),
    least_instalment numeric(20, 6) check (least_instalment > 0),
    fee numeric(20, 6) not null default 0 check (fee >= 0),
    primary key (seller_id, currency),
    check (least <= most)
);
grant delete on instalment_limit to solde_app;

-- A seller's calendar: days on which nobody pays.
-- owner: instalments
create table holiday (
    seller_id bigint not null references seller (seller_id),
    on_day date not null,
    label text not null check (label <> ''),
    primary key (seller_id, on_day)
);
grant delete on holiday to solde_app;

-- An agreement to pay what is owed in instalments. amount: all of it, fee and interest included.
-- ACTIVE with nothing open of its instalments is complete: see instalment_plan_state.
-- creation_number, fee_number, interest_number: the operations of its activation.
-- owner: instalments
create table instalment_plan (
    account_id bigint not null,
    plan_number bigint not null check (plan_number > 0),
    state text not null default 'DRAFT' check (state in ('DRAFT', 'ACTIVE', 'BROKEN', 'CANCELED')),
    amount numeric(20, 6) not null check (amount > 0),
    fee numeric(20, 6) not null check (fee >= 0),
    interest numeric(20, 6) not null check (interest >= 0),
    remainder text not null check (remainder in ('FIRST', 'LAST', 'ADDITIONAL')),
    version integer not null default 1 check (version > 0),
    note text,
    drafted_at timestamptz not null,
    drafted_by text not null,
    activated_on date,
    activated_at timestamptz,
    activated_by text,
    creation_number bigint,
    fee_number bigint,
    interest_number bigint,
    ended_on date,
    ended_at timestamptz,
    ended_by text,
    end_reason text,
    unmatched numeric(20, 6),
    primary key (account_id, plan_number),
    foreign key (account_id, creation_number) references operation (account_id, number),
    foreign key (account_id, fee_number) references operation (account_id, number),
    foreign key (account_id, interest_number) references operation (account_id, number),
    check (fee + interest < amount),
    check ((activated_on is null) = (creation_number is null)),
    check ((state in ('ACTIVE', 'BROKEN')) = (creation_number is not null)),
    check ((fee_number is not null) = (creation_number is not null and fee > 0)),
    check ((interest_number is not null) = (creation_number is not null and interest > 0)),
    check ((state in ('BROKEN', 'CANCELED')) = (ended_on is not null)),
    check ((state = 'BROKEN') = (unmatched is not null))
);
create index instalment_plan_list on instalment_plan (drafted_at desc, account_id desc, plan_number desc);
create index instalment_plan_active on instalment_plan (account_id, plan_number) where state = 'ACTIVE';
grant update (
    state, version, note, activated_on, activated_at, activated_by, creation_number, fee_number, interest_number,
    ended_on, ended_at, ended_by, end_reason, unmatched
) on instalment_plan to solde_app;

-- The debits a plan puts off, and how much was available of each.
-- owner: instalments
create table plan_debit (
    account_id bigint not null,
    plan_number bigint not null,
    number bigint not null,
    amount numeric(20, 6) not null check (amount > 0),
    primary key (account_id, plan_number, number),
    foreign key (account_id, plan_number) references instalment_plan (account_id, plan_number),
    foreign key (account_id, number) references operation (account_id, number)
);
create index plan_debit_operation on plan_debit (account_id, number);

-- What is to be paid when. operation_number: the debit of an active plan.
-- owner: instalments
create table instalment (
    account_id bigint not null,
    plan_number bigint not null,
    instalment_number smallint not null check (instalment_number > 0),
    due_on date not null,
    amount numeric(20, 6) not null check (amount > 0),
    operation_number bigint,
    primary key (account_id, plan_number, instalment_number),
    unique (account_id, operation_number),
    unique (account_id, plan_number, due_on),
    foreign key (account_id, plan_number) references instalment_plan (account_id, plan_number),
    foreign key (account_id, operation_number) references operation (account_id, number)
);
grant update (operation_number), delete on instalment to solde_app;

-- How far each plan is. What is open of an instalment is open of its operation, so a payment completes a plan and a reversal reopens it.
create view instalment_plan_state as
select p.account_id, p.plan_number,
    case when p.state = 'ACTIVE' and s.open = 0 then 'COMPLETED' else p.state end as state, s.count, s.open, s.next_due_on, s.last_due_on
from instalment_plan p
cross join lateral (
    select count(*) as count, coalesce(sum(o.open), 0) as open, min(i.due_on) filter (where o.open is not null) as next_due_on,
        max(i.due_on) as last_due_on
    from instalment i
    left join open_item o
        on o.account_id = i.account_id and o.side = 1 and o.due_on = i.due_on and o.number = i.operation_number
    where i.account_id = p.account_id and i.plan_number = p.plan_number
) s;
