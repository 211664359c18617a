"""What a filter or a column may be: codes with their labels, fixed or read from a short table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from solde.db import Connection

Find = Callable[[Connection, int | None], Awaitable[Sequence[tuple[str, str]]]]
"""Reads codes and labels for who is kept to a seller, or to none."""


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """Codes with their labels; those of a table are found. `tones` are the colours of some. `named`: labels are names and not translated."""

    labels: Mapping[str, str] = field(default_factory=dict)
    tones: Mapping[str, str] = field(default_factory=dict)
    find: Find | None = None
    named: bool = False


def options_of(words: Mapping[str, tuple[str, str]]) -> Options:
    """Options of codes with a label and a colour each."""
    return Options(
        {code: label for code, (label, _) in words.items()}, {code: tone for code, (_, tone) in words.items()}
    )


async def labels_of(conn: Connection, options: Options, seller_id: int | None) -> Mapping[str, str]:
    """The labels by their codes."""
    return dict(await options.find(conn, seller_id)) if options.find is not None else options.labels
