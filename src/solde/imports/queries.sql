-- name: make_staging
-- Where the rows of a file wait: they live in this session alone. disputed: null where the file does not tell.
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
    due_on date,
    amount numeric(20, 6) not null,
    disputed boolean,
    paid_on date,
    paid_amount numeric(20, 6),
    payment_type_id smallint,
    payment_reference text,
    payment_method text,
    trace boolean not null,
    net numeric(20, 6),
    tax numeric(20, 6)
);

-- name: stage_rows
-- Rows come in as a stream.
copy import_row from stdin;

-- name: find_repeats
-- Rows whose invoice number an earlier row of the account has.
-- grain: one row per such row
select r.line, r.reference, n.first_line
from (
    select account_code, reference, min(line) as first_line from import_row group by 1, 2 having count(*) > 1
) n
join import_row r on r.account_code = n.account_code and r.reference = n.reference and r.line > n.first_line
order by r.line;

-- name: drop_repeats
-- Leave out rows whose invoice number an earlier row of the account has.
delete from import_row r
using (select account_code, reference, min(line) as first_line from import_row group by 1, 2 having count(*) > 1) n
where r.account_code = n.account_code and r.reference = n.reference and r.line > n.first_line;

-- name: make_accounts
-- The accounts of the file, each with its first row, the first row of its customer, and the chunk it is worked on in:
-- accounts in order, so many rows a chunk.
create temp table import_account as
select a.account_code, r.customer_code, a.first_line, min(a.first_line) over (partition by r.customer_code) as customer_line, a.rows,
    div(sum(a.rows) over (order by a.account_code) - a.rows, :chunk_rows::bigint)::int as chunk
from (select account_code, min(line) as first_line, count(*) as rows from import_row group by account_code) a
join import_row r on r.account_code = a.account_code and r.line = a.first_line;

-- name: index_rows
-- The rows of an account are found by its code.
create index on import_row (account_code, line);

-- name: index_lines
-- A row is found by its line.
create index on import_row (line);

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
-- The rows now worked on, with what is known of each. verdict: null is new, there is known as it is, changed is known and now paid
-- (pays), disputed (enters) or disputed no longer (removes); any other says why the row is refused. known_number: that of the invoice.
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
    net numeric(20, 6),
    tax numeric(20, 6),
    known_number bigint,
    pays boolean not null,
    enters boolean not null,
    removes boolean not null,
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
-- An import may take longer, and wait longer for others, than a request may; and it says nothing while its file is looked through.
select
    set_config('lock_timeout', '60s', true),
    set_config('statement_timeout', '0', true),
    set_config('idle_in_transaction_session_timeout', '0', true);

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
-- Accounts of a chunk that do not exist yet, with what their first row tells of them, and the first row of their customer of it.
-- grain: one row per account
select r.account_code, r.customer_code, c.customer_name, c.customer_kind, c.country, r.currency
from import_account i
join import_row r on r.account_code = i.account_code and r.line = i.first_line
join import_row c on c.line = i.customer_line
where i.chunk = :chunk and not exists (select from account_directory d where d.code = i.account_code)
order by i.customer_code, i.first_line;

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
-- The rows of a chunk beside what the ledger knows: an invoice of that number, whether it is the same, and what the file tells of it that is new.
-- A payment and a litigation that the import itself once wrote are known for good, whatever became of them: the same file twice adds nothing.
-- An invoice without a due date is due by the payment terms of its account.
-- For the same reason only a litigation that an import entered is removed by a file that does not tell of it any more.
insert into import_chunk
select
    r.line, d.account_id, r.currency, r.type_id, t.class, t.side, r.reference, r.description, r.invoice_on,
    coalesce(r.due_on, known.due_on, r.invoice_on + coalesce(case when t.class = 'I' and t.side = 1 then terms.days end, 0)), r.amount,
    coalesce(r.disputed, false), r.paid_on, r.paid_amount, r.payment_type_id, p.class, r.payment_reference, r.payment_method, r.trace,
    r.net, r.tax, known.number, coalesce(known.pays, false), coalesce(known.enters, false), coalesce(known.removes, false),
    case
        when :seller_id::bigint is not null and d.seller_id <> :seller_id::bigint then 'account_of_other_seller'
        when a.currency <> r.currency then 'currency_differs'
        when known.difference is not null then 'invoice_differs'
        when known.number is not null and not (known.pays or known.enters or known.removes) then 'there'
        when a.state = 'CLOSED' then 'account_closed'
        when known.number is not null then 'changed'
    end,
    coalesce(known.difference, a.currency)
