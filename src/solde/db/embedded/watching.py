"""Keep the embedded server running: look whether it is there, and start it again when it is not."""

from __future__ import annotations

import asyncio

import structlog

from solde.db.settings import Settings

from .processes import is_server_of, read_pid
from .server import known_place, start

log = structlog.get_logger("solde.db")

LOOK_EVERY_SECONDS = 1.0


def is_there(settings: Settings) -> bool:
    """Does a server of the data folder run, whether it answers yet or not?"""
    place = known_place(settings)
    pid = None if place is None else read_pid(place.data_folder)
    return place is not None and pid is not None and is_server_of(pid, place.data_folder)


async def keep_running(settings: Settings) -> None:
    """Start the server whenever it is gone, for ever; of several processes that watch it one does.

    Refuses: what `start` refuses, such as server_failed while the disk is full.
    """
    while True:
        if not await asyncio.to_thread(is_there, settings):
            log.warning("the embedded database is gone and is started again")
            await asyncio.to_thread(start, settings)
            log.warning("the embedded database runs again")
        await asyncio.sleep(LOOK_EVERY_SECONDS)
