-- name: list_templates
-- Every template, by code.
-- grain: one row per template
select code, label, currency, least, most, validity, validity_unit, state, version from deposit_template order by code;

-- name: lock_template
-- A template, locked.
-- grain: at most one row
select code, label, currency, least, most, validity, validity_unit, state, version
from deposit_template where code = :code for update;

-- name: get_templates
-- Templates by code, kept from change until the transaction ends.
-- grain: one row per template that there is
select code, label, currency, least, most, validity, validity_unit, state, version
from deposit_template where code = any(:codes::text[]) order by code;

-- name: insert_template
-- A new template; no row where its code is taken.
insert into deposit_template (code, label, currency, least, most, validity, validity_unit, state)
values (:code, :label, :currency, :least, :most, :validity, :validity_unit, :state)
on conflict (code) do nothing
returning code;

-- name: update_template
-- Change a template.
update deposit_template
set label = :label, least = :least, most = :most, validity = :validity, validity_unit = :validity_unit, state = :state, version = version + 1
where code = :code;

-- name: get_settings
-- What holds for all deposits.
-- grain: one row
select auto_refund, version from deposit_settings;

-- name: lock_settings
-- The same, locked.
-- grain: one row
select auto_refund, version from deposit_settings for update;

-- name: update_settings
-- Change what holds for all deposits.
update deposit_settings set auto_refund = :auto_refund, version = version + 1;

-- name: list_limits
-- Limits by currency.
-- grain: one row per currency
select currency, deposit_most, customer_most from deposit_limit order by currency;

-- name: delete_limits
-- Forget every limit, before the new ones are written.
delete from deposit_limit;

-- name: insert_limits
-- Limits by currency.
insert into deposit_limit (currency, deposit_most, customer_most)
select * from unnest(:currencies::text[], :deposit_most::numeric[], :customer_most::numeric[]);

-- name: accounts_beside
-- These accounts, and every other account of the same customers.
-- grain: one row per account
select n.account_id from unnest(:account_ids::bigint[]) n (account_id)
union
select o.account_id
from account_directory d join account_directory o on o.customer_id = d.customer_id
where d.account_id = any(:account_ids::bigint[])
order by 1;

-- name: standing_sums
-- What the standing deposits of the customers of accounts ask for together, in the currency of each account.
-- grain: one row per account
select a.account_id, coalesce((
    select sum(s.expected) from deposit s
    where not s.is_over and s.currency = a.currency and (
        s.account_id = a.account_id or s.account_id in (
            select o.account_id
            from account_directory d join account_directory o on o.customer_id = d.customer_id
            where d.account_id = a.account_id
        )
    )
), 0)
from account a where a.account_id = any(:account_ids::bigint[]);

-- name: customers_of
-- Whose accounts are.
-- grain: one row per account of a customer
select account_id, customer_id from account_directory where account_id = any(:account_ids::bigint[]);

-- name: last_deposits
-- The last deposit number of accounts that have one.
-- grain: one row per account
select account_id, max(deposit_number) from deposit where account_id = any(:account_ids::bigint[]) group by account_id;

-- name: names_taken
-- Names that deposits of accounts have already.
-- grain: one row per name found
select d.account_id, d.name
from unnest(:account_ids::bigint[], :names::text[]) n (account_id, name)
join deposit d on d.account_id = n.account_id and d.name = n.name;

-- name: get_deposits
-- Deposits as they stand.
-- grain: one row per deposit asked for
select d.account_id, d.deposit_number, d.template_code, d.name, d.currency, d.expected, d.funded, d.cancelled, d.balance, d.state,
    d.request_number, d.valid_until, d.method, d.last_entry, d.last_on
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, deposit_number)
join deposit d on d.account_id = n.account_id and d.deposit_number = n.deposit_number;

-- name: held_of
-- Credits of deposits that are held still, oldest first.
-- grain: one row per open credit of a deposit
select p.account_id, p.deposit_number, p.number, p.entry_number
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, deposit_number)
join deposit_operation p on p.account_id = n.account_id and p.deposit_number = n.deposit_number and p.part = 'HELD'
join operation o on o.account_id = p.account_id and o.number = p.number
join open_item i on i.account_id = o.account_id and i.side = o.side and i.due_on = o.due_on and i.number = o.number
order by p.account_id, i.due_on, p.number;

-- name: fundings_of
-- What payments of deposits are: the deposit and the step of each.
-- grain: one row per operation that is a payment of a deposit
select p.account_id, p.number, p.deposit_number, p.entry_number
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
join deposit_operation p on p.account_id = n.account_id and p.number = n.number and p.part = 'PAYMENT';

