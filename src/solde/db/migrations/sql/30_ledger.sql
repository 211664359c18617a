-- The ledger of customer accounts. Facts (operation, match_group, match_line, unmatch, unmatch_line, litigation_event) are only ever inserted.
-- Projections (open_item, settled_item, account_total) follow them in the same transaction, can be rebuilt from them, and `solde verify` compares.

-- A fact: money billed to or received from a customer. Never updated, never deleted.
-- owner: operations
create table operation (
    account_id bigint not null,
    number bigint not null check (number > 0),
    type_id smallint not null,
    class text not null,
    side smallint not null check (side in (1, -1)),
    currency text not null,
    amount numeric(20, 6) not null check (amount > 0),
    net numeric(20, 6),
    tax numeric(20, 6),
    operation_on date not null,
    due_on date not null,
    collected_on date,
    recorded_at timestamptz not null,
    excluded boolean not null default false,
    billing_account_id bigint,
    reference text,
    description text,
    order_number text,
    payment_method text,
    source text not null,
    comment text,
    action_id bigint not null,
    primary key (account_id, number),
    foreign key (account_id, billing_account_id) references billing_account (account_id, billing_account_id),
    check (net + tax = amount),
    check (class <> 'I' or due_on >= operation_on)
);
create index operation_list on operation (account_id, operation_on desc, number desc) include (type_id, excluded, amount);
-- An invoice number is there once in an account. What takes a credit note back has the reference of its own action.
create unique index operation_invoice_number on operation (account_id, reference)
where class = 'I' and side = 1 and reference is not null and source <> 'credit_note';
create index operation_reference on operation (account_id, reference text_pattern_ops) where reference is not null;

-- Over all accounts, none of them unique. Each costs every posting one entry; those of dates and of recording go to the end of
-- their index, where the pages are at hand. They are how a list of all operations is read a page at a time.
-- By what is printed on it: whose is this invoice, whose is this money?
create index operation_referred on operation (reference collate "C", account_id, number) where reference is not null;
-- By the last number in it, its digits backwards: 277 is the beginning of what stands for DEMO-00277, 0277 and 10277.
create index operation_numbered on operation ((left(substring(reverse(reference) from '[0-9]+'), 40) collate "C"))
where substring(reverse(reference) from '[0-9]+') is not null;
-- By its day, those of a day as they were recorded. Payments have an index of their own for the same (`operation_payment`).
create index operation_other on operation (operation_on, action_id, account_id, number) where class not in ('P', 'AP');
-- As they were recorded: what is new since an instant.
create index operation_recorded on operation (recorded_at, account_id, number);

