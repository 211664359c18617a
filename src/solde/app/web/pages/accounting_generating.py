"""Let entries be made now, and say when they are made by themselves."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Response
from litestar.response import Redirect

from solde.access import Permission
from solde.accounting.nightly_run import get_night, set_night
from solde.app.jobs.books import start_generation
from solde.db import Connection
from solde.kernel.refusals import Refused

from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..visitors import Visitor
from .actions.typed import FieldReader, FormFields

BACK = "/accounting/journal"


def check_may_act(visitor: Visitor) -> None:
    """Refuses: forbidden; also for somebody who is kept to one seller, because schemes and runs are of all."""
    visitor.require(Permission.ACCOUNTING)
    visitor.require_every_seller()


@web_page("/accounting/generate", name="accounting_generate")
async def generate_form(page: Page) -> Response[str]:
    """Ask until which day entries are made."""
    check_may_act(page.visitor)
    return await _dialog(page, {})


@web_form("/accounting/generate")
async def generate(page: Page, data: Form) -> Response[str] | Redirect:
    """Start the run, or keep when it runs by itself."""
    check_may_act(page.visitor)

    async def work(conn: Connection) -> Done:
        typed = FieldReader(FormFields(data.items()))
        until = typed.day("until")
        if typed.refusals:
            raise Refused(typed.refusals)
        await set_night(conn, data.get("days_ago", ""), actor=page.visitor.actor)
        if data.get("start") != "true":
            return Done(BACK, t("The nightly run is set."))
        job = await start_generation(conn, until=until, dry_run=data.get("dry_run") == "true", actor=page.visitor.actor)
        return Done(f"/jobs/{job.job_id}", t("Entries are being made."))

    try:
        return await act_once(page, data, work)
    except Refused as refused:
        return await _dialog(page, data, refused)


async def _dialog(page: Page, data: Mapping[str, str], refused: Refused | None = None) -> Response[str]:
    async with page.reading() as conn:
        days_ago = await get_night(conn)
    fields = {"until": "", "days_ago": "" if days_ago is None else str(days_ago), "start": "true", "dry_run": ""}
    wrong, rest = by_field(refused.refusals, fields) if refused else ({}, [])
    shown = {
        name: data.get(name, "" if data and name in {"start", "dry_run"} else value) for name, value in fields.items()
    }
    return page.show(
        "accounting/generate.html",
        status=422 if refused else 200,
        title=t("Make entries"),
        back=BACK,
        key=data.get("key", ""),
        fields=shown,
        wrong=wrong,
        rest=rest,
    )


route_handlers = [generate_form, generate]
