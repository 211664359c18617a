-- name: list_blockers
-- What holds accounts open; a part a kind. Accounts closed together do not hold each other open.
-- grain: one row per account and kind
select b.account_id, d.code, b.kind, b.amount, a.currency, b.count
from (
    select
        t.account_id, case when sum(y.side * t.amount) > 0 then 'OWES' else 'HOLDS_CREDIT' end as kind,
        abs(sum(y.side * t.amount)) as amount, sum(t.count)::bigint as count, 1 as place
    from account_total_by_status t
    join operation_type y on y.type_id = t.type_id
    where t.account_id = any(:account_ids::bigint[]) and not t.excluded and not y.deposit
    group by t.account_id
    having sum(y.side * t.amount) <> 0
    union all
    select
        i.account_id, case when i.side = 1 then 'OPEN_DEBITS' else 'OPEN_CREDITS' end, sum(i.open), count(*),
        case when i.side = 1 then 2 else 3 end
    from open_item i
    where i.account_id = any(:account_ids::bigint[])
        and not exists (select from deposit_operation p where p.account_id = i.account_id and p.number = i.number)
    group by i.account_id, i.side
    union all
    select s.account_id, 'DEPOSITS', sum(s.balance), count(*), 4
    from deposit s
    where s.account_id = any(:account_ids::bigint[]) and not s.is_over
    group by s.account_id
    union all
    select s.account_id, 'ACTIVE_PLANS', sum(s.open), count(*), 5
    from instalment_plan_state s
    where s.account_id = any(:account_ids::bigint[]) and s.state = 'ACTIVE'
    group by s.account_id
    union all
    select u.account_id, 'UNBILLED', abs(u.debit - u.credit), u.count, 6
    from unbilled_total u
    where u.account_id = any(:account_ids::bigint[]) and u.count > 0
    union all
    select p.payer_account_id, 'PAYS_FOR_OTHERS', null, count(*), 7
    from account_profile p
    join account o on o.account_id = p.account_id
    where p.payer_account_id = any(:account_ids::bigint[]) and o.state <> 'CLOSED'
        and p.account_id <> all(:account_ids::bigint[])
    group by p.payer_account_id
) b
join account_directory d on d.account_id = b.account_id
join account a on a.account_id = b.account_id
order by b.account_id, b.place;
