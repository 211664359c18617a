"""What the file of somebody else is called, to be shown and kept. It is a text only, never a path of ours. Pure."""

from __future__ import annotations

from typing import Protocol

from solde.kernel.refusals import Refused, refuse

from .codes import SEVERAL_FILES

CALLED_MOST = 200
"""Characters of a name that are kept."""
ENDING_MOST = 10


class Parts(Protocol):
    """The parts of a form, by name."""

    def getall(self, key: str, default: list[object]) -> list[object]:
        """Every part of that name."""


def check_one_file(form: Parts) -> None:
    """Is there one file in the form at most, with one mapping? Which of two is meant, nobody can know.

    Refuses: import_several_files.
    """
    for name in ("file", "mapping"):
        if (count := len(form.getall(name, []))) > 1:
            said = "the form has {count} parts named {name}"
            raise Refused(refuse(SEVERAL_FILES, said, count=count, name=name, field=name))


def file_called(name: str, otherwise: str = "file") -> str:
    """The last part of a name, of characters that can be seen, and not too long; its ending stays."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(c for c in last if c.isprintable()).strip()
    if len(seen) <= CALLED_MOST:
        return seen or otherwise
    beginning, point, ending = seen.rpartition(".")
    if not beginning or len(ending) > ENDING_MOST:
        return f"{seen[: CALLED_MOST - 1]}…"
    kept = f"…{point}{ending}"
    return beginning[: CALLED_MOST - len(kept)] + kept
