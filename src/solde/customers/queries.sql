-- name: list_sellers
-- grain: one row per seller
select seller_id, code, name, country, currency, time_zone, language, address_1, address_2, postcode, city, region, version
from seller order by seller_id;

-- name: lock_seller
-- A seller about to be changed.
-- grain: at most one row
select seller_id, code, name, country, currency, time_zone, language, address_1, address_2, postcode, city, region, version
from seller where code = :code for update;

-- name: update_seller
-- What letters say of a seller.
update seller set name = :name, address_1 = :address_1, address_2 = :address_2, postcode = :postcode, city = :city, region = :region,
    version = version + 1
where seller_id = :seller_id;

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

-- name: lock_payment_method
-- A way of paying, locked.
-- grain: at most one row
select code, label, payment_type from payment_method where code = :code for update;

-- name: insert_payment_method
-- A new way of paying; none where the code is taken.
-- grain: at most one row
insert into payment_method (code, label, payment_type) values (:code, :label, :payment_type)
on conflict (code) do nothing
returning code;

-- name: update_payment_method
-- Change a way of paying.
update payment_method set label = :label, payment_type = :payment_type where code = :code;

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

-- name: list_settings
-- What every field with a settings list may hold, in the order it is offered.
-- grain: one row per field and code
select s.field, s.code, s.label
from (
    select 'seller' as field, code, name as label, seller_id as place from seller
    union all
    select 'category', code, label, 0 from customer_category
    union all
    select 'billing_cycle', code, label, 0 from billing_cycle
    union all
    select 'tax_category', code, label, 0 from tax_category
    union all
    select 'delivery', code, label, 0 from delivery
    union all
    select 'payment_method', code, label, 0 from payment_method
    union all
    select 'payment_terms', code, label, days from payment_terms
) s
order by s.field, s.place, s.label, s.code;

-- name: find_payers
-- grain: one row per account found
select d.code, a.account_id, a.currency, a.state, p.payer_account_id is not null, s.code
from account_directory d
join account a on a.account_id = d.account_id
join seller s on s.seller_id = d.seller_id
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

-- name: find_free_codes
-- The first free codes made of a stem: the stem itself, then with -2, -3, and so on.
-- grain: one row per field, stem and free code, in order, at most :wanted of each
select w.field, w.stem, f.code
from unnest(:fields::text[], :stems::text[], :wanted::int[]) w (field, stem, wanted)
cross join lateral (
    select c.code, c.number
    from (
        select n.number, case when n.number = 1 then w.stem else w.stem || '-' || n.number end as code
        from generate_series(1, w.wanted + :pass_over::int) n (number)
    ) c
    where c.code <> all(:given::text[])
        and not exists (select from account_directory x where w.field = 'account_code' and x.code = c.code)
        and not exists (select from billing_account_directory x where w.field = 'billing_account_code' and x.code = c.code)
        and not exists (select from user_account_directory x where w.field = 'user_account_code' and x.code = c.code)
    order by c.number
    limit w.wanted
) f
order by w.field, w.stem, f.number;

-- name: lock_customers
-- grain: one row per customer found
select customer_id from customer where code = any(:codes::text[]) order by customer_id for no key update;

-- name: find_customers
-- grain: one row per customer found
select
    c.customer_id, c.code, c.kind, c.name, c.country, c.language, c.email, c.seller_id, s.code, c.state, c.incomplete
from customer c
join seller s on s.seller_id = c.seller_id
where c.code = any(:codes::text[]);

-- name: list_known_accounts
-- grain: one row per account found, with its billing accounts, oldest first
select
    d.account_id, d.code, a.state, c.code,
    array(
        select b.code from billing_account b where b.account_id = d.account_id order by b.billing_account_id
    ),
    array(
        select b.billing_account_id from billing_account b where b.account_id = d.account_id order by b.billing_account_id
    )
from account_directory d
join account a on a.account_id = d.account_id
join customer c on c.customer_id = d.customer_id
where d.code = any(:codes::text[]);

-- name: draw_account_ids
-- grain: one row per new account
select
    nextval('account_account_id_seq'), nextval('billing_account_billing_account_id_seq'),
    nextval('user_account_user_account_id_seq')
from generate_series(1, :count::int);

-- name: draw_billing_account_ids
-- grain: one row per new billing account
select nextval('billing_account_billing_account_id_seq') from generate_series(1, :count::int);

