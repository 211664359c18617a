-- name: insert_upload
-- A file that was sent.
-- grain: one row
insert into import_upload (kind, file_name, bytes, seller, actor, head, created_at)
values (:kind, :file_name, :bytes, :seller, :actor, :head::jsonb, :now)
returning upload_id;

-- name: keep_upload
-- The parts of the file come in as a stream.
copy import_upload_part (upload_id, part, content) from stdin (format binary); -- noqa: PRS

-- name: read_upload
-- The parts of the file go out as a stream.
copy (select content from import_upload_part where upload_id = :upload_id order by part) to stdout (format binary);

-- name: find_upload
-- A file that somebody sent; nobody else sees it.
-- grain: at most one row
select upload_id, kind, file_name, bytes, seller, actor, head::text, mapping, unidentified, check_job_id, import_job_id, created_at
from import_upload
where upload_id = :upload_id and actor = :actor and kind = :kind;

-- name: lock_upload
-- Wait for another change of it.
-- grain: at most one row
select from import_upload where upload_id = :upload_id for update;

-- name: choose_mapping
-- How its columns are read; what was judged before counts no longer.
update import_upload set mapping = :mapping, unidentified = :unidentified, check_job_id = null where upload_id = :upload_id;

-- name: keep_head
-- Write what was seen of a file when it was read another way: nothing that was chosen before holds any more.
update import_upload set head = :head::jsonb, mapping = '', check_job_id = null where upload_id = :upload_id;

-- name: note_check
-- The job that judges it.
update import_upload set check_job_id = :job_id where upload_id = :upload_id;

-- name: note_import
-- The job that imports it.
update import_upload set import_job_id = :job_id where upload_id = :upload_id;

-- name: forget_uploads
-- Files sent before an instant are needed no longer.
delete from import_upload where created_at < :before;
