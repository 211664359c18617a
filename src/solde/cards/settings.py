"""Which gateway takes the money, by the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from solde.db import Pool
from solde.kernel.dates import Clock
from solde.kernel.refusals import Kind, Refused, declare, refuse

from .gateway import Gateway

UNKNOWN_GATEWAY = declare("unknown_gateway", Kind.INVALID, "Set SOLDE_GATEWAY to sandbox or stripe.")
STRIPE_KEY_MISSING = declare(
    "stripe_key_missing", Kind.INVALID, "Set SOLDE_STRIPE_KEY and SOLDE_STRIPE_WEBHOOK_SECRET beside SOLDE_GATEWAY."
)

SANDBOX, STRIPE = "sandbox", "stripe"


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The gateway and, for Stripe, its keys, which are shown nowhere. `stripe_url` none: Stripe itself."""

    gateway: str = SANDBOX
    stripe_key: str = field(default="", repr=False)
    stripe_webhook_secret: str = field(default="", repr=False)
    stripe_url: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> GatewaySettings:
        """Read SOLDE_GATEWAY, SOLDE_STRIPE_KEY, SOLDE_STRIPE_WEBHOOK_SECRET and SOLDE_STRIPE_URL.

        Refuses: unknown_gateway, stripe_key_missing.
        """
        env = os.environ if environment is None else environment
        name = env.get("SOLDE_GATEWAY") or SANDBOX
        key, secret = env.get("SOLDE_STRIPE_KEY", ""), env.get("SOLDE_STRIPE_WEBHOOK_SECRET", "")
        if name not in {SANDBOX, STRIPE}:
            raise Refused(refuse(UNKNOWN_GATEWAY, "SOLDE_GATEWAY is {name!r}", name=name))
        if name == STRIPE and not (key and secret):
            raise Refused(refuse(STRIPE_KEY_MISSING, "SOLDE_GATEWAY is stripe, and a key of it is missing"))
        return cls(name, key, secret, env.get("SOLDE_STRIPE_URL") or None)


def make_gateway(settings: GatewaySettings, pool: Pool, clock: Clock) -> Gateway:
    """The gateway that the settings name."""
    if settings.gateway == STRIPE:
        # Its library is large: only who uses it loads it.
        from .adapters.stripe import StripeGateway

        return StripeGateway(settings.stripe_key, settings.stripe_webhook_secret, clock, address=settings.stripe_url)
    from .adapters.sandbox import Sandbox

    return Sandbox(pool, clock)
