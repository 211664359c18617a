"""Post messages to an endpoint: signed, to a public address, without following redirects."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import httpx
from standardwebhooks import Webhook

from solde.kernel.dates import Clock
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.release import VERSION

from . import rules
from .model import Endpoint, Message, TryOutcome, TryVerdict

HOST_UNKNOWN = declare("webhook_host_unknown", Kind.INVALID, "Check the host of the address; it has no IP address.")

TIMEOUT_SECONDS = 10.0
AT_ONCE = 8
"""Messages on their way to one endpoint at a time."""

GONE = 410

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the IP addresses of a host; a test owns its own."""


async def resolve_host(host: str, port: int) -> list[str]:
    """The IP addresses of a host, the best first; none where there is no such host."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(place[4][0]) for place in found]


@dataclass(frozen=True, slots=True)
class Target:
    """The very place a message is posted to: the address with its host replaced by the IP address that was judged."""

    url: httpx.URL
    host: str
    server_name: str


async def check_target(url: str, *, private_targets: bool, resolve: Resolve = resolve_host) -> Refusal | None:
    """None where an endpoint may have this address, for now: at each delivery it is looked up and judged again."""
    if (bad := rules.check_url(url)) is not None:
        return bad
    found = await find_target(url, private_targets=private_targets, resolve=resolve)
    return found if isinstance(found, Refusal) else None


async def find_target(url: str, *, private_targets: bool, resolve: Resolve = resolve_host) -> Target | Refusal:
    """Where to post to; refuses webhook_url_unfit, webhook_host_unknown, webhook_address_private."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        return refuse(rules.URL_UNFIT, "the address cannot be read: {error}", error=str(error), field="url")
    name = parsed.raw_host.decode("ascii")
    found = await resolve(name, parsed.port or (443 if parsed.scheme == "https" else 80))
    addresses = [address for address in found if "%" not in address]
    if not addresses:
        return refuse(HOST_UNKNOWN, "the host {name} has no address", name=name, field="url")
    if not private_targets and (bad := rules.check_addresses(name, addresses)) is not None:
        return bad
    return Target(parsed.copy_with(host=addresses[0]), parsed.netloc.decode("ascii"), name)


class EndpointClient:
    """Posts messages to one endpoint."""

    def __init__(self, endpoint: Endpoint, client: httpx.AsyncClient, clock: Clock, target: Target | Refusal):
        self._client = client
        self._clock = clock
        self._signer = Webhook(endpoint.secret)
        self._target = target

    async def post_all(self, messages: Sequence[Message]) -> list[TryOutcome]:
        """Try each message, some at a time; once one fails, those not begun are left untried."""
        waiting = list(reversed(messages))
        outcomes: list[TryOutcome] = []

        async def post_next() -> None:
            while waiting and all(o.verdict is TryVerdict.DELIVERED for o in outcomes):
                outcomes.append(await self.post(waiting.pop()))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(post_next())
        return outcomes + [TryOutcome(message, TryVerdict.UNTRIED) for message in waiting]

    async def post(self, message: Message) -> TryOutcome:
        """Try one message."""
        if isinstance(self._target, Refusal):
            return TryOutcome(message, TryVerdict.FAILED, None, self._target.message)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                status, answer = await self._exchange(message, self._target)
        except TimeoutError:
            return TryOutcome(message, TryVerdict.FAILED, None, f"no answer within {TIMEOUT_SECONDS:.0f} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return TryOutcome(message, TryVerdict.FAILED, None, f"{type(error).__name__}: {error}")
        if rules.is_success(status):
            return TryOutcome(message, TryVerdict.DELIVERED, status, answer)
        return TryOutcome(message, TryVerdict.REFUSED if status == GONE else TryVerdict.FAILED, status, answer)

    async def _exchange(self, message: Message, target: Target) -> tuple[int, str]:
        """Post to the judged address, so that the name cannot lead elsewhere meanwhile."""
        headers = self.headers(message, self._clock()) | {"host": target.host}
        names = {"sni_hostname": target.server_name} if target.url.scheme == "https" else {}
        request = self._client.build_request(
            "POST", target.url, content=message.body, headers=headers, extensions=names
        )
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            return response.status_code, await _beginning(response)
        finally:
            await response.aclose()

    def headers(self, message: Message, now: datetime) -> dict[str, str]:
        """The headers of Standard Webhooks: the id stays the same at every try, the time and signature do not."""
        return {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": f"Solde/{VERSION}",
            "webhook-id": message.name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.name, now, message.body),
        }


async def _beginning(response: httpx.Response) -> str:
    kept = b""
    async for piece in response.aiter_raw(rules.ANSWER_KEPT):
        kept += piece
        if len(kept) >= rules.ANSWER_KEPT:
            break
    return kept[: rules.ANSWER_KEPT].decode("utf-8", "replace")


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are believed: the shipped ones, or those SSL_CERT_FILE names."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def open_poster(
    endpoint: Endpoint, *, clock: Clock, private_targets: bool, resolve: Resolve = resolve_host
) -> AsyncIterator[EndpointClient]:
    """A poster with connections of its own: shared ones could belong to another host of the same address."""
    target = await find_target(endpoint.draft.url, private_targets=private_targets, resolve=resolve)
    async with httpx.AsyncClient(
        verify=_trust(), trust_env=False, timeout=TIMEOUT_SECONDS, limits=httpx.Limits(max_connections=AT_ONCE)
    ) as client:
        yield EndpointClient(endpoint, client, clock, target)
