"""The processes of `solde serve`: workers that die are begun again, and none outlives the process that began it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

DRAIN_SECONDS = 25
LOOK_EVERY_SECONDS = 0.2
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 10.0
"""How long to wait before a worker is begun again that died soon after its beginning; doubled each time."""
SURE_SECONDS = 30.0
"""A worker that has run so long may die again without a pause."""


class Server(MPServer):
    """Granian, which of itself ends all workers when one dies twice within seconds. Here the others go on."""

    _begun_at = 0.0
    _pause = 0.0

    def _respawn_workers(self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0) -> None:
        self._rest()
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self.respawned_wrks.clear()
        # Two that died at the same instant may have been noted as one.
        for at, worker in enumerate(self.wrks):
            alive: bool = worker.is_alive()  # type: ignore[no-untyped-call]
            if not alive and at not in self.interrupt_children:
                self.interrupt_children.append(at)
                self.main_loop_interrupt.set()

    def _rest(self) -> None:
        """Wait a little, and longer each time, while workers die one after the other; a signal to stop ends the wait."""
        soon = time.monotonic() - self._begun_at < SURE_SECONDS
        self._pause = min(max(2 * self._pause, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS) if soon else 0.0
        self.main_loop_interrupt.wait(self._pause)
        self._begun_at = time.monotonic()


def make_server(target: str, host: str, port: int, workers: int) -> Server:
    """The server, not yet started. `target` names the function that makes the application."""
    return Server(
        target, address=host, port=port, interface=Interfaces.ASGI, workers=workers, factory=True,
        log_level=LogLevels.warning, workers_kill_timeout=DRAIN_SECONDS, websockets=False, respawn_failed_workers=True,
    )  # fmt: skip


def tell_when_it_listens(host: str, port: int, tell: Callable[[], None]) -> None:
    """Call `tell` once, in a thread of its own, when somebody can connect."""
    place = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on

    def wait() -> None:
        while True:
            try:
                socket.create_connection((place, port), timeout=1).close()
            except OSError:
                time.sleep(LOOK_EVERY_SECONDS)
            else:
                return tell()

    threading.Thread(target=wait, daemon=True).start()


def end_with(parent: int) -> None:
    """End this process when its parent is gone: it finishes what it has at hand, and frees the address at once."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(DRAIN_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
