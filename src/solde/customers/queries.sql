-- name: list_sellers
-- grain: one row per seller
select seller_id, code, name, country, currency, time_zone, language from seller order by seller_id;

-- name: list_customer_categories
-- grain: one row per category
select code, label from customer_category order by code;

-- name: list_billing_cycles
-- grain: one row per cycle
select code, label from billing_cycle order by code;

-- name: list_tax_categories
-- grain: one row per category
select code, label from tax_category order by code;

-- name: list_deliveries
-- grain: one row per way of delivery
select code, label from delivery order by code;

-- name: list_payment_methods
-- grain: one row per method
select code, label, payment_type from payment_method order by code;

-- name: list_payment_terms
-- grain: one row per terms
select code, label, days from payment_terms order by days, code;

-- name: list_setting_codes
-- Every code a field of a new customer may hold.
-- grain: one row per field and code
select 'category', code from customer_category
union all
select 'billing_cycle', code from billing_cycle
union all
select 'tax_category', code from tax_category
union all
select 'delivery', code from delivery
union all
select 'payment_method', code from payment_method
union all
select 'payment_terms', code from payment_terms;

-- name: find_payers
-- grain: one row per account found
select d.code, a.account_id, a.currency, a.state, p.payer_account_id is not null
from account_directory d
join account a on a.account_id = d.account_id
left join account_profile p on p.account_id = d.account_id
where d.code = any(:codes::text[]);

-- name: draw_customer_codes
-- Draw numbers until a code is free on every level; numbers whose code somebody gave by hand are passed over.
-- grain: one row per free code, at most :count
select c.prefix || c.digits
from (
    select :prefix::text as prefix, lpad(n.number, greatest(6, length(n.number)), '0') as digits
    from (select nextval('customer_code_seq')::text as number from generate_series(1, :count::int)) n
) c
where not exists (select from customer x where x.code = c.prefix || c.digits)
    and not exists (select from account_directory x where x.code = c.prefix || c.digits)
    and not exists (select from billing_account_directory x where x.code = 'BA-' || c.digits)
    and not exists (select from user_account_directory x where x.code = 'UA-' || c.digits)
    and c.prefix || c.digits <> all(:given::text[])
    and 'BA-' || c.digits <> all(:given::text[])
    and 'UA-' || c.digits <> all(:given::text[]);

-- name: find_taken_codes
-- Which of these codes exist.
-- grain: one row per level and code
select 'code', code from customer where code = any(:code::text[])
union all
select 'account_code', code from account_directory where code = any(:account_code::text[])
union all
select 'billing_account_code', code from billing_account_directory where code = any(:billing_account_code::text[])
union all
select 'user_account_code', code from user_account_directory where code = any(:user_account_code::text[]);

-- name: draw_ids
-- grain: one row per new customer
select
    nextval('customer_customer_id_seq'), nextval('account_account_id_seq'),
    nextval('billing_account_billing_account_id_seq'), nextval('user_account_user_account_id_seq')
from generate_series(1, :count::int);

-- name: insert_customers
-- Write customers from arrays.
insert into customer (
    customer_id, code, kind, name, sort_name, title, last_name, first_name, birth_date, legal_form,
    registration_number, vat_number, address_1, address_2, postcode, city, region, country, language,
    email, phone, seller_id, category, brand, incomplete, created_at, action_id
)
select
    n.customer_id, n.code, n.kind, n.name, n.sort_name, n.title, n.last_name, n.first_name, n.birth_date, n.legal_form,
    n.registration_number, n.vat_number, n.address_1, n.address_2, n.postcode, n.city, n.region, n.country, n.language,
    n.email, n.phone, n.seller_id, n.category, n.brand, string_to_array(n.incomplete, ' '), :now, :action_id
