"""What is measured, in Prometheus form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from solde.db.disk import Usage

from .model import Ages

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """Counters of one application; a registry of its own, so that two in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "solde_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "solde_http_request_seconds",
            "Time to answer.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.posted = Counter("solde_operations_posted", "Operations posted through the API.", registry=self.registry)
        self._pool_size = Gauge(
            "solde_pool_connections", "Connections to the database.", ("state",), registry=self.registry
        )
        self._reachable = Gauge("solde_database_reachable", "1 while the database answers.", registry=self.registry)
        self._ages = Gauge(
            "solde_waiting_seconds", "How long the oldest of a kind waits; 0 where nothing does.", ("work",),
            registry=self.registry,
        )  # fmt: skip
        self._seal = Gauge(
            "solde_last_seal_seconds", "Age of the newest seal of the audit trail.", registry=self.registry
        )
        self._away = Gauge(
            "solde_worker_away_seconds", "How long a worker of this process does not work.", ("worker",),
            registry=self.registry,
        )  # fmt: skip
        self._disk = Gauge("solde_disk_bytes", "The disk of the embedded database.", ("part",), registry=self.registry)
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, place: str, status: int, seconds: float) -> None:
        """Count one answered request; `place` is the route's address, not the request's. Methods nobody knows are one."""
        method = method if method in METHODS else "OTHER"
        known = self._known.get((method, place, status))
        if known is None:
            known = self._requests.labels(method, place, str(status)), self._seconds.labels(method, place)
            self._known[method, place, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def note(self, ages: Ages | None, away: Mapping[str, float], disk: Usage | None) -> None:
        """Note how all is; `ages` None while the database does not answer, when what was known last stays."""
        self._reachable.set(0 if ages is None else 1)
        for worker, seconds in away.items():
            self._away.labels(worker).set(seconds)
        if disk is not None:
            self._disk.labels("used").set(disk.used)
            self._disk.labels("free").set(disk.free)
        if ages is not None:
            for work, age in (("job", ages.job), ("seal", ages.unsealed), ("delivery", ages.undelivered)):
                self._ages.labels(work).set(age)
            self._seal.set(ages.seal or 0.0)

    def text(self, pool: Any) -> bytes:
        """The page a Prometheus server reads."""
        stats = pool.get_stats()
        size, free = stats.get("pool_size", 0), stats.get("pool_available", 0)
        self._pool_size.labels("idle").set(free)
        self._pool_size.labels("busy").set(size - free)
        return generate_latest(self.registry)
