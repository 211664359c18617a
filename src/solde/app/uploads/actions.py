"""Keep a file that was sent; let it be judged, then imported."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from solde.app.jobs import ImportRequest, Job, start_import
from solde.db import Connection
from solde.files import FileMapping
from solde.kernel.card_numbers import find_card_number
from solde.kernel.refusals import Kind, Refused, declare, refuse
from solde.kernel.texts import say

from . import store
from .columns import Sort
from .heads import read_head
from .model import NewUpload, Occasion, Upload

UNKNOWN_UPLOAD = declare("unknown_upload", Kind.NOT_FOUND, "Send the file again; files are kept for two days.")

KEPT_FOR = timedelta(days=2)
PART_BYTES = 1 << 20


async def add_upload(conn: Connection, new: NewUpload, now: datetime) -> int:
    """Keep a file; gives its number. Files that nobody imported in two days are dropped.

    Refuses: card_number_in_text, where its name or its first rows hold one.
    """
    if (bad := find_card_number([new.file_name, msgspec.to_builtins(new.head)])) is not None:
        raise Refused(replace(bad, text=say("the file holds what looks like a card number"), field="file"))
    await store.forget_uploads(conn, now - KEPT_FOR)
    size = (await asyncio.to_thread(new.file.stat)).st_size
    upload_id = await store.insert_upload(conn, new, size, now)
    await store.keep_upload(conn, upload_id, _parts(new.file))
    return upload_id


def _parts(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while part := source.read(PART_BYTES):
            yield part


async def get_upload(conn: Connection, upload_id: int, *, actor: str, kind: str) -> Upload:
    """A file of this person; refuses unknown_upload."""
    found = await store.find_upload(conn, upload_id, actor=actor, kind=kind)
    if found is None:
        raise Refused(refuse(UNKNOWN_UPLOAD, "there is no file {upload_id} of yours", upload_id=upload_id))
    return found


async def choose_mapping(conn: Connection, upload: Upload, mapping: str, *, unidentified: bool) -> Upload:
    """Say how the columns are read."""
    await store.choose_mapping(conn, upload.upload_id, mapping, unidentified=unidentified)
    return replace(upload, mapping=mapping, unidentified=unidentified, check_job_id=None)


async def read_again(conn: Connection, upload: Upload, sort: Sort, mapping: FileMapping) -> Upload:
    """Read the file another way: another sheet, another line as header, other characters.

    Refuses: what `read_head` refuses.
    """
    async with file_of(conn, upload) as file:
        head = await read_head(file, sort, mapping)
    await store.keep_head(conn, upload.upload_id, head)
    return replace(upload, head=head, mapping="", check_job_id=None)


async def begin_check(conn: Connection, upload: Upload, on: Occasion) -> Job:
    """Let a job judge every row and keep nothing.

    Refuses: what `start_import` refuses.
    """
    # Otherwise the good rows were not tried once a bad one is met.
    job = await _start(conn, upload, on, keep_good=True, dry_run=True)
    await store.note_check(conn, upload.upload_id, job.job_id)
    return job


async def begin_import(conn: Connection, upload: Upload, on: Occasion, *, keep_good: bool) -> int:
    """Let a job import it; gives the job's number. One that was begun before is not begun again.

    Refuses: what `start_import` refuses.
    """
    await store.lock_upload(conn, upload.upload_id)
    newest = await get_upload(conn, upload.upload_id, actor=upload.actor, kind=upload.kind)
    if newest.import_job_id is not None:
        return newest.import_job_id
    job = await _start(conn, newest, on, keep_good=keep_good, dry_run=False)
    await store.note_import(conn, newest.upload_id, job.job_id)
    return job.job_id


async def _start(conn: Connection, upload: Upload, on: Occasion, *, keep_good: bool, dry_run: bool) -> Job:
    async with file_of(conn, upload) as file:
        request = ImportRequest(
            kind=upload.kind, file=file, actor=on.actor, now=on.now, today=on.today, file_name=upload.file_name,
            mapping=upload.mapping, seller=upload.seller, keep_good=keep_good, dry_run=dry_run,
            unidentified=upload.unidentified,
        )  # fmt: skip
        return await start_import(conn, request)


@asynccontextmanager
async def file_of(conn: Connection, upload: Upload) -> AsyncIterator[Path]:
    """The file on disk, for as long as it is needed."""
    with tempfile.TemporaryDirectory(prefix="solde-upload-") as folder:
        file = Path(folder) / "file"
        with file.open("wb") as target:
            async for part in store.read_upload(conn, upload.upload_id):
                target.write(part)
        yield file
