"""Security deposits: asked for, funded, held apart, used to pay, given back."""

from .actions import cancel_deposits, request_deposits
from .expiring import expire_deposits
from .funding import fund_deposits, give_back_deposits, pay_with_deposits
from .lists import get_deposit, history_of, list_deposits
from .model import (
    Deposit,
    DepositEffect,
    DepositEntry,
    DepositFilter,
    DepositSettings,
    DepositState,
    EntryKind,
    Expired,
    Limit,
    Listed,
    StepRole,
    Template,
    TemplateState,
    ValidityUnit,
)
from .requests import CancelRequest, DepositRequest, FundingRejection, FundRequest, GiveBackRequest, PayRequest
from .returns import reject_fundings
from .settings import TemplateChange, change_settings, change_template, create_template
from .store import deposits_of_accounts, get_settings, list_templates

__all__ = [
    "CancelRequest",
    "Deposit",
    "DepositEffect",
    "DepositEntry",
    "DepositFilter",
    "DepositRequest",
    "DepositSettings",
    "DepositState",
    "EntryKind",
    "Expired",
    "FundRequest",
    "FundingRejection",
    "GiveBackRequest",
    "Limit",
    "Listed",
    "StepRole",
    "PayRequest",
    "Template",
    "TemplateChange",
    "TemplateState",
    "ValidityUnit",
    "cancel_deposits",
    "change_settings",
    "change_template",
    "create_template",
    "deposits_of_accounts",
    "expire_deposits",
    "fund_deposits",
    "get_deposit",
    "get_settings",
    "give_back_deposits",
    "history_of",
    "list_deposits",
    "list_templates",
    "pay_with_deposits",
    "reject_fundings",
    "request_deposits",
]
