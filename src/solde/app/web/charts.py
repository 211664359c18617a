"""Small charts as SVG, drawn on the server; each stands beside a table that says the same. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

WIDTH, HEIGHT, EDGE = 640, 150, 8


def line_points(values: Sequence[Decimal]) -> dict[str, object]:
    """Where a line over these values runs, in a box of WIDTH × HEIGHT; zero is always in sight.

    Gives: `line` and `area` as SVG paths, `zero` the height of the zero line, `dots` of each value.
    """
    low, high = min(Decimal(0), *values), max(Decimal(0), *values)
    span = high - low or Decimal(1)

    def height(value: Decimal) -> float:
        return round(float((high - value) / span) * (HEIGHT - 2 * EDGE) + EDGE, 1)

    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)
    dots = [(round(EDGE + step * place, 1), height(value)) for place, value in enumerate(values)]
    line = " ".join(f"{'L' if place else 'M'}{x} {y}" for place, (x, y) in enumerate(dots))
    zero = height(Decimal(0))
    return {
        "line": line,
        "area": f"{line} L{dots[-1][0]} {zero} L{dots[0][0]} {zero} Z",
        "zero": zero,
        "dots": dots,
        "width": WIDTH,
        "height": HEIGHT,
    }


def shares(amounts: Sequence[Decimal], width: int = 1000) -> list[tuple[int, int]]:
    """How a bar is divided: start and width of each part; what is there at all is seen."""
    total = sum(amounts, Decimal(0))
    if total <= 0:
        return [(0, 0) for _ in amounts]
    widths = [max(6, int(amount / total * width)) if amount > 0 else 0 for amount in amounts]
    starts = [sum(widths[:place]) for place in range(len(widths))]
    return list(zip(starts, widths, strict=True))
