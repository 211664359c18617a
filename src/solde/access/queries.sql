-- name: insert_token
-- A new API token.
-- grain: one row
insert into api_token (name, prefix, hash, role, seller_code, created_at, expires_at)
values (:name, :prefix, :hash, :role, :seller, :now, :expires_at)
returning token_id, name, prefix, role, seller_code, created_at, expires_at, last_used_at, revoked_at;

-- name: list_tokens
-- Every token, newest first.
-- grain: one row per token
select token_id, name, prefix, role, seller_code, created_at, expires_at, last_used_at, revoked_at
from api_token order by token_id desc;

-- name: use_token
-- Find a token by its hash, and note about once a minute that it is used.
-- grain: at most one row
with used as (
    update api_token set last_used_at = :now
    where hash = :hash and revoked_at is null and (last_used_at is null or last_used_at < :now::timestamptz - interval '1 minute')
)
select token_id, name, prefix, role, seller_code, created_at, expires_at, last_used_at, revoked_at
from api_token where hash = :hash;

-- name: revoke_token
-- Take a token out of use.
-- grain: at most one row
update api_token set revoked_at = :now
where token_id = :token_id and revoked_at is null
returning token_id, name, prefix, role, seller_code, created_at, expires_at, last_used_at, revoked_at;

-- name: lock_key
-- Wait for another request with the same key.
select pg_advisory_xact_lock(hashtextextended(:key, :account_id));

-- name: find_answer
-- The request answered under a key, and its answer.
-- grain: at most one row
select request_hash, response from idempotency where account_id = :account_id and key = :key;

-- name: keep_answer
-- Keep an answer under its key, with the action drawn last in this session: the one that acted.
insert into idempotency (account_id, key, request_hash, action_id, response)
values (:account_id, :key, :request_hash, currval('action_id_seq'), to_jsonb(:response::text));