from import_account i
join import_row r on r.account_code = i.account_code
join account_directory d on d.code = i.account_code
join account a on a.account_id = d.account_id
join operation_type t on t.type_id = r.type_id
left join operation_type p on p.type_id = r.payment_type_id
left join account_profile profile on profile.account_id = d.account_id
left join payment_terms terms on terms.code = profile.payment_terms
left join lateral (
    select o.number, o.due_on, w.pays, w.enters,
        w.pays and (w.enters or w.disputed > 0) or w.freed as removes,
        nullif(concat_ws(', ',
            case when o.type_id <> r.type_id then 'type' end,
            case when o.amount <> r.amount then 'amount' end,
            case when o.operation_on <> r.invoice_on then 'invoice date' end,
            case when o.due_on <> r.due_on then 'due date' end,
            case when w.enters and not (w.untouched and w.not_before <= r.invoice_on and w.argued_on is null) then 'disputed' end,
            case when w.pays and not (w.untouched and greatest(w.not_before, w.argued_on) <= r.paid_on and not w.received) then 'payment' end
        ), '') as difference
    from operation o
    left join open_item x on x.account_id = o.account_id and x.side = o.side and x.due_on = o.due_on and x.number = o.number
    cross join lateral (
        select max(e.effective_on) as argued_on, bool_or(e.verb = 'ENTER' and e.effective_on = r.invoice_on) as argued_first
        from litigation_event e
        where e.account_id = o.account_id and e.number = o.number
    ) l
    cross join lateral (
        select x.not_before, coalesce(x.disputed, 0) as disputed, l.argued_on, coalesce(x.open = o.amount, false) as untouched,
            r.disputed is true and coalesce(x.disputed, 0) = 0 and l.argued_first is not true as enters,
            r.disputed is false and r.paid_on is null and coalesce(x.disputed, 0) > 0 and coalesce(x.litigation_reason = :reason, false)
                and l.argued_first is true and greatest(x.not_before, l.argued_on) <= :today::date as freed,
            r.paid_on is not null and not exists (
                select from match_line m
                join operation c on c.account_id = m.account_id and c.number = m.credit_number
                where m.account_id = o.account_id and m.debit_number = o.number and c.operation_on = r.paid_on
                    and c.type_id = r.payment_type_id and r.paid_amount in (c.amount, m.amount)
            ) as pays,
            r.payment_reference is not null and exists (
                select from operation c
                join open_item y on y.account_id = c.account_id and y.side = c.side and y.due_on = c.due_on and y.number = c.number
                where c.account_id = o.account_id and c.reference = r.payment_reference and c.class in ('P', 'AP')
                    and c.operation_on = r.paid_on and c.amount = r.paid_amount
            ) as received
    ) w
    where o.account_id = d.account_id and o.reference = r.reference and o.class = 'I'
    order by 5 nulls first, o.number
    limit 1
) known on true
where i.chunk = :chunk;

-- name: list_refused
-- The rows of the chunk that cannot be imported.
-- grain: one row per such row
select line, verdict, detail, reference, currency from import_chunk
where verdict not in ('there', 'changed')
order by line;

-- name: count_there
-- How many rows of the chunk the ledger has already.
-- grain: one row
select count(*) from import_chunk where verdict = 'there';

-- name: count_new
-- How much of the chunk is new, by currency: rows, rows of known invoices, payments, litigations entered, what is invoiced and paid.
-- grain: one row per currency
select currency, count(*) filter (where verdict is null), count(*) filter (where verdict = 'changed'),
    count(*) filter (where paid_on is not null and (verdict is null or pays)),
    count(*) filter (where disputed and (verdict is null or enters)),
    coalesce(sum(amount * side) filter (where verdict is null), 0),
    coalesce(sum(paid_amount) filter (where verdict is null or pays), 0)
