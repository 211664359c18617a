-- Accounting: how operations become journal entries, the entries, and what was exported of them.

-- What a general account is called in the books. receivable: what customers owe is kept on it, so a customer's own general
-- account takes its place.
-- owner: accounting
create table general_account (
    code text primary key check (code ~ '^[0-9A-Za-z]{1,20}$'),
    label text not null check (label <> ''),
    receivable boolean not null default false,
    version integer not null default 1
);
grant update (label, receivable, version) on general_account to solde_app;

-- What a journal is called.
-- owner: accounting
create table accounting_journal (
    code text primary key check (code <> ''),
    label text not null check (label <> ''),
    version integer not null default 1
);
grant update (label, version) on accounting_journal to solde_app;

-- The account that takes the tax of an operation, by rate in percent. The row without a rate takes what no rate explains.
-- owner: accounting
create table accounting_tax (
    code text primary key check (code <> ''),
    label text not null check (label <> ''),
    rate numeric(6, 3) unique nulls not distinct check (rate >= 0),
    account text,
    version integer not null default 1
);
grant update (label, rate, account, version) on accounting_tax to solde_app;

-- A scheme as it was at some time: which entries an operation gives. A version never changes; entries name the one that made them.
-- owner: accounting
create table accounting_scheme_version (
    code text not null check (code ~ '^[A-Z][A-Z0-9_]{1,29}$'),
    version integer not null check (version > 0),
    label text not null check (label <> ''),
    recorded_at timestamptz not null,
    action_id bigint not null,
    primary key (code, version)
);

-- A line of a scheme. side: 1 that of the operation, -1 the opposite. amount: what was chosen; takes: what it comes to, where REST
-- is what the other lines leave. customer: the one line of the customer's own, which carries the account's code as auxiliary account.
-- label: a template; null is the type's label and the reference.
-- owner: accounting
create table accounting_scheme_line (
    code text not null,
    version integer not null,
    line smallint not null check (line between 1 and 20),
    side smallint not null check (side in (1, -1)),
    account text not null check (account in ('TYPE', 'CONTRA', 'SECOND_CONTRA', 'FIXED', 'TAX')),
    fixed_account text,
    amount text not null check (amount in ('WHOLE', 'NET', 'TAX', 'REST')),
    takes text not null check (takes in ('WHOLE', 'NET', 'TAX')),
    customer boolean not null,
    analytic boolean not null,
    label text check (label <> ''),
    primary key (code, version, line),
    foreign key (code, version) references accounting_scheme_version (code, version),
    check ((account = 'FIXED') = (fixed_account is not null)),
    check (amount in (takes, 'REST')),
    check (not customer or (side = 1 and takes = 'WHOLE'))
);
create unique index accounting_scheme_line_customer on accounting_scheme_line (code, version) where customer;

-- The version of each scheme that is in force.
-- owner: accounting
create table accounting_scheme (
    code text primary key,
    version integer not null,
    foreign key (code, version) references accounting_scheme_version (code, version)
);
grant update (version) on accounting_scheme to solde_app;

-- Which scheme operations of a type follow. No row: operations of the type cannot be taken to accounting.
-- owner: accounting
create table accounting_assignment (
    type_code text primary key references operation_type (code),
    scheme text not null references accounting_scheme (code)
);
grant update (scheme) on accounting_assignment to solde_app;

-- The last number given in a journal and year: the numbers of its pieces run without a gap.
-- owner: accounting
create table journal_sequence (
    seller_id bigint not null,
    currency text not null,
    journal text not null,
    year smallint not null,
    last bigint not null check (last > 0),
    primary key (seller_id, currency, journal, year)
);
grant update (last) on journal_sequence to solde_app;

