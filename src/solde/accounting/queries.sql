-- name: next_slice
-- The next accounts with operations to be taken to accounting, from a place on (an account, and the number it was read to), and how
-- many each has at most in this slice; together a little more than `most`, but for the last account.
-- grain: one row per account
with waiting as (
    select x.account_id, count(*) as count from posting_exception x
    where x.status in ('POSTED', 'EXPORT_FAILED') and x.account_id >= :account_id
    group by 1
),
pending as (
    select a.account_id,
        greatest(coalesce(m.through_number, 0), case when a.account_id = :account_id then :number::bigint end) as from_number,
        a.last_number, case when a.account_id = :account_id and :number > 0 then null else w.count end as excepted
    from account a
    left join accounting_mark m on m.account_id = a.account_id
    left join waiting w on w.account_id = a.account_id
    where a.account_id >= :account_id
),
running as (
    select account_id, from_number, last_number,
        sum(least(last_number - from_number, :most) + coalesce(excepted, 0)) over (order by account_id) as upto,
        least(last_number - from_number, :most) + coalesce(excepted, 0) as size
    from (
        select * from pending where last_number > from_number or excepted > 0 order by account_id limit :accounts
    ) p
)
select account_id, from_number, least(last_number, from_number + :most) as through_number, last_number from running
where upto - size < :most
order by account_id;

