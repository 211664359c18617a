-- The web face.

-- A person's sign-in in a browser, by an API token. Only the hash of the cookie's random id is kept.
-- owner: app
create table web_session (
    hash bytea primary key,
    token_id bigint not null references api_token (token_id),
    created_at timestamptz not null,
    expires_at timestamptz not null
);
grant delete on web_session to solde_app;