from import_chunk
where verdict is null or verdict = 'changed'
group by currency
order by currency;

-- name: list_rows_to_round
-- Rows that are new or changed, of accounts where a match leaves a trace that a rounding operation closes.
-- grain: one row per row of the file
select c.line, c.account_id, t.code, c.reference, c.description, c.invoice_on, c.due_on, c.amount, c.disputed, c.paid_on,
    c.paid_amount, p.code, c.payment_reference, c.payment_method, c.known_number, c.pays, c.enters, c.removes, c.net, c.tax
from import_chunk c
join operation_type t on t.type_id = c.type_id
left join operation_type p on p.type_id = c.payment_type_id
where (c.verdict is null or c.verdict = 'changed')
    and c.account_id in (select x.account_id from import_chunk x where x.trace and (x.verdict is null or x.verdict = 'changed'))
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
        account_id, number, type_id, class, side, currency, amount, net, tax, operation_on, due_on, recorded_at, reference, description,
        payment_method, source, action_id
    )
    select account_id, number, type_id, class, side, currency, amount, net, tax, invoice_on, due_on, at, reference, description, null,
        'import', :action_id
    from item
    union all
    select account_id, number + 1, payment_type_id, payment_class, -1, currency, paid_amount, null, null, paid_on, paid_on, at,
        payment_reference, null, payment_method, 'import', :action_id
    from item where paid
    order by 1, 2
    returning account_id, number, type_id, class, side, currency, amount, net, tax, operation_on, due_on, reference, payment_method
),
audited as (
    insert into audit_record (account_id, action_id, recorded_at, actor, verb, after)
    select w.account_id, :action_id, min(s.at), :actor, 'post', case when count(*) <= :detail_most::int then jsonb_build_object('operations', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'number', w.number, 'type', t.code, 'class', w.class, 'side', case w.side when 1 then 'debit' else 'credit' end,
            'amount', trim_scale(w.amount)::text, 'currency', w.currency, 'date', w.operation_on,
            'due_date', nullif(w.due_on, w.operation_on), 'reference', w.reference, 'payment_method', w.payment_method,
            'net', trim_scale(w.net)::text, 'tax', trim_scale(w.tax)::text
        )) order by w.number))
        else jsonb_build_object(
            'count', count(*), 'first', min(w.number), 'last', max(w.number), 'currency', w.currency,
            'debit', trim_scale(coalesce(sum(w.amount) filter (where w.side = 1), 0))::text,
            'credit', trim_scale(coalesce(sum(w.amount) filter (where w.side = -1), 0))::text
        )
    end
    from written w join operation_type t on t.type_id = w.type_id cross join stamp s
    group by w.account_id, w.currency
),
part_dated as (
    select account_id, number, at, accounting_day(class, invoice_on, due_on, null) as accounting_on from item
    union all
    select account_id, number + 1, at, accounting_day(payment_class, paid_on, paid_on, null) from item where paid
),
excepted as (
    insert into posting_exception (account_id, number, status, accounting_on, reason, recorded_at)
    select d.account_id, d.number, case when s.moved_to is null then 'REJECTED' else 'POSTED' end, s.moved_to,
        case when s.moved_to is null then 'CLOSED_PERIOD' else 'FORCED' end, d.at
    from part_dated d join closed_spans() s on s.late and d.accounting_on between s.starts_on and s.ends_on
),
grouped as (
    insert into match_group (account_id, group_number, kind, effective_on, recorded_at, action_id)
    select account_id, group_number, 'IMPORT', paid_on, at, :action_id from item where paid
),
lined as (
    insert into match_line (account_id, debit_number, credit_number, group_number, amount, effective_on)
    select account_id, number, number + 1, group_number, least(amount, paid_amount), paid_on from item where paid
),
argued as (
    insert into litigation_event (account_id, event_number, number, verb, disputed, effective_on, recorded_at, reason, action_id)
    select account_id, entered, number, 'ENTER', amount, invoice_on, at, :reason, :action_id from item where disputed
    union all
    select account_id, removed, number, 'REMOVE', 0, paid_on, at, null, :action_id from item where disputed and paid
),
listed as (
    insert into open_dispute (account_id, number, currency, reference, due_on, amount, disputed, since_on, reason)
    select account_id, number, currency, reference, due_on, amount, amount, invoice_on, :reason from item where disputed and not paid
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

-- name: change_rows
-- Write what became of known invoices: payments and matches, litigation entered or removed, what stays open, when the rest was settled, totals.
-- The accounts are locked, and each invoice was wholly open; those of `rounded` accounts are left out.
-- It leaves what posting, disputing and matching one after the other would leave; a test proves it.
-- grain: one row
with stamp as materialized (select clock_timestamp() as at),
item as materialized (
    select c.line, c.account_id, o.number, c.currency, c.reference, c.invoice_on, c.paid_on, c.paid_amount, c.payment_type_id, c.payment_class,
        c.payment_reference, c.payment_method, c.pays, c.enters, c.removes, s.at,
        o.type_id, o.class, o.side, o.excluded, o.operation_on, o.due_on, o.amount, o.disputed as was_disputed, o.litigation_reason,
        case when c.pays then greatest(o.open - c.paid_amount, 0) else o.open end as open,
        case when c.removes then 0 when c.enters then o.open else o.disputed end as disputed,
        case when c.removes then greatest(o.not_before, coalesce(c.paid_on, :today::date)) else o.not_before end as not_before,
        case when c.pays then greatest(o.latest_on, c.paid_on) else o.latest_on end as latest_on,
        greatest(c.paid_amount - o.open, 0) as over,
        a.last_number + count(*) filter (where c.pays) over w as credit_number,
        a.last_group + count(*) filter (where c.pays) over w as group_number,
        a.last_dispute + count(*) filter (where c.enters) over w as entered,
        a.last_dispute + count(*) filter (where c.enters) over (partition by c.account_id)
            + count(*) filter (where c.removes) over w as removed
    from import_chunk c
    join account a on a.account_id = c.account_id
    join open_item o on o.account_id = c.account_id and o.side = c.side and o.due_on = c.due_on and o.number = c.known_number
    cross join stamp s
    where c.verdict = 'changed' and c.account_id <> all(:rounded::bigint[])
    window w as (partition by c.account_id order by c.line rows unbounded preceding)
),
counted as (
    update account a set last_number = m.last_number, last_group = m.last_group, last_dispute = greatest(m.last_dispute, a.last_dispute)
    from (
        select account_id, max(credit_number) as last_number, max(group_number) as last_group, max(removed) as last_dispute
        from item group by account_id
    ) m
    where a.account_id = m.account_id
),
written as (
    insert into operation (
        account_id, number, type_id, class, side, currency, amount, operation_on, due_on, recorded_at, reference, payment_method, source, action_id
    )
    select account_id, credit_number, payment_type_id, payment_class, -1, currency, paid_amount, paid_on, paid_on, at, payment_reference,
        payment_method, 'import', :action_id
    from item where pays order by 1, 2
    returning account_id, number, type_id, class, side, currency, amount, operation_on, due_on, reference, payment_method
),
audited as (
    insert into audit_record (account_id, action_id, recorded_at, actor, verb, after)
    select i.account_id, :action_id, i.at, :actor, 'import_change',
        jsonb_build_object('invoices', i.invoices, 'disputes', i.disputes) || coalesce(p.told, jsonb_build_object('operations', '[]'::jsonb))
    from (
        select account_id, min(at) as at, count(*) as invoices, count(*) filter (where enters or removes) as disputes from item group by account_id
    ) i
    left join (
        select w.account_id, case when count(*) <= :detail_most::int then jsonb_build_object('operations', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                'number', w.number, 'type', t.code, 'class', w.class, 'side', case w.side when 1 then 'debit' else 'credit' end,
                'amount', trim_scale(w.amount)::text, 'currency', w.currency, 'date', w.operation_on,
                'due_date', nullif(w.due_on, w.operation_on), 'reference', w.reference, 'payment_method', w.payment_method
            )) order by w.number))
            else jsonb_build_object(
                'count', count(*), 'first', min(w.number), 'last', max(w.number), 'currency', w.currency,
                'debit', trim_scale(coalesce(sum(w.amount) filter (where w.side = 1), 0))::text,
                'credit', trim_scale(coalesce(sum(w.amount) filter (where w.side = -1), 0))::text
            )
        end as told
        from written w join operation_type t on t.type_id = w.type_id
        group by w.account_id, w.currency
    ) p on p.account_id = i.account_id
),
excepted as (
    insert into posting_exception (account_id, number, status, accounting_on, reason, recorded_at)
    select i.account_id, i.credit_number, case when s.moved_to is null then 'REJECTED' else 'POSTED' end, s.moved_to,
        case when s.moved_to is null then 'CLOSED_PERIOD' else 'FORCED' end, i.at
    from item i
    join closed_spans() s on s.late and accounting_day(i.payment_class, i.paid_on, i.paid_on, null) between s.starts_on and s.ends_on
    where i.pays
),
grouped as (
    insert into match_group (account_id, group_number, kind, effective_on, recorded_at, action_id)
    select account_id, group_number, 'IMPORT', paid_on, at, :action_id from item where pays
),
lined as (
    insert into match_line (account_id, debit_number, credit_number, group_number, amount, effective_on)
    select account_id, number, credit_number, group_number, least(amount, paid_amount), paid_on from item where pays
),
argued as (
    insert into litigation_event (account_id, event_number, number, verb, disputed, effective_on, recorded_at, reason, action_id)
    select account_id, entered, number, 'ENTER', amount, invoice_on, at, :reason, :action_id from item where enters
    union all
    select account_id, removed, number, 'REMOVE', 0, coalesce(paid_on, :today::date), at, null, :action_id from item where removes
),
listed as (
    insert into open_dispute (account_id, number, currency, reference, due_on, amount, disputed, since_on, reason)
    select account_id, number, currency, reference, due_on, amount, amount, invoice_on, :reason from item where enters and disputed > 0
),
unlisted as (
    delete from open_dispute d using item i where d.account_id = i.account_id and d.number = i.number and i.removes and i.was_disputed > 0
),
kept_open as (
    update open_item x
    set open = i.open, disputed = i.disputed, not_before = i.not_before, latest_on = i.latest_on,
        litigation_reason = case when i.disputed = 0 then null when i.enters then :reason else i.litigation_reason end
    from item i
    where x.account_id = i.account_id and x.side = i.side and x.due_on = i.due_on and x.number = i.number and i.open > 0
),
closed as (
    delete from open_item x using item i
    where x.account_id = i.account_id and x.side = i.side and x.due_on = i.due_on and x.number = i.number and i.open = 0
),
opened as (
    insert into open_item (
        account_id, number, type_id, class, side, excluded, operation_on, due_on, not_before, latest_on, amount, open
    )
    select account_id, credit_number, payment_type_id, payment_class, -1, false, paid_on, paid_on, paid_on, paid_on, paid_amount, over
    from item where pays and over > 0
),
settled as (
    insert into settled_item (account_id, span, operation_on, number, closed_on, type_id, class, side, excluded, due_on, amount, flat)
    select account_id,
        width_bucket(
            latest_on - operation_on, array[2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072]
        ),
        operation_on, number, latest_on, type_id, class, side, excluded, due_on, amount, not_before = operation_on
    from item where open = 0 and latest_on > operation_on
),
leg as (
    select account_id, type_id, excluded as is_excluded, case when was_disputed = amount then 'I' else 'O' end as status, -amount as amount,
        -amount as open, -was_disputed as disputed, -1 as count
    from item
    union all
    select account_id, type_id, excluded, case when open = 0 then 'L' when disputed = open then 'I' when open < amount then 'P' else 'O' end,
        amount, open, disputed, 1
    from item
    union all
    select account_id, payment_type_id, false, case when over = 0 then 'L' when over < paid_amount then 'P' else 'O' end,
        paid_amount, over, 0, 1
    from item where pays
),
totalled as (
    insert into account_total as t (
        account_id, type_id, excluded, o_amount, o_disputed, o_count, p_amount, p_open, p_disputed, p_count,
        i_amount, i_open, i_disputed, i_count, l_amount, l_count
    )
    select account_id, type_id, is_excluded,
        coalesce(sum(amount) filter (where status = 'O'), 0), coalesce(sum(disputed) filter (where status = 'O'), 0),
        coalesce(sum(count) filter (where status = 'O'), 0),
        coalesce(sum(amount) filter (where status = 'P'), 0), coalesce(sum(open) filter (where status = 'P'), 0),
        coalesce(sum(disputed) filter (where status = 'P'), 0), coalesce(sum(count) filter (where status = 'P'), 0),
        coalesce(sum(amount) filter (where status = 'I'), 0), coalesce(sum(open) filter (where status = 'I'), 0),
        coalesce(sum(disputed) filter (where status = 'I'), 0), coalesce(sum(count) filter (where status = 'I'), 0),
        coalesce(sum(amount) filter (where status = 'L'), 0), coalesce(sum(count) filter (where status = 'L'), 0)
    from leg group by 1, 2, 3 order by 1, 2, 3
    on conflict (account_id, type_id, excluded) do update set
        o_amount = t.o_amount + excluded.o_amount, o_disputed = t.o_disputed + excluded.o_disputed, o_count = t.o_count + excluded.o_count,
        p_amount = t.p_amount + excluded.p_amount, p_open = t.p_open + excluded.p_open, p_disputed = t.p_disputed + excluded.p_disputed,
        p_count = t.p_count + excluded.p_count,
        i_amount = t.i_amount + excluded.i_amount, i_open = t.i_open + excluded.i_open, i_disputed = t.i_disputed + excluded.i_disputed,
        i_count = t.i_count + excluded.i_count, l_amount = t.l_amount + excluded.l_amount, l_count = t.l_count + excluded.l_count
)
select count(*) from item;

