"""Refusals beside the fields of a form. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from solde.kernel.refusals import Refusal

from .texts import sentence


def by_field(refusals: Sequence[Refusal], fields: Collection[str] | None = None) -> tuple[dict[str, str], list[str]]:
    """What is wrong with each field, and what concerns none of them.

    Shape: a refusal at `operations.0.amount` concerns the field `amount`; `fields` are those the form shows, all where None.
    """
    wrong: dict[str, str] = {}
    rest: list[str] = []
    for refusal in refusals:
        name = _field(refusal.field, fields)
        if name is None:
            rest.append(sentence(refusal.text))
        else:
            wrong[name] = f"{wrong[name]} {sentence(refusal.text)}" if name in wrong else sentence(refusal.text)
    return wrong, rest


def _field(path: str | None, fields: Collection[str] | None) -> str | None:
    names = [part for part in (path or "").split(".") if part and not part.isdecimal() and part != "*"]
    known = [name for name in names if fields is None or name in fields]
    return known[-1] if known else None
