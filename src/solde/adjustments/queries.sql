-- name: standings_of
-- How accounts stand: billed is every operation not flagged out of the default balance and not of a deposit type.
-- grain: one row per account
select
    h.account_id, h.currency, h.state, coalesce(p.payment_mode, 'POSTPAID'), coalesce(t.billed, 0),
    coalesce(u.debit - u.credit, 0), coalesce(c.unallocated, 0), coalesce(a.last, 0)
from account h
left join account_profile p on p.account_id = h.account_id
left join unbilled_total u on u.account_id = h.account_id
left join lateral (
    select sum(y.side * s.amount) as billed from account_total_by_status s join operation_type y on y.type_id = s.type_id
    where s.account_id = h.account_id and not s.excluded and not y.deposit
) t on true
left join lateral (
    select sum(i.open - i.disputed) as unallocated from open_item i join operation_type y on y.type_id = i.type_id
    where i.account_id = h.account_id and i.side = -1 and i.class in ('P', 'AP') and not i.excluded and not y.deposit
) c on true
left join lateral (
    select max(x.adjustment_number) as last from adjustment x where x.account_id = h.account_id
) a on true
where h.account_id = any(:account_ids::bigint[]);

-- name: unallocated_of
-- Unallocated payments of accounts, the oldest due first, as many of each as may be needed.
-- grain: one row per open credit
select c.account_id, c.number, c.available
from unnest(:account_ids::bigint[]) n (account_id)
cross join lateral (
    select i.account_id, i.number, i.open - i.disputed as available, i.due_on
    from open_item i join operation_type y on y.type_id = i.type_id
    where i.account_id = n.account_id and i.side = -1 and i.class in ('P', 'AP') and not i.excluded and not y.deposit
        and i.open > i.disputed
    order by i.due_on, i.number
    limit :most
) c
order by c.account_id, c.due_on, c.number;

-- name: insert_adjustments
-- Adjustments, each with the operations it posted.
with wanted as (
    select * from unnest(
        :account_ids::bigint[], :numbers::bigint[], :types::text[], :amounts::numeric[], :payment_modes::text[],
        :befores::numeric[], :afters::numeric[], :roundings::numeric[], :unallocated_befores::numeric[], :unallocated_afters::numeric[],
        :item_numbers::bigint[], :transaction_numbers::integer[], :visibles::text[], :internals::text[], :ons::date[], :action_ids::bigint[]
    ) n (
        account_id, adjustment_number, type, amount, payment_mode, balance_before, balance_after, rounding, unallocated_before,
        unallocated_after, item_number, transaction_number, visible_comment, internal_comment, occurred_on, action_id
    )
),
made as (
    insert into adjustment (
        account_id, adjustment_number, type, amount, payment_mode, balance_before, balance_after, rounding, unallocated_before,
        unallocated_after, item_number, transaction_number, visible_comment, internal_comment, occurred_on, recorded_at, action_id
    )
    select account_id, adjustment_number, type, amount, payment_mode, balance_before, balance_after, rounding, unallocated_before,
        unallocated_after, item_number, transaction_number, visible_comment, internal_comment, occurred_on, clock_timestamp(), action_id
    from wanted
)
insert into adjustment_operation (account_id, number, adjustment_number)
select * from unnest(:posted_account_ids::bigint[], :posted_numbers::bigint[], :posted_by::bigint[]);

-- name: list_adjustments
-- Adjustments of an account, newest first, those before a number; or one.
-- grain: one row per adjustment
select
    a.account_id, a.adjustment_number, a.type, a.amount, h.currency, a.payment_mode,
    case
        when c.transaction_number is null then 'done'
        when c.state in ('DECLINED', 'FAILED') then 'failed'
        when c.state in ('CREATED', 'PENDING', 'UNKNOWN') then 'waits'
        else 'done'
    end as outcome,
    a.balance_before, a.balance_after, a.rounding,
    a.unallocated_before, a.unallocated_after, a.item_number, a.transaction_number, s.code, s.label, abs(i.net), abs(i.tax),
    array(
        select o.number from adjustment_operation o
        where o.account_id = a.account_id and o.adjustment_number = a.adjustment_number
        union all
        select c.operation_number where c.operation_number is not null and c.kind <> 'authorize'
        order by 1
    ),
    a.visible_comment, a.internal_comment, a.occurred_on, a.recorded_at, r.actor
from adjustment a
join account h on h.account_id = a.account_id
left join unbilled_item i on i.account_id = a.account_id and i.item_number = a.item_number
left join service s on s.service_id = i.service_id
left join card_transaction c on c.account_id = a.account_id and c.transaction_number = a.transaction_number
left join audit_record r on r.account_id = a.account_id and r.action_id = a.action_id
where a.account_id = :account_id and a.adjustment_number < :before and (:number::bigint is null or a.adjustment_number = :number)
order by a.adjustment_number desc
limit :limit;
