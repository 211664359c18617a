-- The application's role. The owner of the database migrates; every other session acts as solde_app,
-- which may read and add rows everywhere. The right to update or delete is given table by table, beside the table.

do $$
begin
  if not exists (select from pg_roles where rolname = 'solde_app') then
    create role solde_app nologin;
  end if;
exception
  -- Two databases of one server are migrated at once: the other one made the role.
  when duplicate_object or unique_violation then
    null;
  when insufficient_privilege then
    raise exception 'the role solde_app is missing and % may not create it', current_user
      using
        errcode = 'insufficient_privilege',
        hint = format('Let an administrator run: create role solde_app nologin; grant solde_app to %I;', current_user);
end
$$;

-- From PostgreSQL 16 on, who creates a role is its member without the right to act as it, until that is granted too.
do $$
declare
  acting text := case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end;
begin
  if not pg_has_role(current_user, 'solde_app', acting) then
    execute format('grant solde_app to %I', current_user);
  end if;
exception
  when insufficient_privilege then
    raise exception '% may not act as solde_app', current_user
      using
        errcode = 'insufficient_privilege',
        hint = format('Let an administrator run: grant solde_app to %I;', current_user);
end
$$;

grant usage on schema public to solde_app;
alter default privileges in schema public grant select, insert on tables to solde_app;
alter default privileges in schema public grant usage on sequences to solde_app;
alter default privileges in schema public grant execute on functions to solde_app;