-- name: write_entries
-- Take the operations of locked accounts to accounting: their pieces and entries. What cannot be taken is given back with the reason.
-- A slice goes from the mark, or from where the run had read to, to a number; its first part also takes the exceptions before it.
-- outcome: mark (number is the new one), failed, exported (its exception says so now), cleared (its exception is needed no longer).
-- grain: one row per outcome
with slice as materialized (
    select s.account_id, greatest(s.from_number, coalesce(m.through_number, 0)) as from_number, s.through_number,
        coalesce(m.through_number, 0) as mark, s.is_first
    from unnest(:account_ids::bigint[], :from_numbers::bigint[], :through_numbers::bigint[], :firsts::boolean[])
        s (account_id, from_number, through_number, is_first)
    left join accounting_mark m on m.account_id = s.account_id
),
candidate as materialized (
    select o.account_id, o.number, o.type_id, o.side, o.currency, o.amount, o.net, o.tax, o.reference, o.description,
        null::text as reason, false as excepted, accounting_day(o.class, o.operation_on, o.due_on, o.collected_on) as accounting_on
    from slice s
    join operation o on o.account_id = s.account_id and o.number > s.from_number and o.number <= s.through_number
    where not exists (select from posting_exception x where x.account_id = o.account_id and x.number = o.number)
    union all
    select o.account_id, o.number, o.type_id, o.side, o.currency, o.amount, o.net, o.tax, o.reference, o.description,
        x.reason, true, x.accounting_on
    from slice s
    join posting_exception x on x.account_id = s.account_id and x.number <= s.through_number and x.status in ('POSTED', 'EXPORT_FAILED')
    join operation o on o.account_id = x.account_id and o.number = x.number
    where s.is_first or x.number > s.from_number
),
later as materialized (
    select account_id, min(number) as number from candidate where accounting_on > :until::date and not excepted group by account_id
),
place as materialized (
    select s.account_id, s.mark as was, case when s.from_number > s.mark then s.mark else coalesce(l.number - 1, s.through_number) end as mark,
        coalesce(d.seller_id, 0) as seller_id, d.code as account_code, k.name as customer_name, p.general_client_account,
        p.analytic_1, p.analytic_2, p.analytic_3
    from slice s
    left join later l on l.account_id = s.account_id
    left join account_directory d on d.account_id = s.account_id
    left join account_profile p on p.account_id = s.account_id
    left join customer k on k.customer_id = d.customer_id
),
kind as materialized (
    select t.type_id, t.code, t.label, t.account, t.contra_account, t.second_contra_account, t.journal, h.code as scheme, h.version
    from operation_type t
    left join accounting_assignment a on a.type_code = t.code
    left join accounting_scheme h on h.code = a.scheme
),
planned as materialized (
    select t.type_id, t.label as type_label, t.journal, l.line, l.side, l.takes, l.label as template, l.customer, l.analytic, l.account = 'TAX' as of_tax,
        l.customer and coalesce(g.receivable, false) as own, v.account,
        case
            when t.journal is null then format('type %%s has no journal', t.code)
            when v.account is null and l.account <> 'TAX' then
                format('type %%s has no %%s', t.code, case l.account when 'TYPE' then 'account' when 'CONTRA' then 'contra account' else 'second contra account' end)
        end as fault
    from kind t
    join accounting_scheme_line l on l.code = t.scheme and l.version = t.version
    cross join lateral (select case l.account
        when 'TYPE' then t.account when 'CONTRA' then t.contra_account when 'SECOND_CONTRA' then t.second_contra_account else l.fixed_account
    end as account) v
    left join general_account g on g.code = v.account
),
known as materialized (
    select c.account_id, c.number, c.type_id, c.side, c.currency, c.amount, c.reference, c.description, c.reason, c.excepted, c.accounting_on,
        coalesce(c.net, c.amount - coalesce(c.tax, 0)) as net, coalesce(c.tax, c.amount - coalesce(c.net, c.amount)) as tax,
        x.code as tax_code, x.account as tax_account
    from candidate c
    left join lateral (
        select r.code, r.account from accounting_tax r
        where c.tax > 0 and (
            r.rate is null
            or abs(c.tax - coalesce(c.net, c.amount - c.tax) * r.rate / 100) <= coalesce(c.net, c.amount - c.tax) * 0.0025 + 0.01
        )
        order by abs(c.tax - coalesce(c.net, c.amount - c.tax) * r.rate / 100) nulls last
        limit 1
    ) x on true
    where c.accounting_on <= coalesce(:until::date, 'infinity')
),
drawn as materialized (
    select k.account_id, k.number, l.line, k.accounting_on, l.journal, v.account, l.customer, case when l.customer then p.account_code end as auxiliary,
        k.type_id, p.seller_id, k.side * l.side as side, v.amount, k.currency,
        case when l.template is null then concat_ws(' ', l.type_label, k.reference) else left(
            replace(replace(replace(replace(replace(replace(l.template, '{type}', l.type_label), '{number}', k.number::text),
                '{reference}', coalesce(k.reference, '')), '{description}', coalesce(k.description, '')),
                '{account}', coalesce(p.account_code, '')), '{customer}', coalesce(p.customer_name, '')), 1000) end as label,
        case when l.of_tax then k.tax_code end as tax_code, case when l.analytic then p.analytic_1 end as analytic_1,
        case when l.analytic then p.analytic_2 end as analytic_2, case when l.analytic then p.analytic_3 end as analytic_3,
        coalesce(l.fault, case when l.of_tax and v.account is null then 'its tax has no account' end) as fault
    from known k
    join planned l on l.type_id = k.type_id
    join place p on p.account_id = k.account_id
    cross join lateral (select
        case l.takes when 'WHOLE' then k.amount when 'NET' then k.net when 'TAX' then k.tax end as amount,
        case when l.of_tax then k.tax_account when l.own then coalesce(p.general_client_account, l.account) else l.account end as account
    ) v
    where v.amount > 0
),
summed as materialized (
    select account_id, number, count(*) as lines, sum(case side when 1 then amount else 0 end) as debit,
        sum(case side when -1 then amount else 0 end) as credit, min(fault) as fault
    from drawn group by account_id, number
),
decided as materialized (
    select k.account_id, k.number, p.seller_id, p.customer_name, p.mark, k.accounting_on, extract(year from k.accounting_on)::smallint as year, t.journal,
        t.scheme, t.version, k.currency, k.reference, k.excepted, k.reason, coalesce(s.lines, 0) as lines, coalesce(s.debit, 0) as debit, coalesce(s.credit, 0) as credit,
        case when t.scheme is null then format('type %%s has no scheme', t.code) else s.fault end as fault
    from known k
    join place p on p.account_id = k.account_id
    join kind t on t.type_id = k.type_id
    left join summed s on s.account_id = k.account_id and s.number = k.number
),
failed as materialized (
    select account_id, number, accounting_on, coalesce(reason, 'EXPORT_FAILED') as reason, fault from decided where fault is not null
),
counted as materialized (
    select seller_id, currency, journal, year, count(*) as count from decided where fault is null and lines > 0 group by 1, 2, 3, 4
),
counter as (
    insert into journal_sequence as q (seller_id, currency, journal, year, last)
    select seller_id, currency, journal, year, count from counted order by 1, 2, 3, 4
    on conflict (seller_id, currency, journal, year) do update set last = q.last + excluded.last
    returning seller_id, currency, journal, year, last
),
begun as materialized (
    select c.seller_id, c.currency, c.journal, c.year, c.last - d.count as before, row_number() over () as book
    from counter c
    join counted d on d.seller_id = c.seller_id and d.currency = c.currency and d.journal = c.journal and d.year = c.year
),
good as materialized (
    select d.*, b.before + row_number() over (partition by b.book order by d.account_id, d.number) as sequence
    from decided d
    left join begun b
        on b.seller_id = d.seller_id and b.currency = d.currency and b.journal = d.journal and b.year = d.year and d.lines > 0
    where d.fault is null
),
piece as (
    insert into journal_piece (
        account_id, number, seller_id, accounting_on, journal, sequence, scheme, scheme_version, currency, lines, debit, credit, reference,
        customer_name, recorded_at, action_id
    )
    select g.account_id, g.number, g.seller_id, g.accounting_on, g.journal, g.sequence, g.scheme, g.version, g.currency,
        g.lines, g.debit, g.credit, g.reference, g.customer_name, clock_timestamp(), :action_id
    from good g
    order by g.account_id, g.number
    returning lines
),
entry as (
    insert into journal_entry (
        account_id, number, line, accounting_on, journal, general_account, customer, auxiliary, type_id, seller_id, side, amount, currency,
        label, tax_code, analytic_1, analytic_2, analytic_3
    )
    select account_id, number, line, accounting_on, journal, account, customer, auxiliary, type_id, seller_id, side, amount, currency,
        label, tax_code, analytic_1, analytic_2, analytic_3
    from drawn d
    where not exists (select from failed f where f.account_id = d.account_id and f.number = d.number)
    order by account_id, number, line
)
select 'count', 0::bigint, count(*), null::date, null, null, coalesce(sum(lines), 0)::bigint from piece
union all
select 'mark', account_id, mark, null, null, null, null from place
union all
select 'failed', account_id, number, accounting_on, reason, fault, null from failed
union all
select 'exported', account_id, number, accounting_on, coalesce(reason, 'AHEAD'), null, null
from good where number > mark or (excepted and reason not in ('EXPORT_FAILED', 'AHEAD'))
union all
select 'cleared', account_id, number, null, null, null, null
from good where number <= mark and excepted and reason in ('EXPORT_FAILED', 'AHEAD')
union all
select 'cleared', p.account_id, x.number, null, null, null, null
from place p
join posting_exception x on x.account_id = p.account_id and x.number > p.was and x.number <= p.mark and x.status = 'EXPORTED' and x.reason = 'AHEAD';