from unnest(
    :customer_id::bigint[], :code::text[], :kind::text[], :name::text[], :sort_name::text[], :title::text[],
    :last_name::text[], :first_name::text[], :birth_date::date[], :legal_form::text[], :registration_number::text[],
    :vat_number::text[], :address_1::text[], :address_2::text[], :postcode::text[], :city::text[], :region::text[],
    :country::text[], :language::text[], :email::text[], :phone::text[], :seller_id::bigint[], :category::text[],
    :brand::text[], :incomplete::text[]
) n (
    customer_id, code, kind, name, sort_name, title, last_name, first_name, birth_date, legal_form, registration_number,
    vat_number, address_1, address_2, postcode, city, region, country, language, email, phone, seller_id, category,
    brand, incomplete
);

-- name: insert_accounts
-- The ledger head and the entry of the directory.
with head as (
    insert into account (account_id, currency)
    select n.account_id, n.currency from unnest(:account_id::bigint[], :currency::text[]) n (account_id, currency)
)
insert into account_directory (code, account_id, customer_id, seller_id)
select n.code, n.account_id, n.customer_id, n.seller_id
from unnest(:account_code::text[], :account_id::bigint[], :customer_id::bigint[], :seller_id::bigint[])
    n (code, account_id, customer_id, seller_id);

-- name: insert_account_profiles
-- Write what is known of accounts beside the ledger.
insert into account_profile (
    account_id, customer_id, code, description, payer_account_id, payment_method, payment_terms, payment_mode,
    credit_limit, invoice_mode, iban, general_client_account, analytic_1, analytic_2, analytic_3
)
select
    n.account_id, n.customer_id, n.code, n.description, n.payer_account_id, n.payment_method, n.payment_terms, n.payment_mode,
    n.credit_limit, n.invoice_mode, n.iban, n.general_client_account, n.analytic_1, n.analytic_2, n.analytic_3
from unnest(
    :account_id::bigint[], :customer_id::bigint[], :account_code::text[], :account_description::text[],
    :payer_account_id::bigint[], :payment_method::text[], :payment_terms::text[], :payment_mode::text[],
    :credit_limit::numeric[], :invoice_mode::text[], :iban::text[], :general_client_account::text[],
    :analytic_1::text[], :analytic_2::text[], :analytic_3::text[]
) n (
    account_id, customer_id, code, description, payer_account_id, payment_method, payment_terms, payment_mode,
    credit_limit, invoice_mode, iban, general_client_account, analytic_1, analytic_2, analytic_3
);

-- name: insert_billing_accounts
-- Write billing accounts and their entries in the directory.
with made as (
    insert into billing_account (
        account_id, billing_account_id, code, description, billing_cycle, tax_category, country, language, email, delivery
    )
    select
        n.account_id, n.billing_account_id, n.code, n.description, n.billing_cycle, n.tax_category, n.country, n.language,
        n.email, n.delivery
    from unnest(
        :account_id::bigint[], :billing_account_id::bigint[], :billing_account_code::text[], :billing_account_description::text[],
        :billing_cycle::text[], :tax_category::text[], :country::text[], :language::text[], :email::text[], :delivery::text[]
    ) n (
        account_id, billing_account_id, code, description, billing_cycle, tax_category, country, language, email, delivery
    )
    returning code, account_id, billing_account_id
)
insert into billing_account_directory (code, account_id, billing_account_id)
select m.code, m.account_id, m.billing_account_id from made m;

-- name: insert_user_accounts
-- Write user accounts and their entries in the directory.
with made as (
    insert into user_account (account_id, user_account_id, billing_account_id, code, description)
    select n.account_id, n.user_account_id, n.billing_account_id, n.code, n.description
    from unnest(
        :account_id::bigint[], :user_account_id::bigint[], :billing_account_id::bigint[], :user_account_code::text[],
        :user_account_description::text[]
    ) n (account_id, user_account_id, billing_account_id, code, description)
    returning code, account_id, user_account_id
)
insert into user_account_directory (code, account_id, user_account_id)
select m.code, m.account_id, m.user_account_id from made m;

-- name: insert_search_terms
-- Write the words by which customers are found.
insert into search_term (term, customer_id, field)
select n.term, n.customer_id, n.field
from unnest(:terms::text[], :customer_ids::bigint[], :fields::smallint[]) n (term, customer_id, field);

