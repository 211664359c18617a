-- name: make_staging
-- Where the rows of a file wait: they live in this session alone.
create temp table import_row (
    line bigint not null,
    account_code text not null,
    customer_code text not null,
    customer_name text,
    customer_kind text not null,
    country text,
    currency text not null,
    type_id smallint not null,
    reference text not null,
    description text,
    invoice_on date not null,
    due_on date not null,
    amount numeric(20, 6) not null,
    disputed boolean not null,
    paid_on date,
    paid_amount numeric(20, 6),
    payment_type_id smallint,
    payment_reference text,
    payment_method text,
    trace boolean not null
);

-- name: stage_rows
-- Rows come in as a stream.
copy import_row from stdin;

-- name: find_repeats
-- Rows whose invoice number an earlier row has.
-- grain: one row per such row
select r.line, r.reference, n.first_line
from (
    select reference, min(line) as first_line from import_row group by reference having count(*) > 1
) n
join import_row r on r.reference = n.reference and r.line > n.first_line
order by r.line;

-- name: drop_repeats
-- Leave out rows whose invoice number an earlier row has.
delete from import_row r
using (select reference, min(line) as first_line from import_row group by reference having count(*) > 1) n
where r.reference = n.reference and r.line > n.first_line;

-- name: make_accounts
-- The accounts of the file, each with its first row and the chunk it is worked on in: accounts in order, so many rows a chunk.
create temp table import_account as
select a.account_code, a.first_line, a.rows, div(sum(a.rows) over (order by a.account_code) - a.rows, :chunk_rows::bigint)::int as chunk
from (select account_code, min(line) as first_line, count(*) as rows from import_row group by account_code) a;

-- name: index_rows
-- The rows of an account are found by its code.
create index on import_row (account_code, line);

-- name: index_accounts
-- The accounts of a chunk are found by its number.
create index on import_account (chunk, account_code);

-- name: analyze_rows
-- Let the planner know how many rows there are.
analyze import_row;

-- name: analyze_accounts
-- Let the planner know how many accounts there are.
analyze import_account;

-- name: make_chunk
-- The rows now worked on, with what is known of each. verdict: null is new.
create temp table import_chunk (
    line bigint not null,
    account_id bigint not null,
    currency text not null,
    type_id smallint not null,
    class text not null,
    side smallint not null,
    reference text not null,
    description text,
    invoice_on date not null,
    due_on date not null,
    amount numeric(20, 6) not null,
    disputed boolean not null,
    paid_on date,
    paid_amount numeric(20, 6),
    payment_type_id smallint,
    payment_class text,
    payment_reference text,
    payment_method text,
    trace boolean not null,
    verdict text,
    detail text
);

-- name: drop_staging
-- The connection goes back to the pool as it came.
drop table if exists import_row, import_account, import_chunk;

-- name: count_chunks
-- How many chunks and rows there are to work on.
-- grain: one row
select coalesce(max(chunk) + 1, 0), coalesce(sum(rows), 0)::bigint from import_account;

-- name: take_time
-- An import may take longer, and wait longer for others, than a request may.
select set_config('lock_timeout', '60s', true), set_config('statement_timeout', '0', true);

-- name: lock_known_accounts
-- Lock every account of the file that exists, in order.
-- grain: one row
select count(*) from (
    select a.account_id from import_account i
    join account_directory d on d.code = i.account_code
    join account a on a.account_id = d.account_id
    order by a.account_id for update of a
) l;

-- name: list_new_accounts
-- Accounts of a chunk that do not exist yet, with what their first row tells of the customer.
-- grain: one row per account
select r.line, r.account_code, r.customer_code, r.customer_name, r.customer_kind, r.country, r.currency
from import_account i
join import_row r on r.account_code = i.account_code and r.line = i.first_line
where i.chunk = :chunk and not exists (select from account_directory d where d.code = i.account_code)
order by i.account_code;

-- name: list_lines
-- The lines of accounts that could not be made.
-- grain: one row per row of the file
select account_code, line from import_row where account_code = any(:account_codes::text[]) order by line;

-- name: list_account_ids
-- The accounts of a chunk that exist.
-- grain: one row per account
select d.account_id from import_account i join account_directory d on d.code = i.account_code
where i.chunk = :chunk order by d.account_id;

-- name: clear_chunk
-- Done with the rows worked on before.
truncate import_chunk;

