"""Instalment plans: what is owed is put off to agreed days, until it is paid or the plan is broken."""

from .activating import activate
from .breaking import break_plans
from .drafting import cancel, draft, edit, propose
from .model import (
    Activated,
    Drafted,
    EditRequest,
    Ended,
    Holiday,
    Instalment,
    InstalmentTerms,
    Limits,
    Plan,
    PlanDebit,
    PlanFilter,
    PlanRequest,
    PlanState,
    PlanTerms,
    Remainder,
    Rule,
    Schedule,
    Shift,
    Start,
    Unit,
)
from .requests import ActivateRequest, EndRequest

__all__ = [
    "ActivateRequest",
    "Activated",
    "Drafted",
    "EditRequest",
    "EndRequest",
    "Ended",
    "Holiday",
    "Instalment",
    "Limits",
    "InstalmentTerms",
    "Plan",
    "PlanDebit",
    "PlanFilter",
    "PlanRequest",
    "PlanState",
    "Remainder",
    "Rule",
    "Schedule",
    "Shift",
    "Start",
    "Unit",
    "PlanTerms",
    "activate",
    "break_plans",
    "cancel",
    "draft",
    "edit",
    "propose",
]