-- name: draw_user_account_ids
-- grain: one row per new user account
select nextval('user_account_user_account_id_seq') from generate_series(1, :count::int);

-- name: merge_search_terms
-- Add words to customers that are there; where a customer has the word already, the better field stays.
insert into search_term (term, customer_id, field)
select n.term, n.customer_id, n.field
from unnest(:terms::text[], :customer_ids::bigint[], :fields::smallint[]) n (term, customer_id, field)
order by n.customer_id, n.term
on conflict (customer_id, term) do update set field = excluded.field where search_term.field > excluded.field;

-- name: set_incomplete
-- Note which mandatory fields customers lack.
update customer c set incomplete = string_to_array(n.incomplete, ' ')
from unnest(:customer_ids::bigint[], :incomplete::text[]) n (customer_id, incomplete)
where c.customer_id = n.customer_id;

-- name: lock_accounts
-- grain: one row per account, in the order of their keys
select account_id, state from account where account_id = any(:account_ids::bigint[]) order by account_id for update;

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

-- name: method_of
-- grain: at most one row
select payment_method from account_profile where account_id = :account_id;

-- name: find_customer_id
-- grain: at most one row
select customer_id from customer
where code = :code::text and (:seller_id::bigint is null or seller_id = :seller_id::bigint);

-- name: get_customer
-- grain: one row
select
    c.customer_id, c.code, c.kind, c.name, c.title, c.last_name, c.first_name, c.birth_date, c.legal_form,
    c.registration_number, c.vat_number, c.address_1, c.address_2, c.postcode, c.city, c.region, c.country, c.language,
    c.email, c.phone, c.seller_id, s.code, s.time_zone, c.category, c.brand, c.state, c.incomplete, c.created_at, c.version
from customer c
join seller s on s.seller_id = c.seller_id
where c.customer_id = :customer_id;

-- name: list_accounts_of_customer
-- grain: one row per customer account
select
    a.account_id, d.code, coalesce(p.description, c.name), a.currency, a.state, p.state_reason, p.state_changed_at, payer.code,
    p.payment_method, p.payment_terms, p.payment_mode, p.credit_limit, p.invoice_mode, p.iban, p.general_client_account,
    p.analytic_1, p.analytic_2, p.analytic_3, p.version
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
    b.language, b.email, b.delivery, b.state, b.version
from billing_account b
join account_directory d on d.account_id = b.account_id
join customer c on c.customer_id = d.customer_id
where d.customer_id = :customer_id
order by b.account_id, b.billing_account_id;

-- name: list_user_accounts
-- grain: one row per user account
select
    u.user_account_id, u.billing_account_id, u.code, coalesce(u.description, c.name), u.state, u.version
from user_account u
join account_directory d on d.account_id = u.account_id
join customer c on c.customer_id = d.customer_id
where d.customer_id = :customer_id
order by u.account_id, u.user_account_id;

-- name: lock_owners
-- Lock the customers that accounts belong to.
-- grain: one row per customer, in the order of their keys
select customer_id from customer
where customer_id in (select d.customer_id from account_directory d where d.account_id = any(:account_ids::bigint[]))
order by customer_id for no key update;

-- name: lock_customer
-- grain: at most one row
select state from customer where customer_id = :customer_id for no key update;

-- name: list_account_ids
-- grain: one row per account of the customer
select account_id from account_directory where customer_id = :customer_id order by account_id;

-- name: read_state_reasons
-- grain: one row per account
select account_id, state_reason from account_profile where account_id = any(:account_ids::bigint[]);

-- name: set_account_states
-- Put accounts into a state.
update account set state = :state where account_id = any(:account_ids::bigint[]);

-- name: set_state_reasons
-- Note why accounts are in their state, and since when.
update account_profile set state_reason = :reason, state_changed_at = :now where account_id = any(:account_ids::bigint[]);

-- name: close_customer
-- Put a customer out of work.
update customer set state = 'CLOSED' where customer_id = :customer_id;

-- name: reopen_owners
-- Put customers to work again that have an account again.
update customer set state = 'ACTIVE'
where state = 'CLOSED'
    and customer_id in (select d.customer_id from account_directory d where d.account_id = any(:account_ids::bigint[]));

-- name: find_billing_accounts
-- Billing accounts by account and code.
-- grain: one row per billing account found
select d.account_id, d.code, d.billing_account_id
from unnest(:account_ids::bigint[], :codes::text[]) n (account_id, code)
join billing_account_directory d on d.code = n.code and d.account_id = n.account_id;

