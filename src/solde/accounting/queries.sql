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
    select s.account_id, o.number, s.mark, s.from_number, o.type_id, o.class, o.side, o.currency, o.amount, o.net, o.tax, o.reference,
        o.description, x.status is not null as excepted, x.reason,
        case when x.status is null then accounting_day(o.class, o.operation_on, o.due_on, o.collected_on) else x.accounting_on end
            as accounting_on
    from slice s
    join operation o on o.account_id = s.account_id and o.number > s.from_number and o.number <= s.through_number
    left join posting_exception x on x.account_id = o.account_id and x.number = o.number
    where x.status is null or x.status in ('POSTED', 'EXPORT_FAILED')
    union all
    select s.account_id, o.number, s.mark, s.from_number, o.type_id, o.class, o.side, o.currency, o.amount, o.net, o.tax, o.reference,
        o.description, true, x.reason, x.accounting_on
    from slice s
    join posting_exception x on x.account_id = s.account_id and x.number <= s.from_number and x.status in ('POSTED', 'EXPORT_FAILED')
    join operation o on o.account_id = x.account_id and o.number = x.number
    where s.is_first
),
reached as materialized (
    select s.account_id, case
        when s.from_number > s.mark then s.mark
        else coalesce(min(c.number) filter (where c.accounting_on > coalesce(:until::date, 'infinity') and not c.excepted) - 1, s.through_number)
    end as mark
    from slice s left join candidate c on c.account_id = s.account_id and c.number > s.from_number
    group by s.account_id, s.from_number, s.mark, s.through_number
),
ready as materialized (
    select c.*, t.code as type_code, t.label as type_label, t.account, t.contra_account, t.second_contra_account, t.journal,
        h.code as scheme, h.version as scheme_version, coalesce(d.seller_id, 0) as seller_id, d.code as account_code, k.name as customer_name,
        p.general_client_account, p.analytic_1, p.analytic_2, p.analytic_3, extract(year from c.accounting_on)::smallint as year
    from candidate c
    join operation_type t on t.type_id = c.type_id
    left join accounting_assignment a on a.type_code = t.code
    left join accounting_scheme h on h.code = a.scheme
    left join account_directory d on d.account_id = c.account_id
    left join account_profile p on p.account_id = c.account_id
    left join customer k on k.customer_id = d.customer_id
    where c.accounting_on <= coalesce(:until::date, 'infinity')
),
taxed as materialized (
    select r.account_id, r.number, x.code, x.account from ready r
    cross join lateral (
        select x.code, x.account from accounting_tax x
        where x.rate is null or abs(r.tax - coalesce(r.net, r.amount - r.tax) * x.rate / 100) <= coalesce(r.net, r.amount - r.tax) * 0.0025 + 0.01
        order by abs(r.tax - coalesce(r.net, r.amount - r.tax) * x.rate / 100) nulls last
        limit 1
    ) x
    where r.tax > 0
),
drawn as materialized (
    select r.account_id, r.number, l.line, (r.side * l.side)::smallint as side, l.customer, l.account as source, v.amount,
        case when l.customer and g.receivable then coalesce(r.general_client_account, v.account) else v.account end as general_account,
        case when l.customer then r.account_code end as auxiliary,
        case when l.account = 'TAX' then x.code end as tax_code,
        case when l.analytic then r.analytic_1 end as analytic_1,
        case when l.analytic then r.analytic_2 end as analytic_2,
        case when l.analytic then r.analytic_3 end as analytic_3,
        case when l.label is null then concat_ws(' ', r.type_label, r.reference) else left(
            replace(replace(replace(replace(replace(replace(l.label, '{type}', r.type_label), '{number}', r.number::text),
                '{reference}', coalesce(r.reference, '')), '{description}', coalesce(r.description, '')),
                '{account}', coalesce(r.account_code, '')), '{customer}', coalesce(r.customer_name, '')), 1000) end as label
    from ready r
    join accounting_scheme_line l on l.code = r.scheme and l.version = r.scheme_version
    left join taxed x on x.account_id = r.account_id and x.number = r.number
    cross join lateral (select
        case l.takes when 'WHOLE' then r.amount when 'NET' then coalesce(r.net, r.amount - coalesce(r.tax, 0))
            else coalesce(r.tax, r.amount - coalesce(r.net, r.amount)) end as amount,
        case l.account when 'TYPE' then r.account when 'CONTRA' then r.contra_account when 'SECOND_CONTRA' then r.second_contra_account
            when 'TAX' then x.account else l.fixed_account end as account
    ) v
    left join general_account g on g.code = v.account
    where v.amount > 0
),
failed as materialized (
    select r.account_id, r.number, r.accounting_on, coalesce(r.reason, 'EXPORT_FAILED') as reason, format('type %%s has no scheme', r.type_code) as detail
    from ready r where r.scheme is null
    union all
    select r.account_id, r.number, r.accounting_on, coalesce(r.reason, 'EXPORT_FAILED'), string_agg(
        case l.source
            when 'TYPE' then format('type %%s has no account', r.type_code)
            when 'CONTRA' then format('type %%s has no contra account', r.type_code)
            when 'SECOND_CONTRA' then format('type %%s has no second contra account', r.type_code)
            else 'its tax has no account'
        end, '; ' order by l.line)
    from drawn l join ready r on r.account_id = l.account_id and r.number = l.number
    where l.general_account is null
    group by r.account_id, r.number, r.accounting_on, r.reason
    union all
    select r.account_id, r.number, r.accounting_on, coalesce(r.reason, 'EXPORT_FAILED'), format('type %%s has no journal', r.type_code)
    from ready r
    where r.journal is null and r.scheme is not null and exists (
        select from accounting_scheme_line l where l.code = r.scheme and l.version = r.scheme_version
    ) and not exists (select from drawn l where l.account_id = r.account_id and l.number = r.number and l.general_account is null)
),
summed as materialized (
    select l.account_id, l.number, count(*) as lines, sum(l.amount) filter (where l.side = 1) as debit,
        sum(l.amount) filter (where l.side = -1) as credit
    from drawn l
    group by l.account_id, l.number
),
good as materialized (
    select r.*, coalesce(s.lines, 0) as lines, coalesce(s.debit, 0) as debit, coalesce(s.credit, 0) as credit,
        row_number() over (partition by r.seller_id, r.currency, r.journal, r.year, s.lines is null order by r.account_id, r.number) as place
    from ready r
    left join summed s on s.account_id = r.account_id and s.number = r.number
    where not exists (select from failed f where f.account_id = r.account_id and f.number = r.number)
),
counter as (
    insert into journal_sequence as q (seller_id, currency, journal, year, last)
    select seller_id, currency, journal, year, count(*) from good where lines > 0 group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (seller_id, currency, journal, year) do update set last = q.last + excluded.last
    returning seller_id, currency, journal, year, last
),
counted as (
    select c.seller_id, c.currency, c.journal, c.year, c.last - max(g.place) as before
    from counter c
    join good g on g.seller_id = c.seller_id and g.currency = c.currency and g.journal = c.journal and g.year = c.year and g.lines > 0
    group by c.seller_id, c.currency, c.journal, c.year, c.last
),
piece as (
    insert into journal_piece (
        account_id, number, seller_id, accounting_on, journal, sequence, scheme, scheme_version, currency, lines, debit, credit, reference,
        customer_name, recorded_at, action_id
    )
    select g.account_id, g.number, g.seller_id, g.accounting_on, g.journal, c.before + g.place, g.scheme, g.scheme_version, g.currency,
        g.lines, g.debit, g.credit, g.reference, g.customer_name, clock_timestamp(), :action_id
    from good g
    left join counted c
        on c.seller_id = g.seller_id and c.currency = g.currency and c.journal = g.journal and c.year = g.year and g.lines > 0
    order by g.account_id, g.number
    returning lines
),
entry as (
    insert into journal_entry (
        account_id, number, line, accounting_on, journal, general_account, auxiliary, side, amount, currency, label, tax_code,
        analytic_1, analytic_2, analytic_3
    )
    select l.account_id, l.number, l.line, g.accounting_on, g.journal, l.general_account, l.auxiliary, l.side, l.amount, g.currency,
        l.label, l.tax_code, l.analytic_1, l.analytic_2, l.analytic_3
    from good g join drawn l on l.account_id = g.account_id and l.number = g.number
    order by l.account_id, l.number, l.line
)
select 'count', 0::bigint, count(*), null::date, null, null, coalesce(sum(lines), 0)::bigint from piece
union all
select 'mark', account_id, mark, null, null, null, null from reached
union all
select 'failed', account_id, number, accounting_on, reason, detail, null from failed
union all
select 'exported', g.account_id, g.number, g.accounting_on, coalesce(g.reason, 'AHEAD'), null, null
from good g join reached m on m.account_id = g.account_id
where g.number > m.mark or (g.excepted and g.reason not in ('EXPORT_FAILED', 'AHEAD'))
union all
select 'cleared', g.account_id, g.number, null, null, null, null
from good g join reached m on m.account_id = g.account_id
where g.number <= m.mark and g.excepted and g.reason in ('EXPORT_FAILED', 'AHEAD')
union all
select 'cleared', s.account_id, x.number, null, null, null, null
from slice s join reached m on m.account_id = s.account_id
join posting_exception x on x.account_id = s.account_id and x.number > s.mark and x.number <= m.mark and x.status = 'EXPORTED' and x.reason = 'AHEAD';