-- name: known_customers
-- Which of these codes customers have, and whose they are.
-- grain: one row per customer found
select c.code, s.code from customer c join seller s on s.seller_id = c.seller_id where c.code = any(:codes::text[]);

-- name: make_payment_staging
-- Where the rows of a file of payments wait: they live in this session alone.
create temp table import_payment (
    line bigint not null,
    account_code text,
    customer_code text,
    currency text not null,
    paid_on date not null,
    amount numeric(20, 6) not null,
    reference text not null,
    type_code text not null,
    method text,
    invoices text[] not null,
    is_oldest boolean not null,
    payer text,
    entry_key text not null
);

-- name: stage_payments
-- Rows come in as a stream.
copy import_payment from stdin;

-- name: place_payments
-- The rows with the account of each, in order of account: named by its code, or the only one of its customer in that currency.
-- nth: rows that say the same are told apart by their order in the file; so is the key of the receipt a row may become.
create temp table import_payment_placed as
select p.line, p.account_code, p.customer_code, p.currency, p.paid_on, p.amount, p.reference, p.type_code, p.method, p.invoices, p.is_oldest,
    p.payer, p.entry_key || '.' || row_number() over (partition by p.entry_key order by p.line) as entry_key, a.account_id, s.found,
    row_number() over (partition by a.account_id, p.reference, p.paid_on, p.amount, p.payer order by p.line) as nth,
    row_number() over (order by a.account_id nulls last, p.line) - 1 as place