-- name: lock_customers_of
-- Lock the customers that these codes of any level belong to.
-- grain: one row per customer, in the order of their keys
select customer_id from customer
where customer_id in (
    select c.customer_id from customer c where c.code = any(:customer::text[])
    union all
    select d.customer_id from account_directory d where d.code = any(:account::text[])
    union all
    select d.customer_id
    from billing_account_directory b
    join account_directory d on d.account_id = b.account_id
    where b.code = any(:billing_account::text[])
    union all
    select d.customer_id
    from user_account_directory u
    join account_directory d on d.account_id = u.account_id
    where u.code = any(:user_account::text[])
)
order by customer_id for no key update;

-- name: find_editable_customers
-- grain: one row per customer found
select
    c.code, c.customer_id, c.customer_id, (select min(d.account_id) from account_directory d where d.customer_id = c.customer_id),
    c.kind, c.country, s.time_zone, c.version, false,
    jsonb_build_object('code', c.code, 'kind', c.kind, 'seller', s.code),
    c.name, c.legal_form, c.registration_number, c.vat_number, c.title, c.last_name, c.first_name, c.birth_date, c.address_1,
    c.address_2, c.postcode, c.city, c.region, c.country, c.language, c.email, c.phone, c.category, c.brand
from customer c
join seller s on s.seller_id = c.seller_id
where c.code = any(:codes::text[]) and (:seller_id::bigint is null or c.seller_id = :seller_id::bigint);

-- name: find_editable_accounts
-- grain: one row per customer account found
select
    d.code, d.account_id, d.customer_id, d.account_id, c.kind, c.country, s.time_zone, p.version,
    exists (select from account_profile o where o.payer_account_id = d.account_id),
    jsonb_build_object('code', d.code, 'currency', a.currency, 'seller', s.code),
    p.description, payer.code, p.payment_method, p.payment_terms, p.payment_mode, p.credit_limit, p.invoice_mode, p.iban,
    p.general_client_account, p.analytic_1, p.analytic_2, p.analytic_3
from account_directory d
join account a on a.account_id = d.account_id
join account_profile p on p.account_id = d.account_id
join customer c on c.customer_id = d.customer_id
join seller s on s.seller_id = d.seller_id
left join account_directory payer on payer.account_id = p.payer_account_id
where d.code = any(:codes::text[]) and (:seller_id::bigint is null or d.seller_id = :seller_id::bigint);

-- name: find_editable_billing_accounts
-- grain: one row per billing account found
select
    b.code, b.billing_account_id, d.customer_id, d.account_id, c.kind, c.country, s.time_zone, b.version, false,
    jsonb_build_object('code', b.code),
    b.description, b.billing_cycle, b.tax_category, b.country, b.language, b.email, b.delivery
from billing_account_directory n
join billing_account b on b.account_id = n.account_id and b.billing_account_id = n.billing_account_id
join account_directory d on d.account_id = b.account_id
join customer c on c.customer_id = d.customer_id
join seller s on s.seller_id = d.seller_id
where n.code = any(:codes::text[]) and (:seller_id::bigint is null or d.seller_id = :seller_id::bigint);

-- name: find_editable_user_accounts
-- grain: one row per user account found
select
    u.code, u.user_account_id, d.customer_id, d.account_id, c.kind, c.country, s.time_zone, u.version, false,
    jsonb_build_object('code', u.code),
    u.description
from user_account_directory n
join user_account u on u.account_id = n.account_id and u.user_account_id = n.user_account_id
join account_directory d on d.account_id = u.account_id
join customer c on c.customer_id = d.customer_id
join seller s on s.seller_id = d.seller_id
where n.code = any(:codes::text[]) and (:seller_id::bigint is null or d.seller_id = :seller_id::bigint);

-- name: update_customers
-- Write customers anew from arrays, each as its next version.
update customer c set
    name = n.name, sort_name = n.sort_name, title = n.title, last_name = n.last_name, first_name = n.first_name,
    birth_date = n.birth_date, legal_form = n.legal_form, registration_number = n.registration_number,
    vat_number = n.vat_number, address_1 = n.address_1, address_2 = n.address_2, postcode = n.postcode, city = n.city,
    region = n.region, country = n.country, language = n.language, email = n.email, phone = n.phone,
    category = n.category, brand = n.brand, version = c.version + 1