-- name: list_schemes
-- Every scheme as it is in force, with its lines and the types that follow it.
-- grain: one row per scheme
select s.code, s.version, v.label, v.recorded_at, l.lines,
    (select array_agg(a.type_code order by t.type_id) from accounting_assignment a join operation_type t on t.code = a.type_code
        where a.scheme = s.code)
from accounting_scheme s
join accounting_scheme_version v on v.code = s.code and v.version = s.version
left join lateral (
    select jsonb_agg(jsonb_build_object(
        'same_side', x.side = 1, 'account', x.account, 'fixed_account', x.fixed_account, 'amount', x.amount, 'customer', x.customer,
        'analytic', x.analytic, 'label', x.label) order by x.line) as lines
    from accounting_scheme_line x where x.code = v.code and x.version = v.version
) l on true
order by s.code;

-- name: list_scheme_versions
-- Every version of a scheme, newest first.
-- grain: one row per version
select v.code, v.version, v.label, v.recorded_at, l.lines, null::text[]
from accounting_scheme_version v
left join lateral (
    select jsonb_agg(jsonb_build_object(
        'same_side', x.side = 1, 'account', x.account, 'fixed_account', x.fixed_account, 'amount', x.amount, 'customer', x.customer,
        'analytic', x.analytic, 'label', x.label) order by x.line) as lines
    from accounting_scheme_line x where x.code = v.code and x.version = v.version
) l on true
where v.code = :code
order by v.version desc;

