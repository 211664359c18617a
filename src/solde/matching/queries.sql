-- name: insert_groups
-- Write match groups.
insert into match_group (account_id, group_number, kind, effective_on, recorded_at, reason, action_id)
select g.account_id, g.group_number, g.kind, g.effective_on, clock_timestamp(), g.reason, g.action_id
from unnest(:account_ids::bigint[], :group_numbers::bigint[], :kinds::text[], :effective_ons::date[], :reasons::text[], :action_ids::bigint[])
g (account_id, group_number, kind, effective_on, reason, action_id);

-- name: insert_lines
-- Write match lines.
insert into match_line (account_id, group_number, debit_number, credit_number, amount)
select * from unnest(:account_ids::bigint[], :group_numbers::bigint[], :debit_numbers::bigint[], :credit_numbers::bigint[], :amounts::numeric[]);

-- name: count_groups
-- Move each account's counter of match groups.
update account a set last_group = c.last_group
from unnest(:account_ids::bigint[], :last_groups::bigint[]) c (account_id, last_group)
where a.account_id = c.account_id;

-- name: count_unmatches
-- Move each account's counter of reversals.
update account a set last_unmatch = c.last_unmatch
from unnest(:account_ids::bigint[], :last_unmatches::bigint[]) c (account_id, last_unmatch)
where a.account_id = c.account_id;

-- name: insert_unmatches
-- Write reversals.
insert into unmatch (account_id, unmatch_number, group_number, effective_on, recorded_at, reason, action_id)
select u.account_id, u.unmatch_number, u.group_number, u.effective_on, clock_timestamp(), u.reason, u.action_id
from unnest(:account_ids::bigint[], :unmatch_numbers::bigint[], :group_numbers::bigint[], :effective_ons::date[], :reasons::text[], :action_ids::bigint[])
u (account_id, unmatch_number, group_number, effective_on, reason, action_id);

-- name: insert_unmatch_lines
-- Write which lines are reversed.
insert into unmatch_line (account_id, unmatch_number, group_number, debit_number, credit_number)
select * from unnest(:account_ids::bigint[], :unmatch_numbers::bigint[], :group_numbers::bigint[], :debit_numbers::bigint[], :credit_numbers::bigint[]);

-- name: lines_of_groups
-- Match lines by group, with the reversal of each.
-- grain: one row per match line
select l.account_id, l.group_number, l.debit_number, l.credit_number, l.amount, g.effective_on, g.recorded_at, g.kind,
    u.effective_on, u.recorded_at
from unnest(:account_ids::bigint[], :group_numbers::bigint[]) k (account_id, group_number)
join match_group g on g.account_id = k.account_id and g.group_number = k.group_number
join match_line l on l.account_id = g.account_id and l.group_number = g.group_number
left join unmatch_line r
    on r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
    and r.group_number = l.group_number
left join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
order by l.account_id, l.group_number, l.debit_number, l.credit_number;

-- name: lines_of_operations
-- Match lines that touch operations, oldest first, with the reversal of each.
-- grain: one row per match line
select l.account_id, l.group_number, l.debit_number, l.credit_number, l.amount, g.effective_on, g.recorded_at, g.kind,
    u.effective_on, u.recorded_at
from (
    select * from match_line where account_id = :account_id and debit_number = any(:numbers::bigint[])
    union
    select * from match_line where account_id = :account_id and credit_number = any(:numbers::bigint[])
) l
join match_group g on g.account_id = l.account_id and g.group_number = l.group_number
left join unmatch_line r
    on r.account_id = l.account_id and r.debit_number = l.debit_number and r.credit_number = l.credit_number
    and r.group_number = l.group_number
left join unmatch u on u.account_id = r.account_id and u.unmatch_number = r.unmatch_number
order by l.group_number, l.debit_number, l.credit_number;

-- name: list_groups
-- Match groups of an account, newest first.
-- grain: one row per match group
select account_id, group_number, kind, effective_on, recorded_at, reason
from match_group
where account_id = :account_id and group_number < :before
order by group_number desc
limit :limit;

-- name: references_of
-- References of operations.
-- grain: one row per operation that has one
select number, reference from operation
where account_id = :account_id and number = any(:numbers::bigint[]) and reference is not null;

-- name: accounts_to_match
-- Accounts, after a given one, that hold available debits and credits; with how many items each, up to `most`.
-- grain: one row per account
select a.account_id,
    (select count(*) from (select 1 from open_item i where i.account_id = a.account_id limit :most) c)
from account a
where a.account_id > :after
    and exists (
        select from open_item i
        where i.account_id = a.account_id and i.side = 1 and i.open > i.disputed and i.type_id <> all(:deposit_type_ids::smallint[])
    )
    and exists (
        select from open_item i
        where i.account_id = a.account_id and i.side = -1 and i.open > i.disputed and i.type_id <> all(:deposit_type_ids::smallint[])
    )
order by a.account_id
limit :limit;
