-- name: insert_token
-- A new API token.
-- grain: one row
insert into api_token (name, prefix, hash, role, permissions, seller_code, created_at, expires_at, made_by)
values (:name, :prefix, :hash, :role, :permissions, :seller, :now, :expires_at, :made_by)
returning token_id, name, prefix, role, permissions, seller_code, created_at, expires_at, last_used_at, revoked_at;

-- name: list_tokens
-- Every token, or those kept to one seller, newest first.
-- grain: one row per token
select token_id, name, prefix, role, permissions, seller_code, created_at, expires_at, last_used_at, revoked_at
from api_token where :seller::text is null or seller_code = :seller order by token_id desc;

-- name: has_token_named
-- Is a token of this name in use, however it is written?
-- grain: one row
select exists (select from api_token where lower(trim(name)) = :login and revoked_at is null);

-- name: list_permissions_named
-- The lists of permissions of the tokens of this name that have one instead of a role: of those in use, if any is.
-- grain: one row per token
select t.permissions from api_token t
where t.name = :name and t.permissions is not null and (
    t.revoked_at is null
    or not exists (select from api_token o where o.name = t.name and o.permissions is not null and o.revoked_at is null)
);

-- name: use_token
-- Find a token by its hash, and note about once a minute that it is used.
-- grain: at most one row
with used as (
    update api_token set last_used_at = :now
    where hash = :hash and revoked_at is null and (last_used_at is null or last_used_at < :now::timestamptz - interval '1 minute')
)
select token_id, name, prefix, role, permissions, seller_code, created_at, expires_at, last_used_at, revoked_at
from api_token where hash = :hash;

-- name: revoke_token
-- Take a token out of use.
-- grain: at most one row
update api_token set revoked_at = :now
where token_id = :token_id and revoked_at is null and (:seller::text is null or seller_code = :seller)
returning token_id, name, prefix, role, permissions, seller_code, created_at, expires_at, last_used_at, revoked_at;

-- name: lock_key
-- Wait for another request with the same key.
select pg_advisory_xact_lock(hashtextextended(:key, :account_id));

-- name: find_answer
-- The request answered under a key, and its answer.
-- grain: at most one row
select request_hash, response from idempotency where account_id = :account_id and key = :key;

-- name: keep_answer
-- Keep an answer under its key, with a number of its own: what was done may have drawn many, or none, and a number of
-- another transaction may be sealed already.
insert into idempotency (account_id, key, request_hash, action_id, response)
values (:account_id, :key, :request_hash, nextval('action_id_seq'), to_jsonb(:response::text));

-- name: lock_users
-- One change of users at a time: what is read afterwards, in another statement, is the newest.
select pg_advisory_xact_lock(7305808869231651);

-- name: insert_user
-- A new person; none where the login is taken.
-- grain: at most one row
insert into app_user (login, name, role, seller_code, password_hash, must_change_password, created_at, password_changed_at)
values (:login, :name, :role, :seller, :password_hash, :must_change, :now, :now)
on conflict (login) do nothing
returning
    user_id, login, name, role, seller_code, is_active, must_change_password, created_at, password_changed_at, last_sign_in_at,
    version;

-- name: find_user
-- One person, by login.
-- grain: at most one row
select
    user_id, login, name, role, seller_code, is_active, must_change_password, created_at, password_changed_at, last_sign_in_at,
    version
from app_user where login = :login;

-- name: list_users
-- Every person, or those kept to one seller, by login.
-- grain: one row per user
select
    user_id, login, name, role, seller_code, is_active, must_change_password, created_at, password_changed_at, last_sign_in_at,
    version
from app_user where :seller::text is null or seller_code = :seller order by login;

-- name: list_chiefs
-- The active administrators of every seller.
-- grain: one row per user
select
    user_id, login, name, role, seller_code, is_active, must_change_password, created_at, password_changed_at, last_sign_in_at,
    version
from app_user where role = 'admin' and is_active and seller_code is null order by user_id;

-- name: has_chief
-- Is there an active administrator of every seller?
-- grain: one row
select exists (select from app_user where role = 'admin' and is_active and seller_code is null);

-- name: update_user
-- A person as changed, where nobody changed them meanwhile.
-- grain: at most one row
update app_user set name = :name, role = :role, seller_code = :seller, is_active = :is_active, version = version + 1
where user_id = :user_id and version = :version
returning
    user_id, login, name, role, seller_code, is_active, must_change_password, created_at, password_changed_at, last_sign_in_at,
    version;

-- name: find_password
-- The hash of a person's password; none where there is no such person or they are not active.
-- grain: at most one row
select user_id, password_hash from app_user where login = :login and is_active;

-- name: update_password
-- A new password.
update app_user set password_hash = :password_hash, must_change_password = :must_change, password_changed_at = :now,
    version = version + 1
where user_id = :user_id;

-- name: note_sign_in
-- Somebody signed in, by the password that was compared; its hash is renewed where the parameters of hashing changed.
-- grain: at most one row
update app_user set last_sign_in_at = :now, password_hash = coalesce(:renewed, password_hash)
where user_id = :user_id and is_active and password_hash = :compared
returning user_id;

-- name: insert_session
-- Keep a sign-in, and forget those that have ended and the one it takes the place of.
-- grain: one row
with ended as (delete from web_session where expires_at < :now or hash = :replaced)
insert into web_session (hash, user_id, token_id, address, browser, created_at, seen_at, expires_at)
values (:hash, :user_id, :token_id, :address, :browser, :now, :now, :expires_at)
returning session_id;

