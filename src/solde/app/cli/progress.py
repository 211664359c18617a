"""How far long work is: a bar on a terminal, one line a step otherwise; both on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from solde.imports.model import Progress

QUIET_SECONDS = 2.0
"""Off a terminal a step is told when it begins and ends, and in between this often."""


@contextmanager
def show_progress(words: dict[str, str]) -> Iterator[Progress]:
    """Gives what work calls as `(step, done, total)`; `words` names each step for a person."""
    if sys.stderr.isatty():
        with _bar(words) as told:
            yield told
    else:
        yield Lines(words)


@contextmanager
def _bar(words: dict[str, str]) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    ) as bar:
        steps: dict[str, TaskID] = {}

        def told(step: str, done: int, total: int | None) -> None:
            if step not in steps:
                steps[step] = bar.add_task(words.get(step, step), total=total)
            bar.update(steps[step], completed=done, total=total)

        yield told


@contextmanager
def show_checks() -> Iterator[Callable[[str, int, int], None]]:
    """Gives what a row of checks calls before each as `(check, place, total)`."""
    if not sys.stderr.isatty():
        yield lambda check, place, total: print(f"check {place} of {total}: {check}", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda check, place, total: bar.update(task, completed=place, total=total, description=check)


class Lines:
    """One line a step, and now and then how far it is."""

    def __init__(self, words: dict[str, str]) -> None:
        self._words = words
        self._step = ""
        self._told_at = 0.0

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """Tell it where the step is new, is done, or was last told a while ago."""
        now = time.monotonic()
        if step == self._step and done != total and now - self._told_at < QUIET_SECONDS:
            return
        self._step, self._told_at = step, now
        share = f"{done:,}" if total is None else f"{done:,} of {total:,}"
        print(f"{self._words.get(step, step)}: {share}", file=sys.stderr, flush=True)
