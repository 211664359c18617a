-- name: postings_of_actions
-- The operations that actions posted, the first few of each. Numbers of an account run with the instants they were recorded
-- at, so each is found by halving the account's numbers, without an index of actions.
-- grain: one row per operation
with recursive wanted as (
    select w.account_id, w.action_id, w.recorded_at
    from unnest(:account_ids::bigint[], :action_ids::bigint[], :recorded::timestamptz[]) w (account_id, action_id, recorded_at)
),
halving as (
    select w.account_id, w.action_id, w.recorded_at, 0::bigint as too_low, a.last_number as high
    from wanted w join account a on a.account_id = w.account_id
    where a.last_number > 0
    union all
    select h.account_id, h.action_id, h.recorded_at,
        case when o.recorded_at < h.recorded_at then o.number else h.too_low end,
        case when o.recorded_at < h.recorded_at then h.high else o.number end
    from halving h
    join operation o on o.account_id = h.account_id and o.number = (h.too_low + h.high) / 2
    where h.high - h.too_low > 1
),
place as (select account_id, action_id, recorded_at, high as number from halving where high - too_low = 1)
select p.account_id, p.action_id, o.number, t.code, t.label, o.class, o.side, o.currency, o.amount, o.reference
from place p
cross join lateral (
    select x.number, x.type_id, x.class, x.side, x.currency, x.amount, x.reference
    from operation x
    where x.account_id = p.account_id and x.number >= p.number and x.number < p.number + :span
        and x.recorded_at = p.recorded_at and x.action_id = p.action_id
    order by x.number
    limit :most
) o
join operation_type t on t.type_id = o.type_id
order by p.account_id, p.action_id, o.number;
