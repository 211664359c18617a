"""What an application works with while it runs: made when it starts, the same for the API, the pages and their jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from solde.access import Passwords, Tokens
from solde.approvals import Approvals
from solde.balances import BalanceReader, Definitions
from solde.balances.ranking_cache import KeptRanking
from solde.balances.snapshot_cache import SnapshotCache
from solde.cards.gateway import Gateway
from solde.cards.settings import GatewaySettings, make_gateway
from solde.customers.directory import Directory
from solde.db import Disk, Pool
from solde.features import Features
from solde.kernel.dates import Clock
from solde.operations import PostingMerger, TypeCatalogue
from solde.payments import PaymentMerger
from solde.verification.turn import VerificationTurn

from .approving import make_approvals
from .health.metrics import Metrics
from .jobs import WorkerLoop
from .settings import ApiSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Who answers what: every handler reaches them through its request, `ask.services` or `page.services`."""

    dsn: str
    settings: ApiSettings
    clock: Clock
    pool: Pool
    hands: Sequence[WorkerLoop]
    disk: Disk | None
    metrics: Metrics
    types: TypeCatalogue
    poster: PostingMerger
    cashier: PaymentMerger
    definitions: Definitions
    balances: BalanceReader
    ranking: KeptRanking
    remembered: SnapshotCache
    directory: Directory
    gateway: Gateway
    approvals: Approvals
    features: Features
    tokens: Tokens
    passwords: Passwords
    verifying: VerificationTurn
    running: set[asyncio.Task[None]] = field(default_factory=set)
    """Jobs that this process does for requests."""
    files: set[asyncio.Task[None]] = field(default_factory=set)
    """Long lists that this process writes for requests."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an application works on; `gateway` None: as the environment says."""

    dsn: str
    settings: ApiSettings
    clock: Clock
    gateway: GatewaySettings | None = None


def make_services(
    place: Surroundings, pool: Pool, hands: Sequence[WorkerLoop] = (), disk: Disk | None = None
) -> Services:
    """Everything new, reading through this pool; `hands` are the workers of this process, `disk` that of its database."""
    clock, types, definitions = place.clock, TypeCatalogue(pool), Definitions()
    gateway = make_gateway(place.gateway or GatewaySettings.from_environment(), pool, clock)
    return Services(
        dsn=place.dsn,
        settings=place.settings,
        clock=clock,
        pool=pool,
        hands=hands,
        disk=disk,
        metrics=Metrics(),
        types=types,
        poster=PostingMerger(pool, types),
        cashier=PaymentMerger(pool, types),
        definitions=definitions,
        balances=BalanceReader(pool, definitions),
        ranking=KeptRanking(pool, clock),
        remembered=SnapshotCache(),
        directory=Directory(pool),
        gateway=gateway,
        approvals=make_approvals(clock, types, (gateway.name, gateway.merchant)),
        features=Features(pool),
        tokens=Tokens(pool, clock),
        passwords=Passwords(),
        verifying=VerificationTurn(),
    )
