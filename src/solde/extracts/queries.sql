-- name: list_accounts
-- Accounts after a given one, in the order of their ids.
-- grain: one row per account
select d.account_id, d.code, c.code, c.name, s.code, a.currency, a.state
from account_directory d
join account a on a.account_id = d.account_id
join customer c on c.customer_id = d.customer_id
join seller s on s.seller_id = d.seller_id
where d.account_id > :after and (:seller_id::bigint is null or d.seller_id = :seller_id::bigint)
order by d.account_id
limit :limit;
