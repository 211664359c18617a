"""What is done for card payments now and then: the janitor, and the events of the sandbox where that is the gateway."""

from __future__ import annotations

from collections.abc import Mapping

from solde.cards.adapters.sandbox import Sandbox
from solde.cards.events import receive
from solde.cards.janitor import sweep
from solde.cards.settings import GatewaySettings, make_gateway
from solde.db import Pool
from solde.kernel.dates import Clock, utc_now


async def tend_cards(pool: Pool, *, clock: Clock = utc_now, settings: GatewaySettings | None = None) -> int:
    """Look at all that is due of the gateway in use; gives how many things were done."""
    gateway = make_gateway(settings or GatewaySettings.from_environment(), pool, clock)
    taken = 0
    if isinstance(gateway, Sandbox):

        async def take(headers: Mapping[str, str], body: bytes) -> str:
            return await receive(gateway, pool, headers, body, clock=clock)

        taken = await gateway.send_events(take)
    return taken + (await sweep(gateway, pool, clock=clock)).total
