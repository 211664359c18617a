"""What is measured grows with the program, not with what is sent to it."""

from __future__ import annotations

from solde.app.health.metrics import Metrics


def test_methods_nobody_knows_are_counted_together() -> None:
    metrics = Metrics()
    for number in range(5):
        metrics.observe(f"METHOD{number}", "(none)", 405, 0.01)
    metrics.observe("GET", "(none)", 404, 0.01)
    counted = {s.labels["method"]: s.value for one in metrics.registry.collect() for s in one.samples
               if s.name == "solde_http_requests_total"}  # fmt: skip
    assert counted == {"OTHER": 5.0, "GET": 1.0}
