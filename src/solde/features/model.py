"""Values of features."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """A part of Solde that can be switched off."""

    code: str
    label: str
    description: str
    is_on: bool
    version: int
