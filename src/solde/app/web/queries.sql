-- name: insert_session
-- Keep a sign-in, and forget those that have ended.
with ended as (delete from web_session where expires_at < :now)
insert into web_session (hash, token_id, created_at, expires_at) values (:hash, :token_id, :now, :expires_at);

-- name: find_session
-- The token behind a sign-in that still holds, and its seller.
-- grain: at most one row
select
    t.token_id, t.name, t.prefix, t.role, t.seller_code, t.created_at, t.expires_at, t.last_used_at, t.revoked_at, s.seller_id
from web_session w
join api_token t on t.token_id = w.token_id
left join seller s on s.code = t.seller_code
where w.hash = :hash and w.expires_at > :now
    and t.revoked_at is null and (t.expires_at is null or t.expires_at > :now);

-- name: delete_session
-- End a sign-in.
delete from web_session where hash = :hash;

-- name: current_snapshot
-- Which transactions are visible; the same text twice means that nothing has changed in between.
-- grain: one row
select pg_current_snapshot()::text;
