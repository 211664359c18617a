"""The data of the benchmarks: 100,000 accounts of ten operations, and accounts of 10 to 1,000,000."""

from __future__ import annotations

import psycopg

ACCOUNTS = 100_000
SMALL, LARGE, HUGE = 200_010, 300_000, 1_000_000
HOT = 77

LOAD = """
insert into account (account_id, currency, last_number) select n, 'EUR', 10 from generate_series(1, {accounts}) n;
insert into account_directory (code, account_id, customer_id, seller_id) select 'B-' || account_id, account_id, account_id, 1 from account;
insert into operation (account_id, number, type_id, class, side, currency, amount, operation_on, due_on, recorded_at, reference, description, source, action_id)
select a, n, case when n < 8 then i.type_id else p.type_id end, case when n < 8 then 'I' else 'P' end, case when n < 8 then 1 else -1 end, 'EUR',
    case when n < 8 then 100 else 150 end, date '2026-01-01' + n * 30, date '2026-01-31' + n * 30, timestamptz '2026-11-01' + n * interval '1 second',
    'INV-2026-' || a || '-' || n, 'monthly invoice of the service', 'bench', nextval('action_id_seq')
from generate_series(1, {accounts}) a, generate_series(1, 10) n,
    (select type_id from operation_type where code = 'INV_STD') i, (select type_id from operation_type where code = 'PAY_WIRE') p;
"""

# A long account: pairs of an invoice and its payment thirty days later, matched; the last hundred operations are open invoices.
LONG = """
insert into account (account_id, currency, last_number, last_group) values ({id}, 'EUR', {count}, {groups});
insert into account_directory (code, account_id, customer_id, seller_id) values ('B-{id}', {id}, {id}, 1);
insert into operation (account_id, number, type_id, class, side, currency, amount, operation_on, due_on, recorded_at, reference, description, source, action_id)
select {id}, n, case when paid and n %% 2 = 0 then p.type_id else i.type_id end, case when paid and n %% 2 = 0 then 'P' else 'I' end,
    case when paid and n %% 2 = 0 then -1 else 1 end, 'EUR', 100 + (n + 1) / 2 %% 50,
    case when paid and n %% 2 = 0 then day + 30 else day end, day + 30, timestamptz '2023-01-01' + n * interval '1 second',
    'INV-' || {id} || '-' || n, 'monthly invoice of the service', 'bench', nextval('action_id_seq')
from (select n, n <= {count} - {open} as paid, date '2023-11-01' + ((n + 1) / 2 * 1000 / greatest({count} / 2, 1))::int as day from generate_series(1, {count}) n) x,
    (select type_id from operation_type where code = 'INV_STD') i, (select type_id from operation_type where code = 'PAY_WIRE') p;
insert into match_group (account_id, group_number, kind, effective_on, recorded_at, action_id)
select {id}, number / 2, 'IMPORT', operation_on, recorded_at, nextval('action_id_seq') from operation where account_id = {id} and class = 'P';
insert into match_line (account_id, group_number, debit_number, credit_number, amount, effective_on)
select {id}, number / 2, number - 1, number, amount, operation_on from operation where account_id = {id} and class = 'P';
insert into settled_item (account_id, span, operation_on, number, closed_on, type_id, class, side, excluded, due_on, amount, flat)
select i.account_id, 4, i.operation_on, i.number, p.operation_on, i.type_id, i.class, i.side, false, i.due_on, i.amount, true
from operation p join operation i on i.account_id = p.account_id and i.number = p.number - 1 where p.account_id = {id} and p.class = 'P';
"""