-- name: find_session
-- Who is behind a sign-in that still holds; about once a minute it is noted that they are still here.
-- grain: at most one row
with seen as (
    update web_session set seen_at = :now
    where hash = :hash and expires_at > :now and seen_at > :idle_since and seen_at < :now::timestamptz - interval '1 minute'
)
select
    w.session_id, w.expires_at, u.user_id, t.token_id, coalesce(u.login, t.name), coalesce(u.name, t.name),
    coalesce(u.role, t.role), case when u.user_id is null then t.seller_code else u.seller_code end,
    coalesce(u.must_change_password, false), t.permissions
from web_session w
left join app_user u on u.user_id = w.user_id
left join api_token t on t.token_id = w.token_id
where w.hash = :hash and w.expires_at > :now and w.seen_at > :idle_since
    and (u.is_active or (t.token_id is not null and t.revoked_at is null and (t.expires_at is null or t.expires_at > :now)));

-- name: list_sessions
-- The sign-ins of a person that still hold, the one used last first.
-- grain: one row per session
select session_id, address, browser, created_at, seen_at, expires_at
from web_session where user_id = :user_id and expires_at > :now and seen_at > :idle_since
order by seen_at desc, session_id desc;

-- name: delete_session
-- End a sign-in by its id in the cookie; tells whose it was.
-- grain: at most one row
delete from web_session where hash = :hash returning user_id, token_id;

-- name: delete_own_session
-- End one of a person's sign-ins.
-- grain: at most one row
delete from web_session where session_id = :session_id and user_id = :user_id returning session_id;

-- name: delete_sessions
-- End the sign-ins of a person, all or all but one.
-- grain: one row per session
delete from web_session where user_id = :user_id and session_id <> :but returning session_id;

-- name: lock_throttles
-- The failures of these subjects, which wait for each other from here on; in the order of the subjects.
-- grain: one row per subject
insert into sign_in_throttle (subject, failures, last_failed_at, open_at)
select s.subject, 0, :now, :now from unnest(:subjects::bytea[]) s (subject) order by s.subject
on conflict (subject) do update set failures = sign_in_throttle.failures
returning subject, failures, last_failed_at, open_at;

-- name: save_throttles
-- The failures of subjects locked before.
update sign_in_throttle t set failures = s.failures, last_failed_at = :now, open_at = s.open_at
from unnest(:subjects::bytea[], :failures::int[], :open_at::timestamptz[]) s (subject, failures, open_at)
where t.subject = s.subject;

-- name: delete_throttle
-- A login that was right starts anew.
delete from sign_in_throttle where subject = :subject;

-- name: forgive_throttle
-- The try counted for an address was right: it is taken back, and the wait that it alone brought.
update sign_in_throttle set failures = greatest(failures - 1, 0),
    open_at = case when open_at = :open_at then least(open_at, :now) else open_at end
where subject = :subject;

-- name: forget_throttles
-- Failures of long ago.
delete from sign_in_throttle where last_failed_at < :before;

-- name: list_givers
-- An actor, and everybody who gave that actor rights, in small letters.
-- grain: one row per name
select lower(trim(:actor)) as name
union
select unnest(rights_from) from app_user where login = lower(trim(:actor))
union
select unnest(made_by) from api_token where lower(trim(name)) = lower(trim(:actor));

-- name: note_givers
-- Who gave a person rights, beside those who did before.
update app_user set rights_from = array(select unnest(rights_from) union select unnest(:givers::text[]) order by 1)
where user_id = :user_id;

-- name: find_ties
-- How a decision hangs on who proposed: is who decides a token made in the application, did who proposed give them rights,
-- is what proposed a token that they made, did they give rights to who proposed, or is what proposed a token of somebody who
-- gave them rights? The people behind a token are its makers without those who only gave a maker rights.
-- grain: one row
with makers as (
    select unnest(made_by) as name from api_token where lower(trim(name)) = lower(trim(:proposer))
),

behind as (
    select m.name from makers m
    where not exists (
        select from makers o
        join app_user u on u.login = o.name
        where m.name = any(u.rights_from) and m.name <> o.name
        and not exists (select from app_user g where g.login = m.name and o.name = any(g.rights_from))
    )
)

select
    exists (select from api_token where lower(trim(name)) = lower(trim(:decider)) and made_by is not null),
    exists (select from app_user where login = lower(trim(:decider)) and lower(trim(:proposer)) = any(rights_from)),
    exists (select from api_token where lower(trim(name)) = lower(trim(:proposer)) and lower(trim(:decider)) = any(made_by)),
    exists (select from app_user where login = lower(trim(:proposer)) and lower(trim(:decider)) = any(rights_from)),
    exists (select from app_user u join behind b on b.name = any(u.rights_from) where u.login = lower(trim(:decider)));

-- name: find_device
-- A browser that signed in with a login before.
-- grain: at most one row
select user_id from sign_in_device where hash = :hash;

-- name: note_device
-- A browser signed in with a login; those that did not for long are forgotten.
with old as (delete from sign_in_device where seen_at < :now::timestamptz - interval '1 year' and hash <> :hash)
insert into sign_in_device (hash, user_id, seen_at) values (:hash, :user_id, :now)
on conflict (hash) do update set seen_at = :now;
