-- Lets one statement take itself back: a set-based write that finds fewer rows than it was given must not stand.
create function demand(met boolean, what text) returns boolean language plpgsql immutable as $$
begin
    if met is not true then
        raise exception '%', what using errcode = 'SD001';
    end if;
    return true;
end $$;
