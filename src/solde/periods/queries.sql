-- name: list_years
-- Every accounting year, oldest first.
-- grain: one row per year
select year_id, label, starts_on, ends_on, kind, on_closed, force_day, regular_after, all_after, version
from accounting_year order by starts_on;

-- name: list_periods
-- The periods of every year, in order.
-- grain: one row per period
select year_id, number, starts_on, ends_on, regular_closed_at, all_closed_at, changed_at, changed_by, reason
from accounting_period order by starts_on;

-- name: list_spans
-- The days that are closed.
-- grain: one row per span
select late, starts_on, ends_on, moved_to from closed_span order by late, starts_on;

-- name: limit_wait
-- How long closing waits for postings that run; those that begin meanwhile wait behind it.
select set_config('lock_timeout', :wait, true);

-- name: lock_books
-- Wait until no posting runs, and keep new ones out until this transaction ends.
select pg_advisory_xact_lock(7305808869231660);

-- name: hold_books
-- Keep days from being closed until this transaction ends; waits while they are.
select pg_advisory_xact_lock_shared(7305808869231660);

-- name: insert_year
-- A new accounting year.
-- grain: one row
insert into accounting_year (label, starts_on, ends_on, kind, on_closed, force_day, regular_after, all_after)
values (:label, :starts_on, :ends_on, :kind, :on_closed, :force_day, :regular_after, :all_after)
returning year_id;

-- name: insert_periods
-- The periods of a new year.
insert into accounting_period (year_id, number, starts_on, ends_on, changed_at, changed_by)
select :year_id, number, starts_on, ends_on, clock_timestamp(), :actor
from unnest(:numbers::smallint[], :starts::date[], :ends::date[]) p (number, starts_on, ends_on);

-- name: update_policy
-- Another policy for a year.
update accounting_year
set on_closed = :on_closed, force_day = :force_day, regular_after = :regular_after, all_after = :all_after, version = version + 1
where year_id = :year_id;

-- name: turn_periods
-- Close or reopen periods: true closes, false opens, null leaves. What was closed before keeps its instant.
update accounting_period p set
    regular_closed_at = case when t.regular then coalesce(p.regular_closed_at, clock_timestamp()) when t.regular is null then p.regular_closed_at end,
    all_closed_at = case when t.everybody then coalesce(p.all_closed_at, clock_timestamp()) when t.everybody is null then p.all_closed_at end,
    changed_at = clock_timestamp(), changed_by = :actor, reason = :reason
from unnest(:year_ids::integer[], :numbers::smallint[], :regular::boolean[], :everybody::boolean[]) t (year_id, number, regular, everybody)
where p.year_id = t.year_id and p.number = t.number;

-- name: next_version
-- Count a change of a year or its periods.
update accounting_year set version = version + 1 where year_id = any(:year_ids::integer[]);

-- name: forget_spans
-- Take the closed days away, to write them anew.
delete from closed_span;

-- name: insert_spans
-- The days that are closed now.
insert into closed_span (late, starts_on, ends_on, moved_to)
select late, starts_on, ends_on, moved_to
from unnest(:late::boolean[], :starts::date[], :ends::date[], :moved_to::date[]) s (late, starts_on, ends_on, moved_to);
