"""What each role may do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from solde.kernel.refusals import FORBIDDEN, Kind, Refusal, declare, refuse
from solde.kernel.texts import say

from ..model import Permission, Role

UNKNOWN_ROLE = declare("unknown_role", Kind.INVALID, "Use one of the roles named in the message.")
UNKNOWN_PERMISSION = declare(
    "unknown_permission", Kind.INVALID, "Use permissions of the list in the message, or of GET /api/v1/me."
)

LABELS: Mapping[Role, str] = {
    Role.VIEWER: "Viewer",
    Role.AGENT: "Care agent",
    Role.CASHIER: "Cashier",
    Role.CONTROLLER: "Credit controller",
    Role.ACCOUNTANT: "Accountant",
    Role.ADMIN: "Administrator",
    Role.AUDITOR: "Auditor",
    Role.PROGRAM: "Program",
}

WORDS: Mapping[Permission, str] = {
    Permission.READ: "see customers, accounts and balances",
    Permission.CUSTOMERS: "create and change customers",
    Permission.CUSTOMER_CLOSE: "block, activate and close customers and accounts",
    Permission.OPERATIONS: "post operations by hand",
    Permission.ANY_TYPE: "post operations of types that are not made by hand",
    Permission.MATCHING: "match and unmatch",
    Permission.LITIGATION: "put invoices in litigation and take them out",
    Permission.DEPOSITS: "ask for security deposits, fund them and pay with them",
    Permission.INSTALMENTS: "make, activate and break instalment plans",
    Permission.PAYMENTS: "register and reject payments, assign unidentified receipts",
    Permission.REFUNDS: "refund",
    Permission.WRITE_OFFS: "write off",
    Permission.CREDIT_NOTES: "make credit notes and take them back",
    Permission.TRANSFERS: "transfer between accounts",
    Permission.ADJUSTMENTS: "adjust balances by charges and credits",
    Permission.IMPORTS: "import files",
    Permission.APPROVALS: "decide what waits for a second person",
    Permission.SETTINGS: "change balances, operation types and features",
    Permission.USERS: "add and change users",
    Permission.TOKENS: "make and revoke API tokens",
    Permission.AUDIT: "read the audit trail",
    Permission.VERIFY: "verify the books",
    Permission.WEBHOOKS: "set up webhooks and send messages again",
    Permission.JOBS: "start and stop jobs",
    Permission.PERIODS: "close accounting periods for regular users and repair rejected operations",
    Permission.PERIODS_FOR_ALL: "make accounting years, close periods for all and open them again",
    Permission.LATE_POSTING: "post into periods that are closed for regular users",
    Permission.ACCOUNTING: "make entries, change accounting schemes and export entries",
    Permission.JOURNAL: "read journal entries and their exports",
    Permission.CARDS: "charge, authorize and refund cards",
}
"""Each permission in words: who has it may …"""

_P = Permission

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({_P.READ}),
    Role.AGENT: frozenset({_P.READ, _P.CUSTOMERS, _P.OPERATIONS, _P.MATCHING, _P.LITIGATION, _P.ADJUSTMENTS}),
    Role.CASHIER: frozenset(
        {_P.READ, _P.OPERATIONS, _P.MATCHING, _P.PAYMENTS, _P.DEPOSITS, _P.REFUNDS, _P.TRANSFERS, _P.ADJUSTMENTS, _P.CARDS}
    ),
    Role.CONTROLLER: frozenset(
        {
            _P.READ, _P.CUSTOMER_CLOSE, _P.MATCHING, _P.LITIGATION, _P.DEPOSITS, _P.INSTALMENTS, _P.WRITE_OFFS, _P.CREDIT_NOTES,
            _P.APPROVALS, _P.ADJUSTMENTS, _P.CARDS,
        }
    ),
    Role.ACCOUNTANT: frozenset(
        {
            _P.READ, _P.OPERATIONS, _P.MATCHING, _P.PAYMENTS, _P.DEPOSITS, _P.INSTALMENTS, _P.WRITE_OFFS, _P.CREDIT_NOTES,
            _P.TRANSFERS, _P.IMPORTS, _P.VERIFY, _P.JOBS, _P.ACCOUNTING, _P.JOURNAL, _P.PERIODS, _P.LATE_POSTING, _P.ADJUSTMENTS,
        }
    ),
    Role.ADMIN: frozenset(Permission),
    Role.AUDITOR: frozenset({_P.READ, _P.AUDIT, _P.VERIFY, _P.JOURNAL}),
    Role.PROGRAM: frozenset(
        {
            _P.READ, _P.CUSTOMERS, _P.CUSTOMER_CLOSE, _P.OPERATIONS, _P.ANY_TYPE, _P.MATCHING, _P.LITIGATION, _P.PAYMENTS,
            _P.DEPOSITS, _P.INSTALMENTS, _P.REFUNDS, _P.WRITE_OFFS, _P.CREDIT_NOTES, _P.TRANSFERS, _P.IMPORTS, _P.JOBS,
            _P.ACCOUNTING, _P.JOURNAL, _P.LATE_POSTING, _P.ADJUSTMENTS, _P.CARDS, _P.WEBHOOKS,
        }
    ),
}  # fmt: skip
"""What each role may do. `any_type` posts operations of types that people may not create by hand."""

PEOPLE = tuple(role for role in Role if role is not Role.PROGRAM)
"""The roles a person may have; a program signs in by a token."""


def roles_with(permission: Permission) -> list[Role]:
    """The roles that have a permission."""
    return [role for role, allowed in PERMISSIONS.items() if permission in allowed]


def check_role(role: str, allowed: tuple[Role, ...]) -> list[Refusal]:
    """Why a role cannot be given."""
    if role in allowed:
        return []
    return [
        refuse(UNKNOWN_ROLE, "{role!r} is not one of {allowed}", role=role, allowed=", ".join(allowed), field="role")
    ]


def check_permissions(codes: Collection[str]) -> list[Refusal]:
    """Which permissions there are not."""
    known = [one.value for one in Permission]
    return [_unknown(code, known) for code in codes if code not in known]


def _unknown(code: str, known: list[str]) -> Refusal:
    near = get_close_matches(code, known, 1)
    if near:
        said = say("there is no permission {code!r}; did you mean {near}?", code=code, near=near[0])
        return refuse(UNKNOWN_PERMISSION, said, field="permissions")
    names = ", ".join(known)
    said = say("there is no permission {code!r}; there are {names}", code=code, names=names)
    return refuse(UNKNOWN_PERMISSION, said, field="permissions")


def check_given(
    wanted: Collection[Permission], giver: Collection[Permission] | None, field: str = "role"
) -> list[Refusal]:
    """Nobody gives a right that they do not have; a giver of None is who runs the server."""
    if giver is None or not (beyond := set(wanted) - set(giver)):
        return []
    names = ", ".join(one.value for one in Permission if one in beyond)
    return [refuse(FORBIDDEN, "you cannot give what you do not have: {names}", names=names, field=field)]


def permissions_of(role: str, named: Collection[frozenset[Permission]]) -> frozenset[Permission]:
    """What an actor may do of whom the role is kept, and the lists of the tokens of their name, if any.

    Only a token with a list carries the role of a program and a list; where several have one name, what all of them may.
    """
    if role == Role.PROGRAM and named:
        return frozenset.intersection(*named)
    return PERMISSIONS[Role(role)] if role in PERMISSIONS else frozenset()