-- name: insert_deposits
-- New deposits.
insert into deposit (
    account_id, deposit_number, template_code, name, currency, expected, state, request_number, valid_until, last_entry, last_on
)
select account_id, deposit_number, template_code, name, currency, expected, state, request_number, valid_until, last_entry, last_on
from json_to_recordset(:deposits::json) d (
    account_id bigint, deposit_number bigint, template_code text, name text, currency text, expected numeric, state text,
    request_number bigint, valid_until date, last_entry bigint, last_on date
);

-- name: move_deposits
-- What became of deposits.
update deposit d
set funded = m.funded, cancelled = m.cancelled, balance = m.balance, state = m.state, method = m.method, last_entry = m.last_entry,
    last_on = m.last_on
from json_to_recordset(:deposits::json) m (
    account_id bigint, deposit_number bigint, funded numeric, cancelled numeric, balance numeric, state text, method text,
    last_entry bigint, last_on date
)
where d.account_id = m.account_id and d.deposit_number = m.deposit_number;

-- name: insert_entries
-- Steps of deposits.
insert into deposit_entry (
    account_id, deposit_number, entry_number, kind, amount, balance_after, state_after, effective_on, concerns, actor, reason, action_id
)
select account_id, deposit_number, entry_number, kind, amount, balance_after, state_after, effective_on, concerns, actor, reason, action_id
from json_to_recordset(:entries::json) e (
    account_id bigint, deposit_number bigint, entry_number bigint, kind text, amount numeric, balance_after numeric, state_after text,
    effective_on date, concerns bigint, actor text, reason text, action_id bigint
);

-- name: insert_operations
-- Which operations steps of deposits posted.
insert into deposit_operation (account_id, number, deposit_number, entry_number, part)
select * from unnest(:account_ids::bigint[], :numbers::bigint[], :deposit_numbers::bigint[], :entry_numbers::bigint[], :parts::text[]);

-- name: list_entries
-- The history of a deposit, oldest first, with the operations of each step.
-- grain: one row per step
select e.entry_number, e.kind, e.amount, e.balance_after, e.state_after, e.effective_on, e.recorded_at, e.actor, e.reason, e.concerns,
    coalesce((
        select jsonb_object_agg(p.number, p.part) from deposit_operation p
        where p.account_id = e.account_id and p.deposit_number = e.deposit_number and p.entry_number = e.entry_number
    ), '{}')
from deposit_entry e
where e.account_id = :account_id and e.deposit_number = :number
order by e.entry_number;

-- name: list_deposits
-- Deposits, by account and number.
-- grain: one row per deposit
select d.account_id, d.deposit_number, d.template_code, d.name, d.currency, d.expected, d.funded, d.cancelled, d.balance, d.state,
    d.request_number, d.valid_until, d.method, d.last_entry, d.last_on, a.code, coalesce(c.name, '')
from deposit d
join account_directory a on a.account_id = d.account_id
left join customer c on c.customer_id = a.customer_id
where (d.account_id, d.deposit_number) > (:after_account::bigint, :after_number::bigint)
    and (:account_id::bigint is null or d.account_id = :account_id::bigint)
    and (:states::text[] is null or d.state = any(:states::text[]))
    and (:seller_id::bigint is null or a.seller_id = :seller_id::bigint)
    and (:expiring_before::date is null or d.valid_until < :expiring_before::date)
order by d.account_id, d.deposit_number
limit :limit;

-- name: deposits_of_accounts
-- All deposits of accounts, newest first, those over last.
-- grain: one row per deposit
select d.account_id, d.deposit_number, d.template_code, d.name, d.currency, d.expected, d.funded, d.cancelled, d.balance, d.state,
    d.request_number, d.valid_until, d.method, d.last_entry, d.last_on, a.code, ''
from deposit d
join account_directory a on a.account_id = d.account_id
where d.account_id = any(:account_ids::bigint[])
order by d.is_over, a.code, d.deposit_number desc;

-- name: list_expired
-- A seller's deposits that hold money after their last day, oldest first; seller 0 is for accounts of none.
-- grain: one row per deposit
select d.account_id, d.deposit_number, d.template_code, d.name, d.currency, d.expected, d.funded, d.cancelled, d.balance, d.state,
    d.request_number, d.valid_until, d.method, d.last_entry, d.last_on, coalesce(a.code, d.account_id::text), ''
from deposit d
left join account_directory a on a.account_id = d.account_id
where d.valid_until < :today and d.balance > 0 and coalesce(a.seller_id, 0) = :seller_id
    and (d.valid_until, d.account_id, d.deposit_number) > (:after_day::date, :after_account::bigint, :after_number::bigint)
order by d.valid_until, d.account_id, d.deposit_number
limit :limit;