from import_payment p
left join account_directory d on d.code = p.account_code
left join lateral (
    select min(k.account_id) as account_id, count(*) as found
    from customer c
    join account_directory x on x.customer_id = c.customer_id
    join account k on k.account_id = x.account_id
    where p.account_code is null and c.code = p.customer_code and k.currency = p.currency
) s on true
cross join lateral (select coalesce(d.account_id, case when s.found = 1 then s.account_id end) as account_id) a;

-- name: index_payments
-- Rows are worked on in order of their place.
create index on import_payment_placed (place);

-- name: index_payment_references
-- Rows of one account and reference are found by both.
create index on import_payment_placed (account_id, reference, line);

-- name: analyze_payments
-- Let the planner know how many rows there are.
analyze import_payment_placed;

-- name: count_payments
-- How many rows wait.
-- grain: one row
select count(*) from import_payment_placed;

-- name: lock_payment_accounts
-- Lock every account of the file, in order.
-- grain: one row
select count(*) from (
    select a.account_id from account a
    where a.account_id in (select p.account_id from import_payment_placed p)
    order by a.account_id for update
) l;

-- name: list_payment_accounts
-- The accounts of a stretch of rows.
-- grain: one row per account
select distinct account_id from import_payment_placed
where place >= :first and place < :until and account_id is not null
order by account_id;