from unnest(
    :key::bigint[], :name::text[], :sort_name::text[], :title::text[], :last_name::text[], :first_name::text[],
    :birth_date::date[], :legal_form::text[], :registration_number::text[], :vat_number::text[], :address_1::text[],
    :address_2::text[], :postcode::text[], :city::text[], :region::text[], :country::text[], :language::text[],
    :email::text[], :phone::text[], :category::text[], :brand::text[]
) n (
    customer_id, name, sort_name, title, last_name, first_name, birth_date, legal_form, registration_number, vat_number,
    address_1, address_2, postcode, city, region, country, language, email, phone, category, brand
)
where c.customer_id = n.customer_id;

-- name: update_account_profiles
-- Write what is known of accounts beside the ledger anew from arrays, each as its next version.
update account_profile p set
    description = n.description, payer_account_id = payer.account_id, payment_method = n.payment_method,
    payment_terms = n.payment_terms, payment_mode = n.payment_mode, credit_limit = n.credit_limit,
    invoice_mode = n.invoice_mode, iban = n.iban, general_client_account = n.general_client_account,
    analytic_1 = n.analytic_1, analytic_2 = n.analytic_2, analytic_3 = n.analytic_3, version = p.version + 1
from unnest(
    :key::bigint[], :description::text[], :payer::text[], :payment_method::text[], :payment_terms::text[],
    :payment_mode::text[], :credit_limit::numeric[], :invoice_mode::text[], :iban::text[], :general_client_account::text[],
    :analytic_1::text[], :analytic_2::text[], :analytic_3::text[]
) n (
    account_id, description, payer, payment_method, payment_terms, payment_mode, credit_limit, invoice_mode,
    iban, general_client_account, analytic_1, analytic_2, analytic_3
)
left join account_directory payer on payer.code = n.payer
where p.account_id = n.account_id;

-- name: update_billing_accounts
-- Write billing accounts anew from arrays, each as its next version.
update billing_account b set
    description = n.description, billing_cycle = n.billing_cycle, tax_category = n.tax_category, country = n.country,
    language = n.language, email = n.email, delivery = n.delivery, version = b.version + 1
from unnest(
    :account_id::bigint[], :key::bigint[], :description::text[], :billing_cycle::text[], :tax_category::text[],
    :country::text[], :language::text[], :email::text[], :delivery::text[]
) n (account_id, billing_account_id, description, billing_cycle, tax_category, country, language, email, delivery)
where b.account_id = n.account_id and b.billing_account_id = n.billing_account_id;

-- name: update_user_accounts
-- Write user accounts anew from arrays, each as its next version.
update user_account u set description = n.description, version = u.version + 1
from unnest(:account_id::bigint[], :key::bigint[], :description::text[]) n (account_id, user_account_id, description)
where u.account_id = n.account_id and u.user_account_id = n.user_account_id;

-- name: follow_customers
-- Where a billing account had the customer's country, language or email, it has the customer's new one.
update billing_account b set
    country = case when b.country is not distinct from n.old_country then n.country else b.country end,
    language = case when b.language is not distinct from n.old_language then n.language else b.language end,
    email = case when b.email is not distinct from n.old_email then n.email else b.email end,
    version = b.version + 1
from unnest(
    :key::bigint[], :old_country::text[], :country::text[], :old_language::text[], :language::text[], :old_email::text[],
    :email::text[]
) n (customer_id, old_country, country, old_language, language, old_email, email)
join account_directory d on d.customer_id = n.customer_id
where b.account_id = d.account_id and (
    (b.country is not distinct from n.old_country and n.country is distinct from n.old_country)
    or (b.language is not distinct from n.old_language and n.language is distinct from n.old_language)
    or (b.email is not distinct from n.old_email and n.email is distinct from n.old_email)
);

-- name: list_lacking
-- What customers noted as incomplete are noted for, and which mandatory fields are blank on any of their levels now.
-- grain: one row per incomplete customer
select c.customer_id, c.incomplete, array_remove(array[
    case when c.last_name is null then 'last_name' end,
    case when c.kind = 'INDIVIDUAL' and c.first_name is null then 'first_name' end,
    case when c.country is null then 'country' end,
    case when c.language is null then 'language' end,
    case when c.email is null then 'email' end,
    case when c.category is null then 'category' end,
    case when a.no_method then 'payment_method' end,
    case when a.no_terms then 'payment_terms' end,
    case when a.no_cycle then 'billing_cycle' end,
    case when a.no_tax then 'tax_category' end
], null)
from customer c
left join lateral (
    select
        bool_or(p.payment_method is null) as no_method, bool_or(p.payment_terms is null) as no_terms,
        bool_or(b.billing_cycle is null) as no_cycle, bool_or(b.tax_category is null) as no_tax
    from account_directory d
    join account_profile p on p.account_id = d.account_id
    join billing_account b on b.account_id = d.account_id
    where d.customer_id = c.customer_id
) a on true
where c.customer_id = any(:customer_ids::bigint[]) and c.incomplete <> '{}';

