-- Who may do what: people who sign in, their sign-ins, tokens of programs.

-- A person who signs in. rights_from: who ever gave them the login, a role or a password, and who gave those theirs: what one of
-- these proposed they do not approve. The login stands in the audit trail as the actor: it never changes and is never given again.
-- owner: access
create table app_user (
    user_id bigint generated always as identity primary key,
    login text not null unique check (login ~ '^[a-z0-9][a-z0-9._@+-]{1,99}$'),
    name text not null check (name <> ''),
    role text not null,
    seller_code text,
    password_hash text not null,
    must_change_password boolean not null,
    is_active boolean not null default true,
    created_at timestamptz not null,
    password_changed_at timestamptz not null,
    last_sign_in_at timestamptz,
    rights_from text[] not null default '{}',
    version integer not null default 1
);
grant update (
    rights_from, name, role, seller_code, password_hash, must_change_password, is_active, password_changed_at, last_sign_in_at, version
) on app_user to solde_app;

-- made_by: who made it in the application, and who gave those their rights; null for who runs the server.
-- owner: access
create table api_token (
    token_id bigint generated always as identity primary key,
    name text not null,
    prefix text not null,
    hash bytea not null unique,
    role text not null,
    permissions text[],
    seller_code text,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    made_by text[]
);
grant update (last_used_at, revoked_at) on api_token to solde_app;

-- A sign-in in a browser, of a person or by a token. Only the hash of the cookie's random id is kept.
-- owner: access
create table web_session (
    session_id bigint generated always as identity primary key,
    hash bytea not null unique,
    user_id bigint references app_user (user_id),
    token_id bigint references api_token (token_id),
    address text not null,
    browser text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    check (num_nonnulls(user_id, token_id) = 1)
);
create index web_session_user on web_session (user_id) where user_id is not null;
create index web_session_ends on web_session (expires_at);
grant update (seen_at), delete on web_session to solde_app;

-- Sign-ins that failed, by login and by network address, and when the next try is looked at.
-- The subject is a hash: people type passwords where the login belongs.
-- owner: access
create table sign_in_throttle (
    subject bytea primary key,
    failures integer not null,
    last_failed_at timestamptz not null,
    open_at timestamptz not null
);
create index sign_in_throttle_age on sign_in_throttle (last_failed_at);
grant update (failures, last_failed_at, open_at), delete on sign_in_throttle to solde_app;

-- A browser that signed in with a login, known by a random id in its cookie: who fails elsewhere does not keep it waiting.
-- The hash is of login and id.
-- owner: access
create table sign_in_device (
    hash bytea primary key,
    user_id bigint not null references app_user (user_id),
    seen_at timestamptz not null
);
create index sign_in_device_age on sign_in_device (seen_at);
grant update (seen_at), delete on sign_in_device to solde_app;