PROJECT = """
insert into open_item (account_id, number, type_id, class, side, excluded, operation_on, due_on, not_before, latest_on, amount, open)
select account_id, number, type_id, class, side, false, operation_on, due_on, operation_on, operation_on, amount, amount
from operation o
where not exists (select from match_line l where l.account_id = o.account_id and l.debit_number = o.number)
    and not exists (select from match_line l where l.account_id = o.account_id and l.credit_number = o.number);
insert into account_total (account_id, type_id, excluded, o_amount, o_count, l_amount, l_count)
select o.account_id, o.type_id, false, coalesce(sum(o.amount) filter (where i.number is not null), 0), count(i.number),
    coalesce(sum(o.amount) filter (where i.number is null), 0), count(*) - count(i.number)
from operation o left join open_item i on i.account_id = o.account_id and i.number = o.number group by 1, 2;
"""

RECORDS = """
insert into audit_record (account_id, action_id, recorded_at, actor, verb, after)
select o.account_id, o.action_id, o.recorded_at, 'bench', 'post', jsonb_build_object('operations', jsonb_build_array(jsonb_build_object(
    'number', o.number, 'type', t.code, 'side', case o.side when 1 then 'debit' else 'credit' end, 'amount', trim_scale(o.amount)::text,
    'currency', o.currency, 'date', o.operation_on, 'due_date', nullif(o.due_on, o.operation_on), 'reference', o.reference)))
from operation o join operation_type t on t.type_id = o.type_id;
insert into audit_record (account_id, action_id, recorded_at, actor, verb, after)
select g.account_id, g.action_id, g.recorded_at, 'bench', 'match', jsonb_build_object('match', 'L' || g.group_number, 'effective', g.effective_on,
    'amount', trim_scale(l.amount)::text, 'lines', jsonb_build_array(jsonb_build_object('debit', l.debit_number, 'credit', l.credit_number,
    'amount', trim_scale(l.amount)::text, 'effective', l.effective_on)))
from match_group g join match_line l on l.account_id = g.account_id and l.group_number = g.group_number;
insert into customer (customer_id, code, kind, name, sort_name, country, seller_id, created_at, action_id)
select account_id, code, 'COMPANY', 'Bench ' || account_id, 'bench', 'FR', 1, now(), nextval('action_id_seq') from account_directory;
insert into account_profile (account_id, customer_id, code, payment_mode, invoice_mode)
select account_id, account_id, code, 'POSTPAID', 'INDIVIDUAL' from account_directory;
insert into audit_record (account_id, action_id, recorded_at, actor, verb)
select d.account_id, c.action_id, c.created_at, 'bench', 'customer.create'
from customer c join account_directory d on d.customer_id = c.customer_id;
analyze;
"""
"""Customers, and the audit records of all that, as if each was posted and matched by itself: as many as there can be."""

FLOOR = """
create sequence floor_number start 100000000 cache 100;
create table floor_operation (like operation including defaults including indexes);
create table floor_balance (account_id bigint primary key, balance numeric(26, 6) not null, version bigint not null) with (fillfactor = 50);
insert into floor_balance select account_id, 0, 0 from account;
insert into floor_operation select * from operation where account_id <= {accounts} or account_id = {huge};
create table floor_match (id bigint generated always as identity primary key, debit bigint not null, credit bigint not null, amount numeric(20, 6) not null);
"""


def load(dsn: str, *, accounts: int = ACCOUNTS) -> None:
    """Fill an empty database, projections and all, and the tables of the floors."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set synchronous_commit = off")
        connection.execute("select setval('action_id_seq', 1000)")
        connection.execute("select setval('account_account_id_seq', 10000000)")
        connection.execute(LOAD.format(accounts=accounts).encode())
        for account, open_count in ((SMALL, 10), (LARGE, 100), (HUGE, 100)):
            count = 10 if account == SMALL else account - 200_000 if account == LARGE else account
            groups = (count - open_count) // 2
            connection.execute(
                LONG.format(id=account, count=count, open=open_count, groups=groups).replace("%%", "%").encode()
            )
        connection.execute(PROJECT.encode())
        connection.execute(FLOOR.format(accounts=accounts, huge=HUGE).encode())
        connection.execute("grant all on all tables in schema public to solde_app")
        connection.execute("grant all on all sequences in schema public to solde_app")
        connection.execute("vacuum analyze")
        connection.execute("checkpoint")
