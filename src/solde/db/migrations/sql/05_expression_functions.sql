-- What compiled expressions call beyond PostgreSQL's own functions. Each has a Python twin in solde.expressions; a test compares them.
-- They give null on null by themselves, without `strict`, so that the planner may inline them.
-- Casts to integer are clamped: the planner may evaluate a cast of a constant inside a branch that is never taken.

-- Divide, six decimals, half away from zero, from whole numbers only; null by zero.
create function expr_divide(dividend numeric, divisor numeric) returns numeric
language sql immutable parallel safe
return case when divisor <> 0 then
    sign(dividend) * sign(divisor) * div(2000000 * abs(dividend) + abs(divisor), 2 * abs(divisor)) * 0.000001
end;

create function expr_min(one numeric, other numeric) returns numeric
language sql immutable parallel safe
return case when one <= other then one when one > other then other end;

create function expr_max(one numeric, other numeric) returns numeric
language sql immutable parallel safe
return case when one >= other then one when one < other then other end;

-- A day moved by whole days; null outside the years 1 to 9999.
create function expr_add_days(from_day date, days numeric) returns date
language sql immutable parallel safe
return case when trunc(days) between date '0001-01-01' - from_day and date '9999-12-31' - from_day then
    from_day + greatest(least(trunc(days), 4000000), -4000000)::integer
end;

-- Months since the year 0.
create function expr_month_index(on_day date) returns numeric
language sql immutable parallel safe
return extract(year from on_day) * 12 + extract(month from on_day) - 1;

-- A day moved by whole months, at most to the end of the month; null outside the years 1 to 9999.
create function expr_add_months(from_day date, months numeric) returns date
language sql immutable parallel safe
return case when expr_month_index(from_day) + trunc(months) between 12 and 119999 then
    (from_day + make_interval(months => greatest(least(trunc(months), 120000), -120000)::integer))::date
end;

create function expr_start_of_month(on_day date) returns date
language sql immutable parallel safe
return date_trunc('month', on_day::timestamp)::date;

create function expr_end_of_month(on_day date) returns date
language sql immutable parallel safe
return (date_trunc('month', on_day::timestamp) + interval '1 month -1 day')::date;

create function expr_ends_with(whole text, ending text) returns boolean
language sql immutable parallel safe
return right(whole, length(ending)) = ending;