-- name: lock_schemes
-- Which types follow which scheme is changed by one at a time.
select pg_advisory_xact_lock(7305808869231655);

-- name: lock_scheme
-- The version of a scheme in force, locked.
-- grain: at most one row
select version from accounting_scheme where code = :code for update;

-- name: insert_scheme_version
-- Keep a version of a scheme.
insert into accounting_scheme_version (code, version, label, recorded_at, action_id)
values (:code, :version, :label, clock_timestamp(), :action_id);

-- name: insert_scheme_lines
-- The lines of a version.
insert into accounting_scheme_line (code, version, line, side, account, fixed_account, amount, takes, customer, analytic, label)
select :code, :version, l.line, l.side, l.account, l.fixed_account, l.amount, l.takes, l.customer, l.analytic, l.label
from json_to_recordset(:lines::json) l (
    line smallint, side smallint, account text, fixed_account text, amount text, takes text, customer boolean, analytic boolean, label text
);

-- name: use_scheme
-- Put a version of a scheme in force.
insert into accounting_scheme (code, version) values (:code, :version)
on conflict (code) do update set version = excluded.version;

-- name: assign_scheme
-- Let types follow a scheme.
insert into accounting_assignment (type_code, scheme)
select type_code, :scheme from unnest(:types::text[]) t (type_code) order by type_code
on conflict (type_code) do update set scheme = excluded.scheme;

-- name: list_general_accounts
-- Every general account that has a label.
-- grain: one row per general account
select code, label, receivable, version from general_account order by code;

-- name: save_general_account
-- Label a general account, unless it was changed meanwhile.
-- grain: at most one row
insert into general_account as g (code, label, receivable) values (:code, :label, :receivable)
on conflict (code) do update set label = excluded.label, receivable = excluded.receivable, version = g.version + 1
where g.version = :known::integer
returning code;

-- name: list_rates
-- The accounts of taxes.
-- grain: one row per rate
select code, label, rate, account, version from accounting_tax order by rate nulls last;

-- name: save_rate
-- Say which account takes the tax of a rate, unless it was changed meanwhile.
-- grain: at most one row
insert into accounting_tax as x (code, label, rate, account) values (:code, :label, :rate, :account)
on conflict (code) do update set label = excluded.label, rate = excluded.rate, account = excluded.account, version = x.version + 1
where x.version = :known::integer
returning code;

-- name: latest_operations
-- The latest operations of some types, for a trial: of the newest five hundred accounts that have any, so that its cost is bounded.
-- grain: one row per operation
select o.type_id, o.number, o.amount, o.net, o.tax, o.reference, o.description, d.code, k.name, p.general_client_account, o.currency
from (
    select distinct t.account_id from account_total t
    left join account_directory o on o.account_id = t.account_id
    where t.type_id = any(:type_ids::smallint[]) and (:seller_id::integer is null or o.seller_id = :seller_id)
    order by t.account_id desc limit 500
) a
cross join lateral (
    select * from operation x where x.account_id = a.account_id and x.type_id = any(:type_ids::smallint[]) order by x.number desc limit 2
) o
left join account_directory d on d.account_id = o.account_id
left join account_profile p on p.account_id = o.account_id
left join customer k on k.customer_id = d.customer_id
order by o.recorded_at desc, o.account_id, o.number desc
limit :most;

