-- name: definitions_now
-- The definitions in force, in their order.
-- grain: one row per definition
select v.definition_id, v.version, v.code, v.label, v.debit_choice, v.debit_types, v.credit_choice, v.credit_types, v.expression,
    v.measure, v.counts_unbilled, v.position, v.is_default, v.recorded_at, v.deleted
from balance_definition d
join balance_definition_version v on v.definition_id = d.definition_id and v.version = d.version
order by v.position, v.code;

-- name: definitions_known
-- The definitions in force at an instant, in their order.
-- grain: one row per definition
select v.definition_id, v.version, v.code, v.label, v.debit_choice, v.debit_types, v.credit_choice, v.credit_types, v.expression,
    v.measure, v.counts_unbilled, v.position, v.is_default, v.recorded_at, v.deleted
from (
    select distinct on (definition_id) *
    from balance_definition_version
    where recorded_at <= :known_at
    order by definition_id, version desc
) v
where not v.deleted
order by v.position, v.code;

-- name: definition_versions
-- Every version of a definition, newest first.
-- grain: one row per version
select definition_id, version, code, label, debit_choice, debit_types, credit_choice, credit_types, expression,
    measure, counts_unbilled, position, is_default, recorded_at, deleted
from balance_definition_version
where code = :code
order by definition_id desc, version desc;

-- name: lock_definitions
-- Lock every definition, in order.
-- grain: one row per definition
select definition_id from balance_definition order by definition_id for update;

-- name: insert_definition
-- The head of a new definition.
-- grain: one row
insert into balance_definition (code, version, is_default) values (:code, 1, false) returning definition_id;

-- name: insert_version
-- A version of a definition.
insert into balance_definition_version (
    definition_id, version, code, label, debit_choice, debit_types, credit_choice, credit_types, expression, measure,
    counts_unbilled, position, is_default, deleted, recorded_at, action_id
) values (
    :definition_id, :version, :code, :label, :debit_choice, :debit_types, :credit_choice, :credit_types, :expression, :measure,
    :counts_unbilled, :position, :is_default, :deleted, clock_timestamp(), :action_id
);

-- name: point_definition
-- Put a version in force.
update balance_definition set version = :version, is_default = :is_default where definition_id = :definition_id;

-- name: remove_definition
-- Take a definition out of force; its versions stay.
delete from balance_definition where definition_id = :definition_id;

-- name: account_as_seen
-- An account as expressions see it.
-- grain: at most one row
select h.account_id, p.code, p.description, h.currency, h.state, p.payment_mode, c.code, c.category
from account h
join account_profile p on p.account_id = h.account_id
join customer c on c.customer_id = p.customer_id
where h.account_id = :account_id;

-- name: billing_accounts_as_seen
-- Billing accounts of an account as expressions see them.
-- grain: one row per billing account
select code, description from billing_account where account_id = :account_id;

-- name: share_account
-- Wait for what is being recorded on an account, so that an instant gone by is complete.
-- grain: at most one row
select account_id from account where account_id = :account_id for share;

-- name: accounts_to_snapshot
-- Accounts with at least `least` operations that their snapshots do not know.
-- grain: one row per account
select a.account_id, coalesce(h.through_number, 0), a.last_number
from account a
left join balance_snapshot_head h on h.account_id = a.account_id
where a.last_number - coalesce(h.through_number, 0) >= :least and a.account_id > :after
order by a.account_id
limit :limit;

-- name: lock_snapshot
-- Lock an account's snapshots and read how far they know the ledger.
insert into balance_snapshot_head as h (account_id, through_number) values (:account_id, 0)
on conflict (account_id) do update set through_number = h.through_number
returning through_number;

-- name: first_new_day
-- The earliest date among operations that the snapshots do not know.
-- grain: one row
select min(operation_on) from operation where account_id = :account_id and number > :known and number <= :through;

-- name: drop_snapshots
-- Forget snapshots that newly recorded operations reach.
delete from balance_snapshot where account_id = :account_id and until_on >= :from_on;

-- name: insert_snapshots
-- Go on from the newest snapshot left: take one at each day by which `least` more operations have gathered.
with base as (
    select coalesce(max(until_on), date '-infinity') as until_on from balance_snapshot where account_id = :account_id
),
day as (
    select o.type_id, o.excluded, o.operation_on, sum(o.amount) as amount, count(*) as count
    from base b
    join operation o on o.account_id = :account_id and o.number <= :through and o.operation_on > b.until_on
    group by 1, 2, 3
),
moved as (
    select s.type_id, s.excluded, s.until_on as operation_on, s.amount, s.count
    from balance_snapshot s join base b on b.until_on = s.until_on
    where s.account_id = :account_id
    union all
    select type_id, excluded, operation_on, amount, count from day
),
running as (
    select type_id, excluded, operation_on,
        sum(amount) over w as amount, (sum(count) over w)::bigint as count,
        lead(operation_on, 1, date 'infinity') over w as next_on
    from moved
    window w as (partition by type_id, excluded order by operation_on)
),
gathered as (
    select operation_on, sum(sum(count)) over (order by operation_on) as through, sum(count) as today from day group by operation_on
),
chosen as (
    select operation_on as until_on from gathered
    where floor(through / :least::numeric) > floor((through - today) / :least::numeric)
)
insert into balance_snapshot (account_id, until_on, type_id, excluded, amount, count)
select :account_id, c.until_on, r.type_id, r.excluded, r.amount, r.count
from chosen c
join running r on r.operation_on <= c.until_on and r.next_on > c.until_on;

-- name: move_snapshot_head
-- Note how far an account's snapshots know the ledger.
update balance_snapshot_head set through_number = :through where account_id = :account_id;

-- name: name_accounts
-- Code, customer name and currency of accounts.
-- grain: one row per account
select h.account_id, coalesce(p.code, h.account_id::text), coalesce(c.name, ''), h.currency
from account h
left join account_profile p on p.account_id = h.account_id
left join customer c on c.customer_id = p.customer_id
where h.account_id = any(:account_ids::bigint[]);
