"""What is measured, in Prometheus form."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


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
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def observe(self, method: str, place: str, status: int, seconds: float) -> None:
        """Count one answered request; `place` is the route's address, not the request's."""
        known = self._known.get((method, place, status))
        if known is None:
            known = self._requests.labels(method, place, str(status)), self._seconds.labels(method, place)
            self._known[method, place, status] = known
        known[0].inc()
        known[1].observe(seconds)

    def text(self, pool: Any) -> bytes:
        """The page a Prometheus server reads."""
        stats = pool.get_stats()
        size, free = stats.get("pool_size", 0), stats.get("pool_available", 0)
        self._pool_size.labels("idle").set(free)
        self._pool_size.labels("busy").set(size - free)
        return generate_latest(self.registry)