-- name: fill_chunk
-- The rows of a chunk beside what the ledger knows: an invoice of that number, and whether it is the same.
insert into import_chunk
select
    r.line, d.account_id, r.currency, r.type_id, t.class, t.side, r.reference, r.description, r.invoice_on, r.due_on, r.amount,
    r.disputed, r.paid_on, r.paid_amount, r.payment_type_id, p.class, r.payment_reference, r.payment_method, r.trace,
    case
        when :seller_id::bigint is not null and d.seller_id <> :seller_id::bigint then 'account_of_other_seller'
        when a.currency <> r.currency then 'currency_differs'
        when known.number is not null and known.difference is null then 'there'
        when known.number is not null then 'invoice_differs'
        when a.state = 'CLOSED' then 'account_closed'
    end,
    coalesce(known.difference, a.currency)
from import_account i
join import_row r on r.account_code = i.account_code
join account_directory d on d.code = i.account_code
join account a on a.account_id = d.account_id
join operation_type t on t.type_id = r.type_id
left join operation_type p on p.type_id = r.payment_type_id
left join lateral (
    select o.number,
        nullif(concat_ws(', ',
            case when o.type_id <> r.type_id then 'type' end,
            case when o.amount <> r.amount then 'amount' end,
            case when o.operation_on <> r.invoice_on then 'invoice date' end,
            case when o.due_on <> r.due_on then 'due date' end,
            case when r.disputed and not exists (
                select from litigation_event e
                where e.account_id = o.account_id and e.number = o.number and e.effective_on = r.invoice_on and e.verb = 'ENTER'
            ) then 'disputed' end,
            case when r.paid_on is not null and not exists (
                select from match_line l
                join match_group g on g.account_id = l.account_id and g.group_number = l.group_number
                join operation c on c.account_id = l.account_id and c.number = l.credit_number
                where l.account_id = o.account_id and l.debit_number = o.number and g.kind = 'IMPORT'
                    and g.effective_on = r.paid_on and c.operation_on = r.paid_on and c.amount = r.paid_amount
                    and c.type_id = r.payment_type_id
            ) then 'payment' end
        ), '') as difference
    from operation o
    where o.account_id = d.account_id and o.reference = r.reference and o.class = 'I'
    order by 2 nulls first, o.number
    limit 1
) known on true
where i.chunk = :chunk;

-- name: list_refused
-- The rows of the chunk that cannot be imported.
-- grain: one row per such row
select line, verdict, detail, reference, currency from import_chunk
where verdict is not null and verdict <> 'there'
order by line;

-- name: count_there
-- How many rows of the chunk the ledger has already.
-- grain: one row
select count(*) from import_chunk where verdict = 'there';

-- name: count_new
-- How much of the chunk is new, by currency.
-- grain: one row per currency
select currency, count(*), count(paid_on), count(*) filter (where disputed), sum(amount * side), coalesce(sum(paid_amount), 0)
from import_chunk
where verdict is null
group by currency
order by currency;

-- name: list_rows_to_round
-- New rows of accounts where a match leaves a trace that a rounding operation closes.
-- grain: one row per row of the file
select c.line, c.account_id, t.code, c.reference, c.description, c.invoice_on, c.due_on, c.amount, c.disputed, c.paid_on,
    c.paid_amount, p.code, c.payment_reference, c.payment_method
from import_chunk c
join operation_type t on t.type_id = c.type_id
left join operation_type p on p.type_id = c.payment_type_id
where c.verdict is null
    and c.account_id in (select x.account_id from import_chunk x where x.verdict is null and x.trace)
order by c.account_id, c.line;

