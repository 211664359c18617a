-- name: list_features
-- Every feature, on or off.
-- grain: one row per feature
select code, label, description, is_on, version from feature order by label, code;

-- name: find_feature
-- A feature as it is now.
-- grain: at most one row
select code, label, description, is_on, version from feature where code = :code;

-- name: lock_feature
-- A feature, locked.
-- grain: at most one row
select code, label, description, is_on, version from feature where code = :code for update;

-- name: switch_feature
-- Switch a feature on or off.
update feature set is_on = :is_on, version = version + 1 where code = :code;