-- name: get_night
-- Up to how many days ago entries are made each night.
-- grain: one row
select days_ago from accounting_setting;

-- name: set_night
-- Say up to how many days ago entries are made each night.
update accounting_setting set days_ago = :days_ago;

-- name: get_file_years
-- How many years files of entries are kept.
-- grain: one row
select file_years from accounting_setting;

-- name: set_file_years
-- Say how many years files of entries are kept.
update accounting_setting set file_years = :years;

-- name: list_entries
-- Entries, newest first, those of a piece together: of a page.
-- grain: one row per entry
with found as (
    select e.* from journal_entry e
    where (:from_on::date is null or e.accounting_on >= :from_on)
        and e.accounting_on <= least(coalesce(:until_on::date, 'infinity'), coalesce(:after_on::date, 'infinity'))
        and (:after_on::date is null or e.accounting_on < :after_on
            or (e.account_id, e.number, e.line) > (:after_account::bigint, :after_number::bigint, :after_line::smallint))
        and (:journal::text is null or e.journal = :journal)
        and (:general_account::text is null or e.general_account = :general_account)
        and (:account_id::bigint is null or e.account_id = :account_id)
        and (:seller_id::bigint is null or e.seller_id = :seller_id)
        and (:currency::text is null or e.currency = :currency)
        and (:amount_from::numeric is null or e.amount >= :amount_from)
        and (:amount_until::numeric is null or e.amount <= :amount_until)
        and (:words::text is null or e.label ilike :words or e.auxiliary ilike :words)
    order by e.accounting_on desc, e.account_id, e.number, e.line
    limit :limit
)
select e.account_id, e.number, e.line, e.accounting_on, e.journal, p.sequence, e.general_account, coalesce(g.label, ''), e.auxiliary,
    p.customer_name, e.label, p.reference, e.side, e.amount, e.currency,
    case when e.customer then (
        select array_agg(distinct m.group_number order by m.group_number)
        from (
            select l.group_number, l.debit_number, l.credit_number from match_line l
            where e.side = 1 and l.account_id = e.account_id and l.debit_number = e.number
            union all
            select l.group_number, l.debit_number, l.credit_number from match_line l
            where e.side = -1 and l.account_id = e.account_id and l.credit_number = e.number
        ) m
        where not exists (
            select from unmatch_line r
            where r.account_id = e.account_id and r.debit_number = m.debit_number and r.credit_number = m.credit_number
                and r.group_number = m.group_number
        )
    ) end,
    e.tax_code, e.analytic_1, e.analytic_2, e.analytic_3, p.seller_id, p.scheme, p.scheme_version, p.recorded_at
from found e
join journal_piece p on p.account_id = e.account_id and p.number = e.number
left join general_account g on g.code = e.general_account
order by e.accounting_on desc, e.account_id, e.number, e.line;

-- name: sum_entries
-- Entries of a filter by general account and currency.
-- grain: one row per general account and currency
select e.general_account, coalesce(min(g.label), ''), e.currency, 0::numeric,
    coalesce(sum(e.amount) filter (where e.side = 1), 0), coalesce(sum(e.amount) filter (where e.side = -1), 0)
from journal_entry e
left join general_account g on g.code = e.general_account
where (:from_on::date is null or e.accounting_on >= :from_on)
    and (:until_on::date is null or e.accounting_on <= :until_on)
    and (:journal::text is null or e.journal = :journal)
    and (:general_account::text is null or e.general_account = :general_account)
    and (:account_id::bigint is null or e.account_id = :account_id)
    and (:seller_id::bigint is null or e.seller_id = :seller_id)
    and (:currency::text is null or e.currency = :currency)
    and (:amount_from::numeric is null or e.amount >= :amount_from)
    and (:amount_until::numeric is null or e.amount <= :amount_until)
    and (:words::text is null or e.label ilike :words or e.auxiliary ilike :words)
group by e.general_account, e.currency
order by e.general_account, e.currency;

