"""Every described action; a feature that has some is added here."""

from __future__ import annotations

from solde.actions.action import Action
from solde.actions.execute import all_of
from solde.deposits.descriptions import ACTIONS as DEPOSITS
from solde.instalments.descriptions import ACTIONS as INSTALMENTS
from solde.litigation.descriptions import ACTIONS as LITIGATION
from solde.matching.descriptions import ACTIONS as MATCHING
from solde.payments.descriptions import ACTIONS as PAYMENTS

ACTIONS: tuple[Action, ...] = (*PAYMENTS, *LITIGATION, *DEPOSITS, *INSTALMENTS, *MATCHING)
ALL_ACTIONS: tuple[Action, ...] = tuple(all_of(ACTIONS))
"""With those that undo others."""
