"""Optional features: on or off, and what is gone while one is off."""

from __future__ import annotations

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.features import Feature, list_features, switch
from solde.features.actions import UNKNOWN_FEATURE
from solde.kernel.refusals import Refused, refuse

from ...i18n import t
from ...page import Page, web_form, web_page
from ...texts import sentence
from .saving import Done, Form, act_once, number_of, text_of

LIST = "/settings/features"
GONE = {
    "instalment_plans": "The wizard, the Plans tab, the settings of plans, their addresses for programs, and the job that breaks overdue plans. Plans and what they posted stay.",
    "security_deposits": "The Deposits tab, the payment of an invoice with a deposit, these settings, and its addresses for programs. What is held stays held, and an account with a deposit stays open.",
    "litigation": "The work list, the reasons, the buttons that enter, change and remove a litigation, and its addresses for programs. What is in litigation now stays so.",
    "credit_notes": "The buttons that credit an invoice and take a credit note back, and their addresses for programs. Credit notes made stay.",
    "write_offs": "The buttons that give up what is open and take that back, small balances, and their addresses for programs. What was written off stays so.",
}
"""What of a feature disappears while it is off."""


@web_page(LIST, name="settings_features")
async def features_page(page: Page) -> Response[str]:
    """What can be switched off, and whether it is on."""
    async with page.reading() as conn:
        found = await list_features(conn)
    return page.show(
        "settings/features.html",
        title=t("Optional features"),
        may=page.visitor.may_for_all(Permission.SETTINGS),
        features=[(one, _gone(one)) for one in found],
    )


def _gone(feature: Feature) -> str:
    return t(GONE[feature.code]) if feature.code in GONE else t("Its buttons, tabs and addresses.")


@web_page("/settings/features/{code:str}", name="settings_feature", permission=Permission.SETTINGS)
async def feature_dialog(page: Page, code: str) -> Response[str]:
    """Ask whether a feature is switched."""
    return await _dialog(page, code, {})


@web_form("/settings/features/{code:str}", permission=Permission.SETTINGS)
async def switch_feature(page: Page, code: str, data: Form) -> Redirect | Response[str]:
    """Switch a feature on or off."""
    on = data.get("on") == "true"

    async def work(conn: Connection) -> Done:
        version, reason = number_of(data, "version"), text_of(data, "reason") or None
        made = await switch(conn, code, on, page.visitor.actor, version=version, reason=reason)
        said = t("{label} is on.", label=t(made.label)) if on else t("{label} is off.", label=t(made.label))
        return Done(LIST, said)

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _dialog(page, code, data, refused)
    finally:
        page.services.features.forget()


async def _dialog(page: Page, code: str, form: dict[str, str], refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        found = next((one for one in await list_features(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(UNKNOWN_FEATURE, "there is no feature {code!r}", code=code))
    label = t(found.label)
    return page.show(
        "settings/feature.html",
        status=200 if refused is None else 422,
        title=t("Switch {label} off", label=label) if found.is_on else t("Switch {label} on", label=label),
        back=LIST,
        feature=found,
        gone=_gone(found),
        reason=form.get("reason", ""),
        key=form.get("key", "") if refused is not None and refused.refusals[0].code != "version_differs" else "",
        rest=[] if refused is None else [sentence(r.text) for r in refused.refusals],
    )


route_handlers = [features_page, feature_dialog, switch_feature]