-- name: post_rows
-- Write the new rows as they stand in the end: invoices and payments, matches, litigation, what stays open, when the rest was settled, totals.
-- The accounts are locked. Of an account every invoice is followed by its payment; those of `rounded` accounts are left out.
-- The span of a settled item is floor(log2(days)): how many powers of two are reached, which is far quicker than a numeric logarithm.
-- It leaves what posting, disputing and matching the rows one after the other would leave; a test proves it.
-- grain: one row
with stamp as materialized (select clock_timestamp() as at),
item as materialized (
    select c.*, s.at, c.paid_on is not null as paid, greatest(c.amount - coalesce(c.paid_amount, 0), 0) as owed,
        greatest(coalesce(c.paid_amount, 0) - c.amount, 0) as over,
        a.last_number + row_number() over w + count(c.paid_on) over w - (c.paid_on is not null)::int as number,
        a.last_group + count(c.paid_on) over w as group_number,
        a.last_dispute + count(*) filter (where c.disputed) over w as entered,
        a.last_dispute + count(*) filter (where c.disputed) over (partition by c.account_id)
            + count(*) filter (where c.disputed and c.paid_on is not null) over w as removed
    from import_chunk c
    join account a on a.account_id = c.account_id
    cross join stamp s
    where c.verdict is null and c.account_id <> all(:rounded::bigint[])
    window w as (partition by c.account_id order by c.line rows unbounded preceding)
),
counted as (
    update account a set last_number = m.last_number, last_group = m.last_group, last_dispute = greatest(m.last_dispute, a.last_dispute)
    from (
        select account_id, max(number + paid::int) as last_number, max(group_number) as last_group,
            max(case when not disputed then 0 when paid then greatest(entered, removed) else entered end) as last_dispute
        from item group by account_id
    ) m
    where a.account_id = m.account_id
),
written as (
    insert into operation (
        account_id, number, type_id, class, side, currency, amount, operation_on, due_on, recorded_at, reference, description, payment_method,
        source, action_id
    )
    select account_id, number, type_id, class, side, currency, amount, invoice_on, due_on, at, reference, description, null, 'import', :action_id
    from item
    union all
    select account_id, number + 1, payment_type_id, payment_class, -1, currency, paid_amount, paid_on, paid_on, at, payment_reference, null,
        payment_method, 'import', :action_id
    from item where paid
    order by 1, 2
),
grouped as (
    insert into match_group (account_id, group_number, kind, effective_on, recorded_at, action_id)
    select account_id, group_number, 'IMPORT', paid_on, at, :action_id from item where paid
),
lined as (
    insert into match_line (account_id, debit_number, credit_number, group_number, amount)
    select account_id, number, number + 1, group_number, least(amount, paid_amount) from item where paid
),
argued as (
    insert into litigation_event (account_id, event_number, number, verb, disputed, effective_on, recorded_at, reason, action_id)
    select account_id, entered, number, 'ENTER', amount, invoice_on, at, :reason, :action_id from item where disputed
    union all
    select account_id, removed, number, 'REMOVE', 0, paid_on, at, null, :action_id from item where disputed and paid
),
opened as (
    insert into open_item (
        account_id, number, type_id, class, side, excluded, operation_on, due_on, not_before, latest_on, amount, open, disputed,
        litigation_reason
    )
    select account_id, number, type_id, class, side, false, invoice_on, due_on, case when paid and disputed then paid_on else invoice_on end,
        coalesce(paid_on, invoice_on), amount, owed, case when disputed and not paid then amount else 0 end, case when disputed and not paid then :reason end
    from item where owed > 0
    union all
    select account_id, number + 1, payment_type_id, payment_class, -1, false, paid_on, paid_on, paid_on, paid_on, paid_amount, over, 0, null
    from item where over > 0
),
settled as (
    insert into settled_item (account_id, span, operation_on, number, closed_on, type_id, class, side, excluded, due_on, amount, flat)
    select account_id,
        width_bucket(
            paid_on - invoice_on, array[2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072]
        ),
        invoice_on, number, paid_on, type_id, class, side, false, due_on, amount, not disputed
    from item where paid and owed = 0 and paid_on > invoice_on
),
part as (
    select account_id, type_id, amount, owed as open, disputed and not paid as in_dispute from item
    union all
    select account_id, payment_type_id, paid_amount, over, false from item where paid
),
totalled as (
    insert into account_total as t (
        account_id, type_id, excluded, o_amount, o_count, p_amount, p_open, p_count, i_amount, i_open, i_disputed, i_count, l_amount, l_count
    )
    select account_id, type_id, false,
        coalesce(sum(amount) filter (where open = amount and not in_dispute), 0), count(*) filter (where open = amount and not in_dispute),
        coalesce(sum(amount) filter (where open > 0 and open < amount), 0), coalesce(sum(open) filter (where open > 0 and open < amount), 0),
        count(*) filter (where open > 0 and open < amount),
        coalesce(sum(amount) filter (where in_dispute), 0), coalesce(sum(amount) filter (where in_dispute), 0),
        coalesce(sum(amount) filter (where in_dispute), 0), count(*) filter (where in_dispute),
        coalesce(sum(amount) filter (where open = 0), 0), count(*) filter (where open = 0)
    from part group by 1, 2 order by 1, 2
    on conflict (account_id, type_id, excluded) do update set
        o_amount = t.o_amount + excluded.o_amount, o_count = t.o_count + excluded.o_count,
        p_amount = t.p_amount + excluded.p_amount, p_open = t.p_open + excluded.p_open, p_count = t.p_count + excluded.p_count,
        i_amount = t.i_amount + excluded.i_amount, i_open = t.i_open + excluded.i_open, i_disputed = t.i_disputed + excluded.i_disputed,
        i_count = t.i_count + excluded.i_count, l_amount = t.l_amount + excluded.l_amount, l_count = t.l_count + excluded.l_count
)
select count(*) from item;
