"""Change the state of an account, close a customer: what holds them open in words and amounts, and why it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.closing import Blocker, BlockerKind, close_account, close_customer, find_blockers
from solde.customers import Account, AccountInHierarchy, AccountState, get_account, get_customer, set_account_state
from solde.customers.rules.states import UNKNOWN_STATE
from solde.customers.states import lock_states
from solde.db import Connection
from solde.kernel.refusals import Refused, refuse

from .. import formats
from ..acting import Done, act_once
from ..addresses import account_path, customer_path, is_own_path
from ..i18n import t
from ..reading import reading
from ..refused import by_field
from ..render import page
from ..visitors import Visitor
from .customer_form import Form

TITLES: Mapping[str, str] = {
    AccountState.ACTIVE: "Activate account {code}",
    AccountState.BLOCKED: "Block account {code}",
    AccountState.SUSPENDED: "Suspend account {code}",
    AccountState.CLOSED: "Close account {code}",
}
CONFIRMS: Mapping[str, str] = {
    AccountState.ACTIVE: "Activate",
    AccountState.BLOCKED: "Block",
    AccountState.SUSPENDED: "Suspend",
    AccountState.CLOSED: "Close for good",
}
EFFECTS: Mapping[str, str] = {
    AccountState.ACTIVE: "It is as any other account again.",
    AccountState.BLOCKED: "Everybody sees that it is blocked, and why. It still takes operations.",
    AccountState.SUSPENDED: "Everybody sees that it is suspended, and why. It still takes operations.",
    AccountState.CLOSED: "It takes no operation any more. It stays to be seen, and can be activated again.",
}
DONE: Mapping[str, str] = {
    AccountState.ACTIVE: "Account {code} is active",
    AccountState.BLOCKED: "Account {code} is blocked",
    AccountState.SUSPENDED: "Account {code} is suspended",
    AccountState.CLOSED: "Account {code} is closed",
}
BLOCKERS: Mapping[BlockerKind, str] = {
    BlockerKind.OWES: "owes",
    BlockerKind.HOLDS_CREDIT: "holds a credit",
    BlockerKind.OPEN_DEBITS: "open debits",
    BlockerKind.OPEN_CREDITS: "open credits",
    BlockerKind.PAYS_FOR_OTHERS: "pays for other accounts",
}