-- All entries of an operation together: there is one for each operation that was taken to accounting, also where its scheme gives none.
-- Its debits are its credits. customer_name: as it was then.
-- owner: accounting
create table journal_piece (
    account_id bigint not null,
    number bigint not null,
    seller_id bigint not null,
    accounting_on date not null,
    journal text,
    sequence bigint,
    scheme text not null,
    scheme_version integer not null,
    currency text not null,
    lines smallint not null check (lines >= 0 and lines <> 1),
    debit numeric(20, 6) not null,
    credit numeric(20, 6) not null,
    reference text,
    customer_name text,
    recorded_at timestamptz not null,
    action_id bigint not null,
    primary key (account_id, number),
    foreign key (account_id, number) references operation (account_id, number),
    check (debit = credit),
    check ((lines = 0) = (debit = 0)),
    check ((lines = 0) = (sequence is null)),
    check (lines = 0 or journal is not null)
);
create index journal_piece_none on journal_piece (account_id, number) where lines = 0;

-- One entry: an amount on one side of a general account. customer: the line of the customer's own, which carries the code of the
-- account as auxiliary account. Seller, type and currency are those of its operation. Its piece is written by the same statement:
-- a foreign key would look each one up again, a quarter of the time of all; verification looks for entries without a piece.
-- owner: accounting
create table journal_entry (
    account_id bigint not null,
    number bigint not null,
    line smallint not null,
    accounting_on date not null,
    journal text not null,
    general_account text not null,
    customer boolean not null,
    auxiliary text,
    type_id smallint not null,
    seller_id bigint not null,
    side smallint not null check (side in (1, -1)),
    amount numeric(20, 6) not null check (amount > 0),
    currency text not null,
    label text not null,
    tax_code text,
    analytic_1 text,
    analytic_2 text,
    analytic_3 text,
    primary key (account_id, number, line)
);
create index journal_entry_day on journal_entry (accounting_on desc, account_id, number, line);
create index journal_entry_general on journal_entry (general_account, accounting_on desc, account_id, number, line);

-- Up to how many days ago entries are made each night, null: only by hand; and how many years files of entries are kept. One row.
-- owner: accounting
create table accounting_setting (
    one boolean primary key default true check (one),
    days_ago smallint check (days_ago between 0 and 400),
    file_years smallint not null default 10 check (file_years between 1 and 99)
);
grant update (days_ago, file_years) on accounting_setting to solde_app;

-- A file of entries that was exported: what was asked for, and everything that lets it be made again to the byte. known_at: only what
-- was recorded by then. names: of journals and general accounts, as they were. rows is null until the file was written. kept_at: since
-- when its file is kept; null where it is not, or no longer: it can be made again.
-- owner: accounting
create table accounting_export (
    export_id bigint generated always as identity primary key,
    form text not null check (form in ('fec', 'csv', 'xlsx', 'jsonl')),
    file_name text not null,
    seller_id bigint,
    currency text,
    siren text check (siren ~ '^[0-9]{9}$'),
    from_on date not null,
    until_on date not null,
    options jsonb not null default '{}',
    known_at timestamptz not null,
    names jsonb not null,
    rows bigint,
    debit numeric(26, 6),
    credit numeric(26, 6),
    bytes bigint,
    sha256 bytea check (length(sha256) = 32),
    created_by text not null,
    created_at timestamptz not null,
    action_id bigint not null,
    kept_at timestamptz,
    check (until_on >= from_on),
    check (num_nulls(rows, debit, credit, bytes, sha256) in (0, 5)),
    check ((form = 'fec') = (siren is not null))
);
create index accounting_export_kept on accounting_export (kept_at) where kept_at is not null;
grant update (rows, debit, credit, bytes, sha256, kept_at) on accounting_export to solde_app;

-- The file of an export, in parts. It can be dropped: the export makes it again.
-- owner: accounting
create table accounting_export_part (
    export_id bigint not null references accounting_export (export_id),
    part integer not null,
    content bytea not null,
    primary key (export_id, part)
);
alter table accounting_export_part alter column content set storage external;
grant delete on accounting_export_part to solde_app;
