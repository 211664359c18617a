-- name: list_types
-- Every operation type, in the order they were made.
-- grain: one row per operation type
select type_id, code, label, class, side, account, contra_account, second_contra_account, journal, manual_creation, deposit, own_actions
from operation_type order by type_id;

-- name: insert_type
-- A new operation type.
-- grain: one row
insert into operation_type (code, label, class, side, account, contra_account, second_contra_account, journal, manual_creation, deposit)
values (:code, :label, :class_, :side, :account, :contra_account, :second_contra_account, :journal, :manual_creation, false)
on conflict (code) do nothing
returning type_id;

-- name: lock_type
-- An operation type, locked.
-- grain: at most one row
select type_id, code, label, class, side, account, contra_account, second_contra_account, journal, manual_creation, deposit, own_actions
from operation_type where code = :code for update;

-- name: update_type
-- Change what of an operation type may change.
update operation_type
set label = :label, account = :account, contra_account = :contra_account, second_contra_account = :second_contra_account,
    journal = :journal, manual_creation = :manual_creation
where code = :code;

-- name: post_one
-- Post one operation of one request: move the account's counter, keep the caller's key, write the fact, its open item, the total and the audit record.
-- No row: the account is not there, closed, or kept in another currency.
-- Beside its number: null where its accounting day is open; else the day it was moved to, and no day where it was rejected.
-- grain: at most one row
with head as (
    update account set last_number = last_number + 1
    where account_id = :account_id and state <> 'CLOSED' and currency = coalesce(:currency::text, currency)
    returning account_id, currency, last_number as number, clock_timestamp() as at
),
act as materialized (select h.*, nextval('action_id_seq') as action_id from head h),
kept as (
    insert into idempotency (account_id, key, request_hash, action_id, response)
    select :key_account_id, :key::text, :fingerprint, action_id, jsonb_build_array(number) from act where :key::text is not null
),
audited as (
    insert into audit_record (account_id, action_id, recorded_at, actor, verb, reason, after)
    select account_id, action_id, at, :actor, 'post', :reason, jsonb_strip_nulls(jsonb_build_object(
        'kind', :event::text, 'operations', jsonb_build_array(:told::jsonb || jsonb_build_object('number', number, 'currency', currency))
    ))
    from act
),
total as (
    insert into account_total as t (account_id, type_id, excluded, o_amount, o_count)
    select account_id, :type_id::smallint, :excluded::boolean, :amount::numeric, 1 from act
    on conflict (account_id, type_id, excluded) do update set o_amount = t.o_amount + :amount::numeric, o_count = t.o_count + 1
),
opened as (
    insert into open_item (account_id, number, type_id, class, side, excluded, operation_on, due_on, not_before, latest_on, amount, open)
    select account_id, number, :type_id, :class_, :side, :excluded, :operation_on, :due_on, :operation_on, :operation_on, :amount, :amount from act
)
insert into operation (
    account_id, number, type_id, class, side, currency, amount, net, tax, operation_on, due_on, collected_on, recorded_at, excluded,
    billing_account_id, reference, description, order_number, payment_method, source, comment, action_id
)
select account_id, number, :type_id, :class_, :side, currency, :amount, :net, :tax, :operation_on, :due_on, :collected_on, at, :excluded,
    :billing_account_id, :reference, :description, :order_number, :payment_method, :source, :comment, action_id
from act
returning number, file_operation(account_id, number, accounting_day(class, operation_on, due_on, collected_on), :late, recorded_at), recorded_at;

