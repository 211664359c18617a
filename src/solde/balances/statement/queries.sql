-- name: statement_parties
-- Whose account it is, who sells to them, and in which language they read.
-- grain: at most one row
select d.code, c.code, h.currency, coalesce(c.language, s.language), s.name, s.country,
    s.address_1, s.address_2, s.postcode, s.city, s.region,
    c.name, c.address_1, c.address_2, c.postcode, c.city, c.region, c.country, p.description
from account_directory d
join account h on h.account_id = d.account_id
join customer c on c.customer_id = d.customer_id
join seller s on s.seller_id = d.seller_id
left join account_profile p on p.account_id = d.account_id
where d.account_id = :account_id;
