"""Read a file in a child program: first what it is like, then its rows, a few hundred at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import anyio
import msgspec

from solde.kernel.refusals import CATALOGUE, Refusal, Refused, refuse
from solde.kernel.texts import unpacked

from .codes import FILE_TOO_LARGE, FILE_TOO_SLOW, FILE_UNREADABLE
from .frames import MEMORY_SETTING, SECONDS_MOST, Ended, FileSurvey, Frame, ReadRequest, Rows
from .model import FileMapping, Line, Survey, Wanted, cell_of

SILENT_SECONDS = 120.0
"""How long the child may take to give the next frame."""
FRAME_MOST = 1 << 28

_decoder = msgspec.msgpack.Decoder(Frame)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is being read: what was seen of it, and its rows, which can be read once."""

    survey: Survey
    batches: AsyncIterator[list[Line]]


@asynccontextmanager
async def opened(
    path: Path, mapping: FileMapping, wanted: Wanted, *, any_encoding: bool = False, rows: bool = True,
    silent_seconds: float = SILENT_SECONDS,
) -> AsyncIterator[Opened]:  # fmt: skip
    """Open a file by a child, which ends when this does. `any_encoding`: the encoding is found out.

    Refuses: file_unreadable, file_not_in_encoding, file_empty, file_too_large, file_too_slow, sheet_too_large, unknown_sheet,
    header_not_found.
    """
    asked = ReadRequest(
        path=str(path),
        names=dict(wanted.names),
        survey=wanted.survey,
        survey_of=None if wanted.of is None else list(wanted.of),
        rows=rows,
        encoding=None if any_encoding else mapping.encoding,
        separator=mapping.separator,
        sheet=mapping.sheet,
        header_row=mapping.header_row,
    )
    child = _start(asked)
    frames = _frames(child, silent_seconds)
    try:
        first = await anext(frames)
        assert isinstance(first, FileSurvey), "the child tells first what it saw"
        yield Opened(first.survey, _batches(frames))
    finally:
        child.kill()
        await frames.aclose()
        await anyio.to_thread.run_sync(child.wait)
        assert child.stdout is not None
        child.stdout.close()


def _start(asked: ReadRequest) -> subprocess.Popen[bytes]:
    """A child that has nothing of ours but the file: no address of a database, no secret."""
    kept = {name: value for name in ("PATH", "LANG", "SYSTEMROOT", MEMORY_SETTING) if (value := os.environ.get(name))}
    root = str(Path(__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-m", f"{__package__}.child", msgspec.json.encode(asked).decode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**kept, "PYTHONPATH": root, "PYTHONUTF8": "1"},
    )


async def _frames(child: subprocess.Popen[bytes], silent_seconds: float) -> AsyncGenerator[Frame, None]:
    """What the child tells, until it ends; refuses what it refuses, and its death."""
    assert child.stdout is not None
    while True:
        frame: Frame | None = None
        with anyio.move_on_after(silent_seconds) as waiting:
            frame = await anyio.to_thread.run_sync(_read, child.stdout, abandon_on_cancel=True)
        if waiting.cancelled_caught:
            child.kill()
            raise Refused(
                refuse(
                    FILE_TOO_SLOW,
                    "reading the file took more than {silent_seconds:.0f} seconds",
                    silent_seconds=silent_seconds,
                )
            )
        if frame is None:
            raise Refused(await _why_gone(child))
        if isinstance(frame, Ended):
            if frame.refusals:
                raise Refused(
                    [refuse(CATALOGUE[code], unpacked(said), line=line) for code, said, line in frame.refusals]
                )
            return
        yield frame


async def _why_gone(child: subprocess.Popen[bytes]) -> Refusal:
    """Why the child ended before it had told everything: a signal ends it where it goes past its bounds."""
    ended = await anyio.to_thread.run_sync(child.wait)
    if ended == -signal.SIGXCPU:
        return refuse(
            FILE_TOO_SLOW, "reading the file took more than {seconds_most} seconds", seconds_most=SECONDS_MOST
        )
    if ended < 0:
        return refuse(FILE_TOO_LARGE, "reading the file takes more memory than a file may")
    return refuse(FILE_UNREADABLE, "the program that reads files could not read it")


def _read(pipe: IO[bytes]) -> Frame | None:
    """The next frame; none where the child is gone."""
    size = pipe.read(4)
    if len(size) < 4 or (length := int.from_bytes(size, "big")) > FRAME_MOST:
        return None
    body = pipe.read(length)
    return _decoder.decode(body) if len(body) == length else None


async def _batches(frames: AsyncIterator[Frame]) -> AsyncIterator[list[Line]]:
    async for frame in frames:
        assert isinstance(frame, Rows), "rows follow what was seen"
        yield [(line, [cell if type(cell) is str else cell_of(cell) for cell in cells]) for line, cells in frame.lines]
