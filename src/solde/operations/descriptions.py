"""Operations as what actions are done to."""

from __future__ import annotations

from solde.actions.subjects import SubjectKind, numbered
from solde.kernel.refusals import refuse

from .rules import UNKNOWN_OPERATION

OPERATION = SubjectKind(
    place="rows",
    path="operations/{number}",
    parameter="n",
    read=numbered(lambda text: refuse(UNKNOWN_OPERATION, "{text!r} is no operation number", text=text)),
)
"""Chosen in the list of an account."""