-- name: judge_payments
-- A stretch of rows beside what the ledger knows. verdict: null is new, there is known as it is, any other says why not.
-- A payment is known by its account, reference, date, amount and payer, the n-th such row of a file as the n-th in the ledger (known);
-- one that no file of payments brought (other) names no payer, so it stands for any row that is not known (waiting). A row without a known account is
-- known by the receipt it became.
-- numbers: the invoices it names, one of a reference, rather open than not; missing: those that the account does not have.
-- grain: one row per row of the file
select p.line, p.account_id, p.currency, p.paid_on, p.amount, p.reference, p.type_code, p.method, p.is_oldest, p.payer, p.entry_key,
    coalesce(p.account_code, p.customer_code),
    case
        when exists (
            select from unidentified_receipt u where u.seller_id = :receipt_seller_id and u.entry_key = p.entry_key
        ) then 'there'
        when p.found > 1 then 'account_ambiguous'
        when p.account_id is null then 'unknown_account'
        when :seller_id::bigint is not null and d.seller_id <> :seller_id::bigint then 'account_of_other_seller'
        when p.nth <= known.payments then 'there'
        when other.payments > 0 and waiting.rows <= other.payments then 'there'
    end,
    coalesce(invoice.numbers, '{}'), invoice.missing
from import_payment_placed p
left join account_directory d on d.account_id = p.account_id
left join lateral (
    select count(*) as payments
    from operation o
    where o.account_id = p.account_id and o.reference = p.reference and o.class in ('P', 'AP')
        and o.operation_on = p.paid_on and o.amount = p.amount and o.source = 'import' and o.description is not distinct from p.payer
) known on true
left join lateral (
    select count(*) filter (where o.source is distinct from 'import')
        + greatest(0, count(*) filter (where o.source = 'import' and o.description is null and p.payer is not null) - (
            select count(*)
            from import_payment_placed e
            where e.account_id = p.account_id and e.reference = p.reference and e.paid_on = p.paid_on and e.amount = p.amount
                and e.payer is null
        )) as payments
    from operation o
    where o.account_id = p.account_id and o.reference = p.reference and o.class in ('P', 'AP')
        and o.operation_on = p.paid_on and o.amount = p.amount
) other on true
left join lateral (
    select count(*) as rows
    from import_payment_placed e
    where other.payments > 0 and e.account_id = p.account_id and e.reference = p.reference and e.paid_on = p.paid_on
        and e.amount = p.amount and e.line <= p.line and e.nth > (
            select count(*)
            from operation o
            where o.account_id = e.account_id and o.reference = e.reference and o.class in ('P', 'AP')
                and o.operation_on = e.paid_on and o.amount = e.amount and o.source = 'import' and o.description is not distinct from e.payer
        )
) waiting on true
left join lateral (
    select array_agg(i.number order by n.place) filter (where i.number is not null) as numbers,
        string_agg(n.reference, ', ') filter (where i.number is null) as missing
    from unnest(p.invoices) with ordinality n (reference, place)
    left join lateral (
        select o.number from operation o
        left join open_item x on x.account_id = o.account_id and x.side = o.side and x.due_on = o.due_on and x.number = o.number
        where o.account_id = p.account_id and o.reference = n.reference and o.class = 'I' and o.side = 1
        order by x.number is null, o.number
        limit 1
    ) i on true
) invoice on true
where p.place >= :first and p.place < :until
order by p.place;

-- name: drop_payment_staging
-- The connection goes back to the pool as it came.
drop table if exists import_payment, import_payment_placed;
