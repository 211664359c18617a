"""Actions on the list of litigations: they lead to the dialogs of the account and back."""

from __future__ import annotations

from litestar.response import Redirect

from solde.access import Permission
from solde.actions.rows import ONE
from solde.kernel.refusals import NOT_FOUND, Refused, refuse

from ..addresses import Address, account_path
from ..grid import Action
from ..i18n import t
from ..page import Page, web_page
from ..visitors import Visitor
from .actions.catalogue import BY_CODE
from .actions.dialogs import ROWS_CHOSEN

PLACE = "/litigation"


def actions_of(visitor: Visitor, _show: str) -> tuple[Action, ...]:
    """What may be done with a row."""
    if not visitor.may(Permission.LITIGATION):
        return ()
    entries = [BY_CODE[code] for code in ("update-litigation", "remove-litigation")]
    return tuple(
        Action(
            t(entry.label), f"{PLACE}/actions/{entry.code}", entry.icon, one=True, why_one=t(ONE),
            key=entry.key, variant="primary" if entry.key else "outline",
        )
        for entry in entries
    )  # fmt: skip


@web_page(
    PLACE + "/actions/{action:str}", name="litigation_action", permission=Permission.LITIGATION, feature="litigation"
)
async def lead_to_action(page: Page, action: str) -> Redirect:
    """The dialog of an action on a row of the list: that of its account, which leads back here."""
    if action not in BY_CODE:
        raise Refused(refuse(NOT_FOUND, "there is no action {action!r}", action=action))
    keys = page.query.getall("n", [])
    if len(keys) != 1 or "/" not in keys[0]:
        raise Refused(refuse(ROWS_CHOSEN, "one row is to be chosen, {count} are", count=len(keys)))
    account, _, number = keys[0].rpartition("/")
    return Redirect(str(Address(account_path(account, "actions", action), [("n", number), ("from", "litigation")])))


route_handlers = [lead_to_action]