-- name: count_terms
-- How many entries begin with each word, counted up to a bound.
-- grain: one row per word
select w.word, (
    select count(*)
    from (
        select t.term from search_term t
        where t.term >= w.word and t.term < w.word || :after_all::text
        order by t.term, t.field, t.customer_id
        limit :most
    ) t
)
from unnest(:words::text[]) w (word);

-- name: resolve_accounts
-- grain: one row per account found
select d.account_id, d.code, d.customer_id, d.seller_id, a.currency, a.state, s.time_zone
from account_directory d
join account a on a.account_id = d.account_id
join seller s on s.seller_id = d.seller_id
where d.code = any(:codes::text[]) and (:seller_id::bigint is null or d.seller_id = :seller_id::bigint);

-- name: find_account
-- grain: at most one row
select d.account_id, d.code, d.customer_id, d.seller_id, a.currency, a.state, s.time_zone
from account_directory d
join account a on a.account_id = d.account_id
join seller s on s.seller_id = d.seller_id
where d.code = :code::text and (:seller_id::bigint is null or d.seller_id = :seller_id::bigint);

-- name: find_customer_id
-- grain: at most one row
select customer_id from customer
where code = :code::text and (:seller_id::bigint is null or seller_id = :seller_id::bigint);

-- name: get_customer
-- grain: one row
select
    c.customer_id, c.code, c.kind, c.name, c.title, c.last_name, c.first_name, c.birth_date, c.legal_form,
    c.registration_number, c.vat_number, c.address_1, c.address_2, c.postcode, c.city, c.region, c.country, c.language,
    c.email, c.phone, c.seller_id, s.code, s.time_zone, c.category, c.brand, c.state, c.incomplete, c.created_at
from customer c
join seller s on s.seller_id = c.seller_id
where c.customer_id = :customer_id;

-- name: list_accounts_of_customer
-- grain: one row per customer account
select
    a.account_id, d.code, coalesce(p.description, c.name), a.currency, a.state, p.state_reason, p.state_changed_at, payer.code,
    p.payment_method, p.payment_terms, p.payment_mode, p.credit_limit, p.invoice_mode, p.iban, p.general_client_account,
    p.analytic_1, p.analytic_2, p.analytic_3
from account_directory d
join customer c on c.customer_id = d.customer_id
join account a on a.account_id = d.account_id
join account_profile p on p.account_id = d.account_id
left join account_directory payer on payer.account_id = p.payer_account_id
where d.customer_id = :customer_id
order by d.account_id;

-- name: list_billing_accounts
-- grain: one row per billing account
select
    b.account_id, b.billing_account_id, b.code, coalesce(b.description, c.name), b.billing_cycle, b.tax_category, b.country,
    b.language, b.email, b.delivery, b.state
from billing_account b
join account_directory d on d.account_id = b.account_id
join customer c on c.customer_id = d.customer_id
where d.customer_id = :customer_id
order by b.account_id, b.billing_account_id;

-- name: list_user_accounts
-- grain: one row per user account
select
    u.user_account_id, u.billing_account_id, u.code, coalesce(u.description, c.name), u.state
from user_account u
join account_directory d on d.account_id = u.account_id
join customer c on c.customer_id = d.customer_id
where d.customer_id = :customer_id
order by u.account_id, u.user_account_id;

-- name: lock_account
-- grain: at most one row
select state from account where account_id = :account_id for update;

-- name: read_state_reason
-- grain: at most one row
select state_reason from account_profile where account_id = :account_id;

-- name: set_account_state
-- Put an account into a state.
update account set state = :state where account_id = :account_id;

-- name: set_state_reason
-- Note why an account is in its state, and since when.
update account_profile set state_reason = :reason, state_changed_at = :now where account_id = :account_id;

-- name: find_billing_accounts
-- Billing accounts by account and code.
-- grain: one row per billing account found
select d.account_id, d.code, d.billing_account_id
from unnest(:account_ids::bigint[], :codes::text[]) n (account_id, code)
join billing_account_directory d on d.code = n.code and d.account_id = n.account_id;
