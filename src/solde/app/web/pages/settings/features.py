"""Optional features: on or off, and what is gone while one is off."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from solde.access import Permission
from solde.db import Connection
from solde.features import Feature, list_features, switch
from solde.features.actions import UNKNOWN_FEATURE
from solde.kernel.refusals import Refused, refuse

from ...i18n import t
from ...reading import reading
from ...refused import sentence
from ...render import page
from ...visitors import Visitor
from .acting import Done, Form, act_once, number_of, text_of

LIST = "/settings/features"
GONE = {
    "instalment_plans": "The wizard, the Plans tab, the settings of plans, their addresses for programs, and the job that breaks overdue plans. Plans and what they posted stay.",
    "security_deposits": "The Deposits tab, the payment of an invoice with a deposit, these settings, and its addresses for programs. What is held stays held, and an account with a deposit stays open.",
    "litigation": "The work list, the reasons, the buttons that enter, change and remove a litigation, and its addresses for programs. What is in litigation now stays so.",
    "credit_notes": "The buttons that credit an invoice and take a credit note back, and their addresses for programs. Credit notes made stay.",
    "write_offs": "The buttons that give up what is open and take that back, small balances, and their addresses for programs. What was written off stays so.",
}
"""What of a feature disappears while it is off."""


@get(LIST, name="settings_features", include_in_schema=False)
async def features_page(request: Request[Any, Any, State], visitor: NamedDependency[Visitor]) -> Response[str]:
    """What can be switched off, and whether it is on."""
    async with reading(request) as conn:
        found = await list_features(conn)
    return page(
        "settings/features.html",
        request,
        visitor=visitor,
        title=t("Optional features"),
        may=visitor.may_for_all(Permission.SETTINGS),
        features=[(one, _gone(one)) for one in found],
    )


def _gone(feature: Feature) -> str:
    return t(GONE[feature.code]) if feature.code in GONE else t("Its buttons, tabs and addresses.")


@get("/settings/features/{code:str}", name="settings_feature", include_in_schema=False)
async def feature_dialog(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str]
) -> Response[str]:
    """Ask whether a feature is switched."""
    visitor.require(Permission.SETTINGS)
    return await _dialog(request, visitor, code, {})


@post("/settings/features/{code:str}", status_code=303, include_in_schema=False)
async def switch_feature(
    request: Request[Any, Any, State], visitor: NamedDependency[Visitor], code: FromPath[str], data: Form
) -> Redirect | Response[str]:
    """Switch a feature on or off."""
    visitor.require(Permission.SETTINGS)
    on = data.get("on") == "true"

    async def work(conn: Connection) -> Done:
        version, reason = number_of(data, "version"), text_of(data, "reason") or None
        made = await switch(conn, code, on, visitor.actor, version=version, reason=reason)
        said = t("{label} is on.", label=t(made.label)) if on else t("{label} is off.", label=t(made.label))
        return Done(LIST, said)

    try:
        return await act_once(request, visitor, data, work)
    except Refused as refused:
        return await _dialog(request, visitor, code, data, refused)
    finally:
        request.app.state.features.forget()


async def _dialog(
    request: Request[Any, Any, State],
    visitor: Visitor,
    code: str,
    form: dict[str, str],
    refused: Refused | None = None,
) -> Response[str]:
    async with reading(request) as conn:
        found = next((one for one in await list_features(conn) if one.code == code), None)
    if found is None:
        raise Refused(refuse(UNKNOWN_FEATURE, f"there is no feature {code!r}"))
    label = t(found.label)
    return page(
        "settings/feature.html",
        request,
        visitor=visitor,
        status=200 if refused is None else 422,
        title=t("Switch {label} off", label=label) if found.is_on else t("Switch {label} on", label=label),
        back=LIST,
        feature=found,
        gone=_gone(found),
        reason=form.get("reason", ""),
        key=form.get("key", "") if refused is not None and refused.refusals[0].code != "version_differs" else "",
        rest=[] if refused is None else [sentence(r.message) for r in refused.refusals],
    )


route_handlers = [features_page, feature_dialog, switch_feature]