-- name: post_many
-- Post the operations of one request, or of many requests of one operation each, as post_one does.
-- The first operation of a request carries its key, its actor and reason; each account gets an audit record. Beside the numbers: which operations are dated in closed
-- days, and where each was moved to; no day where it was rejected. All or nothing: it takes itself back unless every account fits.
-- grain: one row
with ids as materialized (select array_agg(nextval('action_id_seq')) as ids from generate_series(1, :requests::int)),
locked as materialized (
    select account_id, currency, last_number from account
    where account_id = any(:locks::bigint[]) and state <> 'CLOSED'
    order by account_id for update
),
stamp as materialized (select clock_timestamp() as at, i.ids from (select count(*) from locked) l, ids i),
good as materialized (
    select i.*, s.at, s.ids[i.request] as action_id, l.currency as kept_in,
        l.last_number + row_number() over (partition by i.account_id order by i.ord) as number
    from json_to_recordset(:items::json) i (
        ord int, request int, account_id bigint, type_id smallint, class text, side smallint, currency text, amount numeric, net numeric,
        tax numeric, operation_on date, due_on date, collected_on date, excluded boolean, billing_account_id bigint, reference text,
        description text, order_number text, payment_method text, source text, comment text,
        told jsonb, key text, key_account_id bigint, fingerprint text, late boolean
    )
    join locked l on l.account_id = i.account_id and l.currency = coalesce(i.currency, l.currency)
    cross join stamp s
),
moved as (
    update account a set last_number = g.number
    from (select account_id, max(number) as number from good group by account_id) g
    where a.account_id = g.account_id
),
kept as (
    insert into idempotency (account_id, key, request_hash, action_id, response)
    select g.key_account_id, g.key, decode(g.fingerprint, 'hex'), g.action_id,
        case when :requests = 1 then (select jsonb_agg(n.number order by n.ord) from good n) else jsonb_build_array(g.number) end
    from good g
    where g.key is not null
    order by g.key_account_id, g.key
),
audited as (
    insert into audit_record (account_id, action_id, recorded_at, actor, verb, reason, after)
    select g.account_id, g.action_id, min(g.at), (:actors::text[])[g.request], 'post', (:reasons::text[])[g.request], case
        when count(*) <= :detail_most::int then jsonb_build_object('operations', jsonb_agg(
            g.told || jsonb_build_object('number', g.number, 'currency', g.kept_in) order by g.ord
        ))
        else jsonb_build_object(
            'count', count(*), 'first', min(g.number), 'last', max(g.number), 'currency', g.kept_in,
            'debit', trim_scale(coalesce(sum(g.amount) filter (where g.side = 1), 0))::text,
            'credit', trim_scale(coalesce(sum(g.amount) filter (where g.side = -1), 0))::text
        )
    end || coalesce((:events::jsonb) -> (g.request - 1), '{}')
    from good g
    group by g.account_id, g.action_id, g.request, g.kept_in
),
total as (
    insert into account_total as t (account_id, type_id, excluded, o_amount, o_count)
    select account_id, type_id, excluded, sum(amount), count(*) from good group by 1, 2, 3 order by 1, 2, 3
    on conflict (account_id, type_id, excluded)
    do update set o_amount = t.o_amount + excluded.o_amount, o_count = t.o_count + excluded.o_count
),
opened as (
    insert into open_item (account_id, number, type_id, class, side, excluded, operation_on, due_on, not_before, latest_on, amount, open)
    select account_id, number, type_id, class, side, excluded, operation_on, due_on, operation_on, operation_on, amount, amount
    from good order by account_id, number
),
written as (
    insert into operation (
        account_id, number, type_id, class, side, currency, amount, net, tax, operation_on, due_on, collected_on, recorded_at, excluded,
        billing_account_id, reference, description, order_number, payment_method, source, comment, action_id
    )
    select account_id, number, type_id, class, side, kept_in, amount, net, tax, operation_on, due_on, collected_on, at, excluded,
        billing_account_id, reference, description, order_number, payment_method, source, comment, action_id
    from good order by account_id, number
),
barred as materialized (
    select g.ord, g.account_id, g.number, g.at, s.moved_to from good g
    join closed_spans() s on s.late = coalesce(g.late, false)
        and accounting_day(g.class, g.operation_on, g.due_on, g.collected_on) between s.starts_on and s.ends_on
),
excepted as (
    insert into posting_exception (account_id, number, status, accounting_on, reason, recorded_at)
    select account_id, number, case when moved_to is null then 'REJECTED' else 'POSTED' end, moved_to,
        case when moved_to is null then 'CLOSED_PERIOD' else 'FORCED' end, at
    from barred order by account_id, number
)
select array_agg(number order by ord), demand(count(*) = :count, 'an account does not fit'),
    (select array_agg(ord order by ord) from barred), (select array_agg(moved_to order by ord) from barred), max(at)
from good;

-- name: lock_accounts
-- Lock accounts in order; what is read afterwards, in another statement, is the newest.
-- grain: one row per account
select account_id, currency, state, last_number, last_group, last_unmatch, last_dispute
from account where account_id = any(:account_ids::bigint[])
order by account_id for update;

