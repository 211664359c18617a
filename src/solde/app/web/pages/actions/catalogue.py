"""What can be done with operations of an account, in one place: who may, with which rows, and why not.

A kind is a word that says what a row is (`kinds_of`); `!kind` wants that no row is of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from solde.access import Permission
from solde.actions.action import Action as Described
from solde.actions.rows import AVAILABLE, DEBIT, NOT_DEPOSIT, NOT_DISPUTED
from solde.db import Connection
from solde.deposits.descriptions import ACTIONS as DEPOSITS
from solde.deposits.descriptions import PAY_BY_DEPOSIT
from solde.instalments.descriptions import ACTIVATE as ACTIVATE_PLAN
from solde.instalments.descriptions import BREAK as BREAK_PLAN
from solde.instalments.descriptions import CANCEL as CANCEL_PLAN
from solde.litigation.descriptions import ENTER as ENTER_LITIGATION
from solde.litigation.descriptions import REMOVE as REMOVE_LITIGATION
from solde.litigation.descriptions import UPDATE as UPDATE_LITIGATION
from solde.matching.descriptions import MATCH, UNMATCH
from solde.operations import Operation, Side
from solde.payments.descriptions import CREDIT_NOTE, REFUND, REJECTION, TRANSFER, WRITE_OFF
from solde.payments.rules import CREDIT_NOTE_BACK, CREDIT_NOTE_TYPE, WRITE_OFF_BACK

from ...grid import Action
from ...i18n import t
from ...store import UNTIED, Ties, holds_deposit
from ...visitors import Visitor

NO_MONEY_HELD = "No security deposit of this account holds money"
NOTHING: Mapping[str, str] = {}
PLANS = "instalment_plans"


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """An action: the word of it in the address, what it is called, who may, and which rows it is for.

    `shown` are the kinds without which it is not shown at all; `wants` are kinds with the reason where one fails.
    `one` is why it does not take several rows, empty where it does. With a `feature` it is there while that is on.
    `place`: it is for chosen rows, for the account, for a deposit or a plan; with `needs_rows` off it is done without any rows
    as well. `beside`: also offered beside a single operation.
    """

    code: str
    label: str
    icon: str
    permission: Permission
    shown: tuple[str, ...] = ()
    wants: tuple[tuple[str, str], ...] = ()
    one: str = ""
    key: str = ""
    variant: str = "outline"
    feature: str | None = None
    place: str = "rows"
    needs_rows: bool = True
    beside: bool = True


def entry_of(action: Described | None) -> CatalogueEntry:
    """A described action as the bar offers it."""
    assert action is not None, "what undoes an action is described with it"
    button = action.button
    assert button is not None, "what is offered on screens has a button"
    return CatalogueEntry(
        action.dialog, action.words.label, button.icon, action.permission, button.shown, button.wants, button.one,
        button.key, button.variant, action.feature, button.place or action.at.place, beside=button.beside,
    )  # fmt: skip


ENTRIES = (
    CatalogueEntry(
        "pay", "Register payment", "banknote", Permission.PAYMENTS, ("debit", "!credit"), (DEBIT, NOT_DISPUTED, NOT_DEPOSIT),
        key="p", variant="primary", needs_rows=False,
    ),
    entry_of(PAY_BY_DEPOSIT),
    entry_of(MATCH),
    entry_of(REFUND),
    entry_of(UNMATCH),
    entry_of(TRANSFER),
    entry_of(ENTER_LITIGATION),
    entry_of(UPDATE_LITIGATION),
    entry_of(REMOVE_LITIGATION),
    entry_of(CREDIT_NOTE),
    entry_of(WRITE_OFF),
    entry_of(WRITE_OFF.undo),
    entry_of(CREDIT_NOTE.undo),
    entry_of(REJECTION),
    CatalogueEntry(
        "plan", "Create instalment plan", "calendar", Permission.INSTALMENTS, ("debit", "!credit", "!instalment"),
        (DEBIT, *AVAILABLE, ("!in_part_disputed", "End the litigation first")), key="i", feature=PLANS,
    ),
    *(entry_of(one) for one in DEPOSITS if one is not PAY_BY_DEPOSIT),
    CatalogueEntry("plan-edit", "Change the draft", "pencil", Permission.INSTALMENTS, feature=PLANS, place="plans"),
    entry_of(ACTIVATE_PLAN),
    entry_of(CANCEL_PLAN),
    entry_of(BREAK_PLAN),
    CatalogueEntry("new", "New operation", "plus", Permission.OPERATIONS, key="+", variant="primary", place="account"),
)  # fmt: skip
"""Every action, in the order of the bar. A new one is added here and in `dialogs.FORMS`."""

BY_CODE = {entry.code: entry for entry in ENTRIES}


def kinds_of(o: Operation, deposits: Collection[str], ties: Ties = UNTIED) -> tuple[str, ...]:
    """What an operation is, in the words that actions look for; `deposits` are the types of security deposits."""
    is_invoice = o.class_ == "I" and o.side is Side.DEBIT and o.code != CREDIT_NOTE_BACK
    return tuple(
        kind
        for kind, holds in (
            ("debit", o.side is Side.DEBIT),
            ("credit", o.side is Side.CREDIT),
            ("shut", o.open == 0),
            ("disputed", o.open > 0 and o.available == 0),
            ("in_litigation", o.disputed > 0),
            ("unargued", o.disputed == 0),
            ("not_invoice", not is_invoice),
            ("all_argued", o.disputed == o.amount),
            ("crn", o.code == CREDIT_NOTE_TYPE),
            ("given_up", o.code in WRITE_OFF_BACK),
            ("matched", o.matched > 0),
            ("paying", o.class_ in {"P", "AP", "RF", "ARF"}),
            ("write_off", o.class_ == "W"),
            ("instalment", o.code == "PPL_INSTALLMENT"),
            ("in_part_disputed", o.available > 0 and o.disputed > 0),
            ("deposit", o.code in deposits or (ties.deposit is not None and o.excluded)),
            ("taken_back", ties.taken_back_by is not None),
            ("creates", ties.creates),
        )
        if holds
    )


def allowed(visitor: Visitor, features: Collection[str], place: str = "rows") -> list[CatalogueEntry]:
    """The actions that a visitor may do, on chosen rows unless another place is asked for."""
    return [
        entry
        for entry in ENTRIES
        if entry.place == place
        and visitor.may(entry.permission)
        and (entry.feature is None or entry.feature in features)
    ]


async def lacking_of(
    conn: Connection, visitor: Visitor, features: Collection[str], account_id: int
) -> Mapping[str, str]:
    """What the account lacks for an action, by its code; asked for only where the action is offered."""
    if not any(entry.code == PAY_BY_DEPOSIT.dialog for entry in allowed(visitor, features)):
        return {}
    return {} if await holds_deposit(conn, account_id) else {PAY_BY_DEPOSIT.dialog: NO_MONEY_HELD}


def bar(
    visitor: Visitor, features: Collection[str], base: str, *, stopped: str = "", lacking: Mapping[str, str] = NOTHING
) -> tuple[Action, ...]:
    """The actions for the rows chosen in a list; `stopped` is why none is possible now, `lacking` why one of them is not."""
    return tuple(
        _button(entry, base, stopped or t(lacking.get(entry.code, ""))) for entry in allowed(visitor, features)
    )


def _button(entry: CatalogueEntry, base: str, stopped: str) -> Action:
    wants = (("never", stopped),) if stopped else entry.wants
    needs = [kind for kind, _ in wants if not kind.startswith("!")]
    return Action(
        label=t(entry.label),
        href=f"{base}/{entry.code}",
        icon=entry.icon,
        needs=tuple(needs),
        spoilt_by=tuple(kind[1:] for kind, _ in wants if kind.startswith("!")),
        whys={kind: t(why) for kind, why in wants},
        shown=entry.shown,
        one=bool(entry.one),
        why_one=t(entry.one) if entry.one else "",
        key=entry.key,
        variant=entry.variant,
    )


def beside(
    visitor: Visitor,
    features: Collection[str],
    base: str,
    number: int,
    kinds: Sequence[str],
    *,
    stopped: str = "",
    lacking: Mapping[str, str] = NOTHING,
) -> list[dict[str, str]]:
    """The actions offered beside one operation, each with its address or the reason why it is not possible."""
    return [
        {
            "label": t(entry.label),
            "icon": entry.icon,
            "variant": entry.variant,
            "href": f"{base}/{entry.code}?n={number}",
            "reason": stopped or t(lacking.get(entry.code, "") or why_not(entry.wants, kinds)),
        }
        for entry in allowed(visitor, features)
        if entry.beside and not why_not([(kind, kind) for kind in entry.shown], kinds)
    ]


def why_not(wants: Sequence[tuple[str, str]], kinds: Collection[str]) -> str:
    """The reason of the first wish that rows of these kinds do not meet; empty where they meet all."""
    return next((why for kind, why in wants if not _meets(kind, kinds)), "")


def _meets(kind: str, kinds: Collection[str]) -> bool:
    return kind[1:] not in kinds if kind.startswith("!") else kind in kinds