-- name: trial_balance
-- Each general account: its balance before a day, what moved until another, in each currency.
-- grain: one row per general account and currency
select e.general_account, coalesce(min(g.label), ''), e.currency,
    coalesce(sum(e.side * e.amount) filter (where e.accounting_on < :from_on), 0),
    coalesce(sum(e.amount) filter (where e.accounting_on >= :from_on and e.side = 1), 0),
    coalesce(sum(e.amount) filter (where e.accounting_on >= :from_on and e.side = -1), 0)
from journal_entry e
left join general_account g on g.code = e.general_account
where e.accounting_on <= :until_on and (:seller_id::bigint is null or e.seller_id = :seller_id)
group by e.general_account, e.currency
order by e.currency, e.general_account;

-- name: control_receivables
-- Customers in the books against the operations taken there, by type: the sum of all operations, less those that were not taken,
-- less those whose scheme gives no entries.
-- grain: one row per operation type and currency
with total as (
    select t.type_id, a.currency, sum(t.o_amount + t.p_amount + t.i_amount + t.l_amount) as amount
    from account_total t
    join account a on a.account_id = t.account_id
    group by 1, 2
),
without as (
    select o.type_id, o.currency, sum(o.amount) as amount
    from (
        select a.account_id, o.number, o.type_id, o.currency, o.amount
        from account a
        left join accounting_mark m on m.account_id = a.account_id
        join operation o on o.account_id = a.account_id and o.number > coalesce(m.through_number, 0)
        left join posting_exception x on x.account_id = o.account_id and x.number = o.number
        where x.status is null or x.status <> 'EXPORTED'
        union all
        select o.account_id, o.number, o.type_id, o.currency, o.amount
        from posting_exception x
        join accounting_mark m on m.account_id = x.account_id and x.number <= m.through_number
        join operation o on o.account_id = x.account_id and o.number = x.number
        where x.status <> 'EXPORTED'
        union all
        select o.account_id, o.number, o.type_id, o.currency, o.amount
        from journal_piece p
        join operation o on o.account_id = p.account_id and o.number = p.number
        where p.lines = 0
    ) o
    group by 1, 2
),
booked as (
    select type_id, currency, sum(side * amount) as amount from journal_entry where customer group by 1, 2
)
select t.code, t.label, coalesce(s.currency, b.currency),
    t.side * (coalesce(s.amount, 0) - coalesce(w.amount, 0)), coalesce(b.amount, 0)
from total s
left join without w on w.type_id = s.type_id and w.currency = s.currency
full join booked b on b.type_id = s.type_id and b.currency = s.currency
join operation_type t on t.type_id = coalesce(s.type_id, b.type_id)
where coalesce(s.amount, 0) - coalesce(w.amount, 0) <> 0 or b.amount <> 0
order by 3, t.type_id;

-- name: list_journals
-- The journals and what they are called.
-- grain: one row per journal
select code, label, version from accounting_journal order by code;

-- name: save_journal
-- Say what a journal is called, unless it was changed meanwhile.
-- grain: at most one row
insert into accounting_journal as j (code, label) values (:code, :label)
on conflict (code) do update set label = excluded.label, version = j.version + 1
where j.version = :known::integer
returning code;

-- name: insert_export
-- Keep what is asked for, with the names as they are now.
-- grain: one row
insert into accounting_export (
    form, file_name, seller_id, currency, siren, from_on, until_on, options, known_at, names, created_by, created_at, action_id
)
select :form, :file_name, :seller_id, :currency, :siren, :from_on, :until_on, :options::jsonb, clock_timestamp(), jsonb_build_object(
    'journals', (select coalesce(jsonb_object_agg(code, label), '{}') from accounting_journal),
    'accounts', (select coalesce(jsonb_object_agg(code, label), '{}') from general_account),
    'own_currency', (select currency from seller where seller_id = :seller_id)
), :created_by, clock_timestamp(), :action_id
returning export_id;

-- name: list_exports
-- Exports, newest first.
-- grain: one row per export
select x.export_id, x.form, x.file_name, x.seller_id, x.currency, x.siren, x.from_on, x.until_on, x.options, x.known_at, x.names, x.rows,
    x.debit, x.credit, x.bytes, encode(x.sha256, 'hex'), x.created_by, x.created_at, s.code,
    exists (select from accounting_export_part p where p.export_id = x.export_id)
