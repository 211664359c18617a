-- name: list_services
-- Every service; promotions first, then by label.
-- grain: one row per service
select service_id, code, label, tax_rate, is_service, active, version from service order by is_service, label, code;

-- name: lock_service
-- A service, locked.
-- grain: at most one row
select service_id, code, label, tax_rate, is_service, active, version from service where code = :code for update;

-- name: insert_service
-- A new service.
insert into service (code, label, tax_rate) values (:code, :label, :tax_rate)
on conflict (code) do nothing
returning service_id, code, label, tax_rate, is_service, active, version;

-- name: update_service
-- What a service is called, its tax and whether it may be chosen.
update service set label = :label, tax_rate = :tax_rate, active = :active, version = version + 1 where code = :code
returning service_id, code, label, tax_rate, is_service, active, version;

-- name: totals_of
-- What the unbilled items of accounts come to.
-- grain: one row per account that ever had an item
select account_id, last_item, net, tax, debit, credit, count from unbilled_total where account_id = any(:account_ids::bigint[]);

-- name: cycles_of
-- The billing cycle of accounts: that of their first active billing account.
-- grain: one row per account that has one
select distinct on (account_id) account_id, billing_cycle from billing_account
where account_id = any(:account_ids::bigint[]) and state = 'ACTIVE' and billing_cycle is not null
order by account_id, billing_account_id;

-- name: insert_items
-- New items, and what the items of their accounts come to with them.
with new_item as (
    insert into unbilled_item (
        account_id, item_number, kind, service_id, tax_rate, net, tax, gross, description, internal_comment,
        occurred_on, period_from, period_until, recorded_at, corrects, action_id
    )
    select n.account_id, n.item_number, n.kind, n.service_id, n.tax_rate, n.net, n.tax, n.net + n.tax, n.description, n.internal_comment,
        n.occurred_on, n.period_from, n.period_until, clock_timestamp(), n.corrects, n.action_id
    from unnest(
        :account_ids::bigint[], :item_numbers::bigint[], :kinds::text[], :service_ids::smallint[], :tax_rates::numeric[], :nets::numeric[],
        :taxes::numeric[], :descriptions::text[], :internal_comments::text[], :occurred::date[], :period_froms::date[],
        :period_untils::date[], :corrected::bigint[], :action_ids::bigint[]
    ) n (
        account_id, item_number, kind, service_id, tax_rate, net, tax, description, internal_comment, occurred_on, period_from,
        period_until, corrects, action_id
    )
    returning account_id, item_number, net, tax, gross
)
insert into unbilled_total as t (account_id, last_item, net, tax, debit, credit, count)
select account_id, max(item_number), sum(net), sum(tax), coalesce(sum(gross) filter (where gross > 0), 0),
    coalesce(-sum(gross) filter (where gross < 0), 0), count(*)
from new_item group by account_id
on conflict (account_id) do update set last_item = excluded.last_item, net = t.net + excluded.net, tax = t.tax + excluded.tax,
    debit = t.debit + excluded.debit, credit = t.credit + excluded.credit, count = t.count + excluded.count;

-- name: bill_items
-- Items that an operation bills, and what is left unbilled; an item billed before is not touched.
with billed as (
    update unbilled_item i set billed_by = :number
    where i.account_id = :account_id and i.item_number = any(:item_numbers::bigint[]) and i.billed_by is null
    returning i.item_number, i.net, i.tax, i.gross
),
moved as (
    update unbilled_total t set net = t.net - s.net, tax = t.tax - s.tax, debit = t.debit - s.debit, credit = t.credit - s.credit,
        count = t.count - s.count
    from (
        select sum(net) as net, sum(tax) as tax, coalesce(sum(gross) filter (where gross > 0), 0) as debit,
            coalesce(-sum(gross) filter (where gross < 0), 0) as credit, count(*) as count
        from billed
    ) s
    where t.account_id = :account_id and s.count > 0
)
select item_number from billed order by item_number;

-- name: list_items
-- Items of an account, newest first, those before a number; all, or only what is unbilled.
-- grain: one row per item
select
    i.account_id, i.item_number, i.kind, s.code, s.label, i.tax_rate, i.net, i.tax, i.gross, i.description, i.internal_comment,
    i.occurred_on, i.period_from, i.period_until, i.recorded_at, i.corrects, c.item_number as corrected_by, i.billed_by, a.actor
from unbilled_item i
join service s on s.service_id = i.service_id
left join unbilled_item c on c.account_id = i.account_id and c.corrects = i.item_number
left join audit_record a on a.account_id = i.account_id and a.action_id = i.action_id
where i.account_id = :account_id and (:billed or i.billed_by is null) and i.item_number < :before
order by i.item_number desc
limit :limit;

-- name: get_item
-- An item of an account.
-- grain: at most one row
select
    i.account_id, i.item_number, i.kind, s.code, s.label, i.tax_rate, i.net, i.tax, i.gross, i.description, i.internal_comment,
    i.occurred_on, i.period_from, i.period_until, i.recorded_at, i.corrects, c.item_number as corrected_by, i.billed_by, a.actor
from unbilled_item i
join service s on s.service_id = i.service_id
left join unbilled_item c on c.account_id = i.account_id and c.corrects = i.item_number
left join audit_record a on a.account_id = i.account_id and a.action_id = i.action_id
where i.account_id = :account_id and i.item_number = :item_number;

-- name: items_at
-- Items of an account that were unbilled at a moment, by number, those after one.
-- grain: one row per item
select
    i.account_id, i.item_number, i.kind, s.code, s.label, i.tax_rate, i.net, i.tax, i.gross, i.description, i.internal_comment,
    i.occurred_on, i.period_from, i.period_until, i.recorded_at, i.corrects, c.item_number as corrected_by, i.billed_by, a.actor
from unbilled_item i
join service s on s.service_id = i.service_id
left join unbilled_item c on c.account_id = i.account_id and c.corrects = i.item_number
left join audit_record a on a.account_id = i.account_id and a.action_id = i.action_id
left join operation o on o.account_id = i.account_id and o.number = i.billed_by
where i.account_id = :account_id and i.item_number > :after and i.occurred_on <= :as_of::date
    and (:known_at::timestamptz is null or i.recorded_at <= :known_at::timestamptz)
    and (
        i.billed_by is null
        or o.operation_on > :as_of::date
        or o.recorded_at > :known_at::timestamptz
    )
order by i.item_number
limit :limit;
