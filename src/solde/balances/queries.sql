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

-- name: definition_authors
-- Who made each version of a definition, and why; nobody made the shipped ones.
-- grain: one row per version
select v.definition_id, v.version, a.actor, a.reason
from balance_definition_version v
left join audit_record a on a.account_id = 0 and a.action_id = v.action_id and v.action_id > 0
where :code::text is null or v.code = :code;

-- name: accounts_of_seller
-- grain: one row per account
select account_id from account_directory where seller_id = :seller_id order by account_id;

-- name: sample_accounts
-- Accounts spread evenly over all, or over those of a seller.
-- grain: one row per account
select distinct a.account_id
from (select min(account_id) as lowest, max(account_id) as highest from account) r
cross join generate_series(0, :most - 1) k (step)
cross join lateral (
    select h.account_id from account h
    where h.account_id >= r.lowest + ((r.highest - r.lowest) * k.step) / greatest(:most - 1, 1)
    order by h.account_id limit 1
) a
where :seller_id::bigint is null
    or exists (select from account_directory d where d.account_id = a.account_id and d.seller_id = :seller_id)
order by a.account_id;

-- name: limit_statements
-- The most milliseconds a statement may take until the transaction, or the part of it, ends.
select set_config('statement_timeout', :milliseconds, true);

-- name: lock_definitions
-- Lock every definition, in order; who asks for an instant just gone by waits meanwhile.
-- grain: one row per definition
select d.definition_id, pg_advisory_xact_lock(7305808869231661)::text
from (select definition_id from balance_definition order by definition_id for update) d;

-- name: share_definitions
-- Wait for what is being recorded of definitions, so that an instant gone by is complete.
-- grain: one row
select pg_advisory_lock_shared(7305808869231661)::text, pg_advisory_unlock_shared(7305808869231661)::text;

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


-- name: ranked_lines
-- What a list shows of accounts besides their figures.
-- grain: one row per account
select d.account_id, d.code, c.code, c.name, c.country, a.currency, a.state, c.incomplete
from account_directory d
join account a on a.account_id = d.account_id
join customer c on c.customer_id = d.customer_id
where d.account_id = any(:account_ids::bigint[]);

-- name: try_lock_standings
-- Only one works out the standings at a time; the others go on with what there is.
-- grain: one row
select pg_try_advisory_xact_lock(4716602153807951);

-- name: standing_heads
-- Of which moment the standings are.
-- grain: one row per seller that has standings
select h.seller_id, h.as_of, h.definitions, h.worked_out_at, h.cost_ms, h.horizon,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint - h.horizon between 0 and 1000000000 as reaches
from standing_head h order by h.seller_id;

-- name: accounts_written_since
-- Accounts that were written, or whose customer was, by transactions that a snapshot did not know or that were under way then:
-- every action on an account's money moves its row, so the row tells by its transaction. Each table is read once, whole.
-- grain: one row per account
select a.account_id from account a where age(a.xmin) <= age(:horizon::bigint::text::xid8::xid)
union
select u.account_id from unbilled_total u where age(u.xmin) <= age(:horizon::bigint::text::xid8::xid)
union
select p.account_id from account_profile p where age(p.xmin) <= age(:horizon::bigint::text::xid8::xid)
union
select d.account_id from customer c join account_directory d on d.customer_id = c.customer_id
where age(c.xmin) <= age(:horizon::bigint::text::xid8::xid);

-- name: drop_standing_totals
-- Forget the totals; they are worked out again in the same transaction.
delete from standing_total;

-- name: insert_standing_totals
-- Add up the standings.
insert into standing_total (
    seller_id, currency, owed, overpaid, overdue, accounts, owing, arrears, overpaid_accounts, incomplete, stopped
)
select s.seller_id, s.currency,
    coalesce(sum(s.balance) filter (where s.balance > 0), 0), coalesce(-sum(s.balance) filter (where s.balance < 0), 0),
    coalesce(sum(s.overdue) filter (where s.overdue > 0), 0), count(*), count(*) filter (where s.balance > 0),
    count(*) filter (where s.overdue > 0), count(*) filter (where s.balance < 0), count(*) filter (where s.incomplete),
    count(*) filter (where s.state <> 'ACTIVE')
from account_standing s group by 1, 2;

-- name: move_standing_heads
-- Note of which moment the standings are now.
insert into standing_head as h (seller_id, as_of, definitions, horizon, worked_out_at, cost_ms)
select n.seller_id, n.as_of, :definitions, pg_snapshot_xmin(pg_current_snapshot())::text::bigint, :now, 0
from unnest(:seller_ids::bigint[], :days::date[]) n (seller_id, as_of)
on conflict (seller_id) do update
set as_of = excluded.as_of, definitions = excluded.definitions, horizon = excluded.horizon, worked_out_at = excluded.worked_out_at;

-- name: note_standing_cost
-- How long the last working out took.
update standing_head set cost_ms = :cost_ms;

-- name: kept_totals
-- The totals as kept, the currency with the most accounts first.
-- grain: one row per currency
select t.currency, sum(t.owed), sum(t.overpaid), sum(t.overdue), sum(t.accounts)::bigint, sum(t.owing)::bigint,
    sum(t.arrears)::bigint, sum(t.overpaid_accounts)::bigint, sum(t.incomplete)::bigint, sum(t.stopped)::bigint
from standing_total t
where :seller_id::bigint is null or t.seller_id = :seller_id::bigint
group by t.currency
order by sum(t.accounts) desc, t.currency;

-- name: posting_sides
-- How far an account is taken to accounting, its last number, and how many exceptions there are, counted up to a bound.
-- grain: one row
select coalesce(m.through_number, 0), a.last_number,
    (select count(*) from (select from posting_exception x where x.account_id = a.account_id limit :most + 1) e)
from account a
left join accounting_mark m on m.account_id = a.account_id
where a.account_id = :account_id;

-- name: current_snapshot
-- Which transactions are visible; the same text twice means that nothing has changed in between.
-- grain: one row
select pg_current_snapshot()::text;
