-- Files that a person brings by the import wizard: kept while the columns are chosen and the rows judged, until they are imported.

-- head: the columns of the file and its first rows, to be shown. mapping: what was chosen, as the text of a mapping file.
-- owner: app
create table import_upload (
    upload_id bigint generated always as identity primary key,
    kind text not null check (kind in ('import_customers', 'import_receivables', 'import_payments')),
    file_name text not null,
    bytes bigint not null check (bytes >= 0),
    seller text,
    actor text not null,
    head jsonb not null,
    mapping text not null default '',
    unidentified boolean not null default false,
    check_job_id bigint references job (job_id),
    import_job_id bigint references job (job_id),
    created_at timestamptz not null
);
create index import_upload_age on import_upload (created_at);
grant update (head, mapping, unidentified, check_job_id, import_job_id), delete on import_upload to solde_app;

-- The file itself, in parts of a megabyte.
-- owner: app
create table import_upload_part (
    upload_id bigint not null references import_upload (upload_id) on delete cascade,
    part integer not null,
    content bytea not null,
    primary key (upload_id, part)
);
alter table import_upload_part alter column content set storage external;
grant delete on import_upload_part to solde_app;
