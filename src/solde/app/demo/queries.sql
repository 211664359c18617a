-- name: add_second_seller
-- The demo company sells from two countries.
insert into seller (code, name, country, currency, time_zone, language)
values (:code, :name, 'GB', 'GBP', 'Europe/London', 'en')
on conflict (code) do nothing;

-- name: count_customers
-- How many customers there are, and how many the demo made.
-- grain: one row
select count(*), count(*) filter (where code like 'DEMO-%%') from customer;

-- name: find_stage
-- What the demo's loading has done so far: its verbs, and the day it was made for.
-- grain: one row per step done
select verb, after ->> 'today' from audit_record where account_id = 0 and verb in ('demo_begin', 'demo_end') order by action_id;

-- name: main_seller
-- The seller that is there from the beginning.
-- grain: one row
select seller_id from seller where code = 'MAIN';

-- name: list_open_items
-- What is open and undisputed on demo accounts, oldest first.
-- grain: one row per open item
select i.account_id, i.number, i.class, i.side, a.currency, i.open, i.amount, i.operation_on, i.due_on, i.not_before
from open_item i
join account a on a.account_id = i.account_id
join account_directory d on d.account_id = i.account_id
where d.code like 'DEMO-%%' and i.disputed = 0
order by d.code, i.number;

-- name: list_direct_debits
-- Direct debits of demo accounts not long ago that paid an invoice whole, with their match.
-- grain: one row per payment
select o.account_id, o.number, o.amount, g.group_number, l.effective_on
from operation o
join operation_type t on t.type_id = o.type_id
join account_directory d on d.account_id = o.account_id
join match_line l on l.account_id = o.account_id and l.credit_number = o.number and l.amount = o.amount
join match_group g on g.account_id = l.account_id and g.group_number = l.group_number
where d.code like 'DEMO-%%' and t.code = 'PAY_DDT' and o.operation_on between :from_on and :until_on
order by d.code, o.number;

-- name: list_demo_accounts
-- The demo's accounts.
-- grain: one row per account
select d.account_id from account_directory d where d.code like 'DEMO-%%' order by d.code;

-- name: accounts_for_deposits
-- Accounts in euro that owe something, with the invoice of each that is due longest; a named one first.
-- grain: one row per account
select account_id, number from (
    select distinct on (d.code) d.code, d.account_id, i.number
    from account_directory d
    join account a on a.account_id = d.account_id
    join open_item i on i.account_id = d.account_id and i.side = 1 and i.class = 'I' and i.disputed = 0 and not i.excluded and i.open >= 20
    where d.code like 'DEMO-%%' and a.currency = 'EUR' and a.state = 'ACTIVE'
    order by d.code, i.due_on, i.number
) found
order by code <> :busy, code
limit :most;

-- name: list_prepaid_accounts
-- The demo's accounts that pay before.
-- grain: one row per account
select p.account_id from account_profile p where p.code like 'DEMO-%%' and p.payment_mode = 'PREPAID' order by p.code;