-- What is still open of an operation. No row: nothing is.
-- not_before: the earliest effective date of the next match (the operation's own date, or the day it was last reopened or freed from litigation).
-- latest_on: the latest effective date of its matches and reversals so far (its own date without any).
-- Its key is the order in which it is paid, so one index serves both; an operation's side and due date never change.
-- owner: operations
create table open_item (
    account_id bigint not null,
    number bigint not null,
    type_id smallint not null,
    class text not null,
    side smallint not null,
    excluded boolean not null,
    operation_on date not null,
    due_on date not null,
    not_before date not null,
    latest_on date not null,
    amount numeric(20, 6) not null,
    open numeric(20, 6) not null,
    disputed numeric(20, 6) not null default 0,
    litigation_reason text,
    primary key (account_id, side, due_on, number),
    check (open > 0 and open <= amount),
    check (disputed >= 0 and disputed <= open)
) with (fillfactor = 80);
grant update, delete on open_item to solde_app;
-- What is overdue over all accounts, the oldest first. A due date never changes, so matching a part of an item leaves it as it is.
create index open_item_due on open_item (due_on, account_id, number) where side = 1;

-- When an operation was open that no longer is: from its own date until closed_on. It answers "what was open on that day".
-- span = floor(log2(days it was open)): one index probe a span finds every item open on a day, however long the history.
-- flat: it was wholly open and undisputed until closed_on; otherwise its matches and disputes tell.
-- late_span: the same for the days it was overdue, where there were any; for arrears of a past day.
-- owner: operations
create table settled_item (
    account_id bigint not null,
    span smallint not null,
    operation_on date not null,
    number bigint not null,
    closed_on date not null,
    type_id smallint not null,
    class text not null,
    side smallint not null,
    excluded boolean not null,
    due_on date not null,
    amount numeric(20, 6) not null,
    flat boolean not null,
    late_span smallint generated always as (
        case when closed_on > due_on + 1 then floor(log(2, (closed_on - due_on)::numeric))::smallint end
    ) stored,
    primary key (account_id, span, operation_on, number),
    check (closed_on > operation_on)
);
create index settled_item_late on settled_item (account_id, late_span, due_on) where late_span is not null;
grant delete on settled_item to solde_app;

-- Totals by dimension: one row per account, operation type and exclusion flag; a column group per matching status:
-- o open, p partial, i in litigation, l matched.
-- owner: operations
create table account_total (
    account_id bigint not null,
    type_id smallint not null,
    excluded boolean not null,
    o_amount numeric(26, 6) not null default 0,
    o_disputed numeric(26, 6) not null default 0,
    o_count bigint not null default 0,
    p_amount numeric(26, 6) not null default 0,
    p_open numeric(26, 6) not null default 0,
    p_disputed numeric(26, 6) not null default 0,
    p_count bigint not null default 0,
    i_amount numeric(26, 6) not null default 0,
    i_open numeric(26, 6) not null default 0,
    i_disputed numeric(26, 6) not null default 0,
    i_count bigint not null default 0,
    l_amount numeric(26, 6) not null default 0,
    l_count bigint not null default 0,
    primary key (account_id, type_id, excluded)
) with (fillfactor = 50);
grant update on account_total to solde_app;

-- The same, one row per status.
create view account_total_by_status as
select t.account_id, t.type_id, t.excluded, s.matching_status, s.amount, s.open, s.disputed, s.count
from account_total t
cross join lateral (values
    ('O', t.o_amount, t.o_amount, t.o_disputed, t.o_count),
    ('P', t.p_amount, t.p_open, t.p_disputed, t.p_count),
    ('I', t.i_amount, t.i_open, t.i_disputed, t.i_count),
    ('L', t.l_amount, 0::numeric, 0::numeric, t.l_count)
) s (matching_status, amount, open, disputed, count)
where s.count > 0;

-- A match of debits with credits of one account. Its code (A, B, … Z, AA) is made from group_number. effective_on: of its latest line.
-- owner: matching
create table match_group (
    account_id bigint not null,
    group_number bigint not null check (group_number > 0),
    kind text not null check (kind in ('MANUAL', 'AUTOMATIC', 'IMPORT')),
    effective_on date not null,
    recorded_at timestamptz not null,
    reason text,
    action_id bigint not null,
    primary key (account_id, group_number)
);

-- A part of a credit that pays a part of a debit, from a day on that both allow.
-- owner: matching
create table match_line (
    account_id bigint not null,
    debit_number bigint not null,
    credit_number bigint not null,
    group_number bigint not null,
    amount numeric(20, 6) not null check (amount > 0),
    effective_on date not null,
    primary key (account_id, debit_number, credit_number, group_number),
    foreign key (account_id, group_number) references match_group (account_id, group_number),
    foreign key (account_id, debit_number) references operation (account_id, number),
    foreign key (account_id, credit_number) references operation (account_id, number)
);
create index match_line_credit on match_line (account_id, credit_number, debit_number);
create index match_line_group on match_line (account_id, group_number);

-- The reversal of a match, whole or of chosen lines: a record of its own. The match stays as history.
-- owner: matching
create table unmatch (
    account_id bigint not null,
    unmatch_number bigint not null check (unmatch_number > 0),
    group_number bigint not null,
    effective_on date not null,
    recorded_at timestamptz not null,
    reason text,
    action_id bigint not null,
    primary key (account_id, unmatch_number),
    foreign key (account_id, group_number) references match_group (account_id, group_number)
);

-- A line is reversed once, whole: the key says so.
-- owner: matching
create table unmatch_line (
    account_id bigint not null,
    debit_number bigint not null,
    credit_number bigint not null,
    group_number bigint not null,
    unmatch_number bigint not null,
    primary key (account_id, debit_number, credit_number, group_number),
    foreign key (account_id, debit_number, credit_number, group_number)
        references match_line (account_id, debit_number, credit_number, group_number),
    foreign key (account_id, unmatch_number) references unmatch (account_id, unmatch_number)
);

-- Why invoices are disputed, as a choice; what is no longer chosen stays for what was disputed for it.
-- owner: litigation
create table litigation_reason (
    code text primary key check (code ~ '^[A-Z][A-Z0-9_]{1,29}$'),
    label text not null check (label <> ''),
    is_active boolean not null default true,
    position integer not null check (position > 0)
);
grant update (label, is_active, position) on litigation_reason to solde_app;

-- What of an operation is disputed from a day on, why, whose it is and when it is looked at again. The last event in force on a day tells.
-- owner: litigation
create table litigation_event (
    account_id bigint not null,
    event_number bigint not null check (event_number > 0),
    number bigint not null,
    verb text not null check (verb in ('ENTER', 'UPDATE', 'REMOVE')),
    disputed numeric(20, 6) not null check (disputed >= 0),
    effective_on date not null,
    recorded_at timestamptz not null,
    reason_code text references litigation_reason (code),
    reason text,
    owner text,
    review_on date,
    action_id bigint not null,
    primary key (account_id, event_number),
    foreign key (account_id, number) references operation (account_id, number),
    check ((verb = 'REMOVE') = (disputed = 0))
);
create index litigation_event_operation on litigation_event (account_id, number, effective_on, event_number);

-- The litigation each operation is in, as its last event tells, and since when: the work list over all accounts. No row: none.
-- reference, due_on, amount: those of the operation, which never change; the list is searched and shown without it.
-- owner: litigation
create table open_dispute (
    account_id bigint not null,
    number bigint not null,
    currency text not null,
    reference text,
    due_on date not null,
    amount numeric(20, 6) not null,
    disputed numeric(20, 6) not null check (disputed > 0),
    since_on date not null,
    reason_code text references litigation_reason (code),
    reason text,
    owner text,
    review_on date,
    primary key (account_id, number),
    foreign key (account_id, number) references operation (account_id, number)
) with (fillfactor = 80);
create index open_dispute_since on open_dispute (since_on, account_id, number);
create index open_dispute_amount on open_dispute (disputed, account_id, number);
create index open_dispute_review on open_dispute (coalesce(review_on, 'infinity'::date), account_id, number);
create index open_dispute_owner on open_dispute (lower(owner), since_on, account_id, number) where owner is not null;
grant update, delete on open_dispute to solde_app;

-- The day an operation belongs to in accounting: that of its money where it moves money, else its own.
create function accounting_day(class text, operation_on date, due_on date, collected_on date) returns date
language sql immutable parallel safe
return case when class in ('P', 'AP', 'RF', 'ARF', 'R') then coalesce(collected_on, due_on, operation_on) else operation_on end;

-- Up to which number an account's operations have been taken to accounting: those are EXPORTED, later ones POSTED,
-- but for what posting_exception says. No row: none was taken.
-- owner: operations
create table accounting_mark (
    account_id bigint primary key,
    through_number bigint not null
);
grant update on accounting_mark to solde_app;

-- Operations whose posting is not the plain one: dated in a closed period, moved to another accounting day, taken back into the
-- queue after they were repaired, or failed on the way to accounting. An accounting day here is the one that counts.
-- owner: operations
create table posting_exception (
    account_id bigint not null,
    number bigint not null,
    status text not null check (status in ('POSTED', 'EXPORTED', 'REJECTED', 'EXPORT_FAILED')),
    accounting_on date,
    reason text not null,
    detail text,
    recorded_at timestamptz not null,
    primary key (account_id, number),
    foreign key (account_id, number) references operation (account_id, number),
    check ((status = 'REJECTED') = (accounting_on is null))
);
create index posting_exception_waiting on posting_exception (status, account_id, number) where status <> 'EXPORTED';
grant update, delete on posting_exception to solde_app;

-- Files an operation that a statement has just written: where its accounting day is closed it becomes an exception.
-- Null where the day is open; else the day it was moved to, or no day where it was rejected. The lone posting's way of closed_spans.
create function file_operation(
    its_account bigint, its_number bigint, its_day date, is_late boolean, at timestamptz
) returns date[] language plpgsql volatile as $$
declare
    waited text;
    moved date;
begin
    waited := pg_advisory_xact_lock_shared(7305808869231660);
    select s.moved_to into moved from closed_span s where s.late = is_late and s.starts_on <= its_day and s.ends_on >= its_day;
    if not found then
        return null;
    end if;
    insert into posting_exception (account_id, number, status, accounting_on, reason, recorded_at) values (
        its_account, its_number, case when moved is null then 'REJECTED' else 'POSTED' end, moved,
        case when moved is null then 'CLOSED_PERIOD' else 'FORCED' end, at
    );
    return array[moved];
end $$;

-- Every operation as it stands now: its facts, its type, what is open of it, and how far accounting is with it.
create view operation_now as
select
    o.account_id, o.number, o.type_id, t.code, t.label, o.class, o.side, o.currency, o.amount, o.net, o.tax,
    o.operation_on, o.due_on, o.collected_on, o.recorded_at, o.excluded, t.deposit, o.billing_account_id,
    o.reference, o.description, o.order_number, o.payment_method, o.source, o.comment, o.action_id,
    coalesce(i.open, 0) as open,
    coalesce(i.disputed, 0) as disputed,
    case
        when i.number is null then 'L'
        when i.disputed = i.open then 'I'
        when i.open < i.amount then 'P'
        else 'O'
    end as matching_status,
    case when x.status is not null then x.status when o.number <= m.through_number then 'EXPORTED' else 'POSTED' end as posting_status,
    case when x.status is null then accounting_day(o.class, o.operation_on, o.due_on, o.collected_on) else x.accounting_on end as accounting_on,
    i.litigation_reason
from operation o
join operation_type t on t.type_id = o.type_id
left join accounting_mark m on m.account_id = o.account_id
left join posting_exception x on x.account_id = o.account_id and x.number = o.number
left join open_item i on i.account_id = o.account_id and i.side = o.side and i.due_on = o.due_on and i.number = o.number;

-- The same rows and columns, each open item looked up by itself: for short lists of long accounts, where joining all open items would cost more.
create view operation_seen as
select
    o.account_id, o.number, o.type_id, t.code, t.label, o.class, o.side, o.currency, o.amount, o.net, o.tax,
    o.operation_on, o.due_on, o.collected_on, o.recorded_at, o.excluded, t.deposit, o.billing_account_id,
    o.reference, o.description, o.order_number, o.payment_method, o.source, o.comment, o.action_id,
    coalesce(i.open, 0) as open,
    coalesce(i.disputed, 0) as disputed,
    case
        when i.open is null then 'L'
        when i.disputed = i.open then 'I'
        when i.open < i.amount then 'P'
        else 'O'
    end as matching_status,
    case when x.status is not null then x.status when o.number <= m.through_number then 'EXPORTED' else 'POSTED' end as posting_status,
    case when x.status is null then accounting_day(o.class, o.operation_on, o.due_on, o.collected_on) else x.accounting_on end as accounting_on,
    i.litigation_reason
from operation o
join operation_type t on t.type_id = o.type_id
left join accounting_mark m on m.account_id = o.account_id
left join posting_exception x on x.account_id = o.account_id and x.number = o.number
left join lateral (
    select x.amount, x.open, x.disputed, x.litigation_reason
    from open_item x where x.account_id = o.account_id and x.side = o.side and x.due_on = o.due_on and x.number = o.number
    offset 0
) i on true;