-- name: find_keys
-- Requests already answered under these keys.
-- grain: one row per known key
select i.account_id, i.key, i.request_hash, i.action_id, i.response
from unnest(:account_ids::bigint[], :keys::text[]) k (account_id, key)
join idempotency i on i.account_id = k.account_id and i.key = k.key;

-- name: terms_of
-- The payment terms of accounts, in days.
-- grain: one row per account that has terms
select p.account_id, t.days
from account_profile p join payment_terms t on t.code = p.payment_terms
where p.account_id = any(:account_ids::bigint[]);

-- name: find_invoice_numbers
-- Which of these invoice numbers their accounts have.
-- grain: one row per number that is there
select o.account_id, o.reference
from (select distinct * from unnest(:account_ids::bigint[], :references::text[]) n (account_id, reference)) n
join operation o on o.account_id = n.account_id and o.reference = n.reference
where o.class = 'I' and o.side = 1 and o.source <> 'credit_note';

-- name: open_items_of
-- Open items by number.
-- grain: one row per open item
select i.account_id, i.number, i.type_id, i.class, i.side, i.excluded, i.operation_on, i.due_on, i.not_before, i.latest_on,
    i.amount, i.open, i.disputed, i.litigation_reason
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
join operation o on o.account_id = n.account_id and o.number = n.number
join open_item i on i.account_id = o.account_id and i.side = o.side and i.due_on = o.due_on and i.number = o.number;

-- name: oldest_open_items
-- Of each account and side the open items due first, at most `most` of them, deposits left out.
-- grain: one row per open item
select i.account_id, i.number, i.type_id, i.class, i.side, i.excluded, i.operation_on, i.due_on, i.not_before, i.latest_on,
    i.amount, i.open, i.disputed, i.litigation_reason
from unnest(:account_ids::bigint[]) a (account_id)
cross join (values (1), (-1)) s (side)
cross join lateral (
    select * from open_item o
    where o.account_id = a.account_id and o.side = s.side and o.open > o.disputed and o.type_id <> all(:deposit_type_ids::smallint[])
    order by o.due_on, o.number
    limit :most
) i
order by i.account_id, i.side, i.due_on, i.number;

-- name: oldest_open_debits
-- Of each account the available debits due first, at most `most` of them, deposits left out.
-- grain: one row per open item
select i.account_id, i.number, i.type_id, i.class, i.side, i.excluded, i.operation_on, i.due_on, i.not_before, i.latest_on,
    i.amount, i.open, i.disputed, i.litigation_reason
from unnest(:account_ids::bigint[]) a (account_id)
cross join lateral (
    select * from open_item o
    where o.account_id = a.account_id and o.side = 1 and o.open > o.disputed and o.type_id <> all(:deposit_type_ids::smallint[])
    order by o.due_on, o.number
    limit :most
) i
order by i.account_id, i.due_on, i.number;

-- name: items_as_closed
-- Operations by number, as items of which nothing is open. What was reopened or freed from litigation on a later day stays so.
-- grain: one row per operation
select o.account_id, o.number, o.type_id, o.class, o.side, o.excluded, o.operation_on, o.due_on,
    greatest(o.operation_on, reopened.on_day, freed.on_day), coalesce(s.closed_on, o.operation_on),
    o.amount, 0::numeric(20, 6), 0::numeric(20, 6), null::text
from unnest(:account_ids::bigint[], :numbers::bigint[]) n (account_id, number)
join operation o on o.account_id = n.account_id and o.number = n.number
cross join lateral (
    select max(u.effective_on) as on_day
    from match_line l
    join unmatch_line r
        on r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
        and r.group_number = l.group_number
    join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
    where l.account_id = o.account_id
        and (o.side = 1 and l.debit_number = o.number or o.side = -1 and l.credit_number = o.number)
) reopened
cross join lateral (
    select max(e.effective_on) as on_day
    from (
        select effective_on, disputed, lag(disputed, 1, 0) over (order by event_number) as before
        from litigation_event
        where account_id = o.account_id and number = o.number
    ) e
    where e.disputed < e.before
) freed
left join settled_item s on s.account_id = o.account_id and s.operation_on = o.operation_on and s.number = o.number
    and s.span in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);