-- name: list_searched
-- The texts customers are found by, with the number of the searched field each stands in.
-- grain: one row per customer, field and text
select c.customer_id, f.field, f.text
from customer c
cross join lateral (values (1, c.code), (4, c.registration_number), (5, c.name), (8, c.country)) f (field, text)
where c.customer_id = any(:customer_ids::bigint[]) and f.text is not null
union all
select d.customer_id, f.field, f.text
from account_directory d
join account_profile p on p.account_id = d.account_id
cross join lateral (values (2, d.code), (6, p.description)) f (field, text)
where d.customer_id = any(:customer_ids::bigint[]) and f.text is not null
union all
select d.customer_id, f.field, f.text
from account_directory d
join user_account u on u.account_id = d.account_id
cross join lateral (values (3, u.code), (7, u.description)) f (field, text)
where d.customer_id = any(:customer_ids::bigint[]) and f.text is not null;

-- name: drop_search_terms
-- Take away the words by which customers are found no more.
delete from search_term t
where t.customer_id = any(:customer_ids::bigint[]) and not exists (
    select from unnest(:terms::text[], :owners::bigint[]) n (term, customer_id)
    where n.customer_id = t.customer_id and n.term = t.term
);

-- name: put_search_terms
-- Write the words by which customers are found now.
insert into search_term (term, customer_id, field)
select n.term, n.customer_id, n.field
from unnest(:terms::text[], :owners::bigint[], :fields::smallint[]) n (term, customer_id, field)
order by n.customer_id, n.term
on conflict (customer_id, term) do update set field = excluded.field where search_term.field <> excluded.field;

-- name: note_viewed
-- Note that somebody looked at a customer; only the newest few of every person are kept.
with noted as (
    insert into recently_viewed (actor, customer_id, viewed_at)
    values (:actor, :customer_id, :now)
    on conflict (actor, customer_id) do update set viewed_at = excluded.viewed_at
    where recently_viewed.viewed_at < excluded.viewed_at
)
delete from recently_viewed v
where v.actor = :actor and v.customer_id <> :customer_id and v.customer_id in (
    select o.customer_id from recently_viewed o
    where o.actor = :actor and o.customer_id <> :customer_id
    order by o.viewed_at desc, o.customer_id
    offset :kept - 1
);

-- name: find_likes
-- Older customers of the same seller that some customers are like: the same VAT number, the same registration number of a country, the
-- same name in a country. A few of each kind; what they share is gathered.
-- grain: one row per pair of a customer and an older one
with made as (
    select customer_id, code, seller_id, vat_number, registration_number, sort_name, country
    from customer where customer_id = any(:customer_ids::bigint[])
),
pair as (
    select m.customer_id, m.code, k.customer_id as like_id, k.code as like_code, k.name, 1 as place, 'vat_number' as same
    from made m
    cross join lateral (
        select c.customer_id, c.code, c.name from customer c
        where c.vat_number = m.vat_number and c.seller_id = m.seller_id and c.customer_id < m.customer_id
        order by c.customer_id limit 3
    ) k
    union all
    select m.customer_id, m.code, k.customer_id, k.code, k.name, 2, 'registration_number'
    from made m
    cross join lateral (
        select c.customer_id, c.code, c.name from customer c
        where c.registration_number = m.registration_number and c.country is not distinct from m.country
            and c.seller_id = m.seller_id and c.customer_id < m.customer_id
        order by c.customer_id limit 3
    ) k
    union all
    select m.customer_id, m.code, k.customer_id, k.code, k.name, 3, 'name'
    from made m
    cross join lateral (
        select c.customer_id, c.code, c.name from customer c
        where c.seller_id = m.seller_id and c.sort_name = m.sort_name and c.customer_id < m.customer_id
            and c.country is not distinct from m.country
        order by c.customer_id limit 3
    ) k
)
select code, like_code, min(name), array_agg(same order by place) from pair
group by customer_id, code, like_id, like_code
order by customer_id, like_id;
