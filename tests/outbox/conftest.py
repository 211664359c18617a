"""A receiver of webhooks on a port of its own, a mail server, endpoints."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from solde.db import Pool, transaction
from solde.kernel.dates import Clock
from solde.outbox import Endpoint, EndpointDraft, OutboxSettings, Tally, create_endpoint, deliver
from solde.outbox.settings import MailServer

PRIVATE = OutboxSettings(private_targets=True)


@dataclass
class Receiver:
    """What arrived, and how it is answered: a status for each request in turn, then 204 for ever."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    answer: bytes = b"well"
    headers: bytes = b""
    gate: asyncio.Event | None = None
    at_once: int = 0
    most_at_once: int = 0

    @property
    def ids(self) -> list[str]:
        return [head["webhook-id"] for head in self.heads]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            with suppress(ConnectionError):
                await self._answer(reader, writer)
        finally:
            self.at_once -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        lines = dict(_pair(line) for line in head[1:] if line)
        self.bodies.append(await reader.readexactly(int(lines["content-length"])))
        self.heads.append(lines | {":path": head[0].split()[1]})
        if self.gate is not None:
            await self.gate.wait()
        status = self.statuses.pop(0) if self.statuses else 204
        length = 0 if status == 204 else len(self.answer)
        writer.write(b"HTTP/1.1 %d X\r\ncontent-length: %d\r\nconnection: close\r\n" % (status, length))
        writer.write(self.headers + b"\r\n" + (b"" if status == 204 else self.answer))
        await writer.drain()


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.lower(), value


@asynccontextmanager
async def open_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/solde?for=test"
    async with server:
        yield receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver() as opened:
        yield opened


@dataclass
class Outgoing:
    """Make endpoints, deliver by the test's clock."""

    pool: Pool
    clock: Clock

    async def endpoint(self, url: str, **more: Any) -> Endpoint:
        draft = EndpointDraft(url, **more)
        return await transaction(self.pool, lambda conn: create_endpoint(conn, draft, actor="test", now=self.clock()))

    async def deliver(self, settings: OutboxSettings = PRIVATE, **more: Any) -> Tally:
        return await deliver(self.pool, settings, clock=self.clock, random=lambda: 0.5, **more)


@pytest.fixture
def outgoing(pool: Pool, clock: Clock) -> Outgoing:
    return Outgoing(pool, clock)


class Mailbox:
    """What a mail server took; `says` answers a recipient, otherwise he is welcome."""

    def __init__(self) -> None:
        self.mails: list[Envelope] = []
        self.says: Callable[[str], str | None] = lambda _address: None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (answer := self.says(address)) is not None:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 taken"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mail_settings(mailbox: Mailbox) -> Iterator[OutboxSettings]:
    """A mail server of the test's own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield OutboxSettings(MailServer("127.0.0.1", port, None, None, False, False, "Solde <solde@example.com>"))
    finally:
        controller.stop()
