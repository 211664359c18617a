"""The table of a run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Report:
    """Collects lines and prints each as it comes."""

    lines: list[str] = field(default_factory=list)

    def _say(self, line: str) -> None:
        self.lines.append(line)
        print(line, flush=True)

    def floor(self, what: str, value: float, unit: str) -> None:
        """A bare floor."""
        self._say(f"  floor  {what:<58} {_number(value):>12} {unit}")

    def ratio(self, what: str, value: float, unit: str, ratio: float, must: float, aim: float, extra: str) -> None:
        """A rate, as a share of its floor; more is better."""
        verdict = "aim" if ratio >= aim else "must" if ratio >= must else "MISSED"
        self._say(
            f"{verdict:>7}  {what:<58} {_number(value):>12} {unit:<8} ratio {ratio:5.2f}  (must {must}, aim {aim})  {extra}"
        )

    def limit(self, what: str, value: float, unit: str, must: float, aim: float) -> None:
        """A time or a growth; less is better."""
        verdict = "aim" if value <= aim else "must" if value <= must else "MISSED"
        self._say(f"{verdict:>7}  {what:<58} {value:>12.3f} {unit:<8}              (must {must}, aim {aim})")

    def rate(self, what: str, value: float, unit: str, must: float, aim: float) -> None:
        """A rate with bounds of its own; more is better."""
        verdict = "aim" if value >= aim else "must" if value >= must else "MISSED"
        self._say(
            f"{verdict:>7}  {what:<58} {_number(value):>12} {unit:<8}              (must {_number(must)}, aim {_number(aim)})"
        )

    def note(self, what: str, value: float, unit: str) -> None:
        """A figure without bounds."""
        self._say(f"         {what:<58} {value:>12.3f} {unit}")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
