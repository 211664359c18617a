-- The web face.

-- How a person likes pages: theme, density, language, hidden columns, as the cookie holds it.
-- owner: app
create table user_preference (
    actor text primary key,
    likes text not null check (length(likes) <= 4000)
);
grant update on user_preference to solde_app;