-- name: save_changes
-- Write what became of items: still open, closed, or open again; the totals move from the status each had to the one it has.
with change as materialized (
    select * from json_to_recordset(:changes::json) c (
        account_id bigint, number bigint, type_id smallint, class text, side smallint, is_excluded boolean, operation_on date, due_on date,
        amount numeric, was text, was_open numeric, was_disputed numeric, now text, now_open numeric, now_disputed numeric,
        not_before date, latest_on date, reason text, span smallint, flat boolean
    )
),
kept_open as (
    update open_item i
    set open = c.now_open, disputed = c.now_disputed, not_before = c.not_before, latest_on = c.latest_on, litigation_reason = c.reason
    from change c
    where i.account_id = c.account_id and i.side = c.side and i.due_on = c.due_on and i.number = c.number and c.was <> 'L' and c.now <> 'L'
),
closed as (
    delete from open_item i using change c
    where i.account_id = c.account_id and i.side = c.side and i.due_on = c.due_on and i.number = c.number and c.now = 'L'
),
settled as (
    insert into settled_item (account_id, span, operation_on, number, closed_on, type_id, class, side, excluded, due_on, amount, flat)
    select account_id, span, operation_on, number, latest_on, type_id, class, side, is_excluded, due_on, amount, flat
    from change where now = 'L' and span is not null
),
unsettled as (
    delete from settled_item s using change c
    where c.was = 'L' and s.account_id = c.account_id and s.operation_on = c.operation_on and s.number = c.number
        and s.span in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
),
reopened as (
    insert into open_item (
        account_id, number, type_id, class, side, excluded, operation_on, due_on, not_before, latest_on, amount, open, disputed
    )
    select account_id, number, type_id, class, side, is_excluded, operation_on, due_on, not_before, latest_on, amount, now_open, now_disputed
    from change where was = 'L' and now <> 'L'
),
leg as (
    select account_id, type_id, is_excluded, was as status, -amount as amount, -was_open as open, -was_disputed as disputed, -1 as count
    from change
    union all
    select account_id, type_id, is_excluded, now, amount, now_open, now_disputed, 1 from change
),
delta as (
    select account_id, type_id, is_excluded,
        coalesce(sum(amount) filter (where status = 'O'), 0) as o_amount,
        coalesce(sum(disputed) filter (where status = 'O'), 0) as o_disputed,
        coalesce(sum(count) filter (where status = 'O'), 0) as o_count,
        coalesce(sum(amount) filter (where status = 'P'), 0) as p_amount,
        coalesce(sum(open) filter (where status = 'P'), 0) as p_open,
        coalesce(sum(disputed) filter (where status = 'P'), 0) as p_disputed,
        coalesce(sum(count) filter (where status = 'P'), 0) as p_count,
        coalesce(sum(amount) filter (where status = 'I'), 0) as i_amount,
        coalesce(sum(open) filter (where status = 'I'), 0) as i_open,
        coalesce(sum(disputed) filter (where status = 'I'), 0) as i_disputed,
        coalesce(sum(count) filter (where status = 'I'), 0) as i_count,
        coalesce(sum(amount) filter (where status = 'L'), 0) as l_amount,
        coalesce(sum(count) filter (where status = 'L'), 0) as l_count
    from leg group by 1, 2, 3
)
update account_total t set
    o_amount = t.o_amount + d.o_amount, o_disputed = t.o_disputed + d.o_disputed, o_count = t.o_count + d.o_count,
    p_amount = t.p_amount + d.p_amount, p_open = t.p_open + d.p_open, p_disputed = t.p_disputed + d.p_disputed,
    p_count = t.p_count + d.p_count,
    i_amount = t.i_amount + d.i_amount, i_open = t.i_open + d.i_open, i_disputed = t.i_disputed + d.i_disputed,
    i_count = t.i_count + d.i_count,
    l_amount = t.l_amount + d.l_amount, l_count = t.l_count + d.l_count
from delta d
where t.account_id = d.account_id and t.type_id = d.type_id and t.excluded = d.is_excluded;

-- name: get_operation
-- One operation as it stands.
-- grain: at most one row
select
    o.account_id, o.number, o.code, o.label, o.class, o.side, o.currency, o.amount, o.net, o.tax, o.operation_on, o.due_on,
    o.collected_on, o.recorded_at, o.excluded, b.code, o.reference, o.description, o.order_number, o.payment_method, o.source,
    o.comment, o.action_id, o.open, o.disputed, o.matching_status, o.posting_status,
    o.accounting_on, o.litigation_reason
from operation_now o
left join billing_account b on b.account_id = o.account_id and b.billing_account_id = o.billing_account_id
where o.account_id = :account_id and o.number = any(:numbers::bigint[])
order by o.number;