from accounting_export x
left join seller s on s.seller_id = x.seller_id
where (:export_id::bigint is null or x.export_id = :export_id)
    and (:seller_id::bigint is null or x.seller_id = :seller_id)
    and (:before::bigint is null or x.export_id < :before)
order by x.export_id desc
limit :limit;

-- name: list_writers
-- The transactions that write now; this one does not count.
-- grain: one row per transaction
select l.transactionid::text
from pg_locks l
join pg_stat_activity a on a.pid = l.pid and a.datname = current_database()
where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted and l.pid <> pg_backend_pid();

-- name: stream_lines
-- The entries of an export, as they were recorded by an instant; letters where an operation was wholly matched by then.
-- The day of recording is that of UTC, or the next one where the seller was in that already: never before the day of the entry for that.
-- grain: one row per entry
select e.account_id, e.number, e.line, e.accounting_on, e.journal, p.sequence, e.general_account, e.auxiliary, p.customer_name, e.label,
    p.reference, o.operation_on, e.side, e.amount, e.currency,
    case when m.amount = o.amount then m.groups end, case when m.amount = o.amount then m.effective_on end,
    greatest((p.recorded_at at time zone 'UTC')::date, least(e.accounting_on, (p.recorded_at at time zone 'UTC')::date + 1)), e.tax_code, e.analytic_1, e.analytic_2, e.analytic_3
from journal_entry e
join journal_piece p on p.account_id = e.account_id and p.number = e.number
join operation o on o.account_id = e.account_id and o.number = e.number
left join lateral (
    select sum(l.amount) as amount, max(l.effective_on) as effective_on, array_agg(distinct l.group_number order by l.group_number) as groups
    from (
        select d.* from match_line d where e.side = 1 and d.account_id = e.account_id and d.debit_number = e.number
        union all
        select c.* from match_line c where e.side = -1 and c.account_id = e.account_id and c.credit_number = e.number
    ) l
    join match_group g on g.account_id = l.account_id and g.group_number = l.group_number
    where g.recorded_at <= :known_at and not exists (
        select from unmatch_line r
        join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
        where r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
            and r.group_number = l.group_number and u.recorded_at <= :known_at
    )
) m on e.customer
where e.accounting_on between :from_on and :until_on
    and (:seller_id::bigint is null or e.seller_id = :seller_id)
    and (:currency::text is null or e.currency = :currency)
    and p.recorded_at <= :known_at
order by e.accounting_on, e.account_id, e.number, e.line;

-- name: keep_written
-- What a file amounts to, where nothing was kept yet.
-- grain: at most one row
update accounting_export set rows = :rows, debit = :debit, credit = :credit, bytes = :bytes, sha256 = :sha256
where export_id = :export_id and rows is null
returning export_id;

-- name: mark_kept
-- The file of an export is kept from now on.
update accounting_export set kept_at = clock_timestamp() where export_id = :export_id;

-- name: drop_old_files
-- Drop some files that were kept longer than the setting says; the exports stay.
-- grain: one row per export
with old as (
    select x.export_id, x.file_name from accounting_export x
    where x.kept_at < :now::timestamptz - (select make_interval(years => file_years) from accounting_setting)
    order by x.export_id limit :most
    for update of x
),
gone as (
    delete from accounting_export_part p using old where p.export_id = old.export_id
)
update accounting_export x set kept_at = null from old where x.export_id = old.export_id
returning x.export_id, x.file_name;

-- name: drop_parts
-- Forget the file of an export.
delete from accounting_export_part where export_id = :export_id;

-- name: keep_parts
-- The parts of a file come in as a stream.
copy accounting_export_part (export_id, part, content) from stdin (format binary); -- noqa: PRS

-- name: read_parts
-- The parts of a file go out as a stream.
copy (select content from accounting_export_part where export_id = :export_id order by part) to stdout (format binary);
