-- name: listed_operations
-- Operations by account and number, in the order given, as they stand, with whose they are.
-- grain: one row per operation
select
    d.code, c.code, coalesce(f.description, c.name), s.code,
    o.account_id, o.number, o.code, o.label, o.class, o.side, o.currency, o.amount, o.net, o.tax, o.operation_on, o.due_on,
    o.collected_on, o.recorded_at, o.excluded, b.code, o.reference, o.description, o.order_number, o.payment_method, o.source,
    o.comment, o.action_id, o.open, o.disputed, o.matching_status, o.posting_status,
    o.accounting_on, o.litigation_reason
from unnest(:account_ids::bigint[], :numbers::bigint[]) with ordinality n (account_id, number, place)
cross join lateral (select * from operation_seen x where x.account_id = n.account_id and x.number = n.number offset 0) o
join account_directory d on d.account_id = n.account_id
join customer c on c.customer_id = d.customer_id
join seller s on s.seller_id = d.seller_id
left join account_profile f on f.account_id = n.account_id
left join billing_account b on b.account_id = o.account_id and b.billing_account_id = o.billing_account_id
order by n.place;

-- name: account_of_code
-- The key of an account, where the seller has it.
-- grain: at most one row
select account_id from account_directory
where code = :code and (:seller_id::bigint is null or seller_id = :seller_id);
