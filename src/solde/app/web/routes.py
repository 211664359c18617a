"""Every page, and the static files."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.datastructures import CacheControlHeader, State
from litestar.static_files import create_static_files_router

from solde.access.reading import check_search
from solde.kernel.card_numbers import check_no_card_number
from solde.kernel.refusals import Kind, Refused, declare, refuse

from .errors import EXCEPTION_HANDLERS, ask_to_sign_in
from .pages import (
    accounting_exports,
    accounting_generating,
    accounting_labels,
    accounting_periods,
    accounting_rejected,
    accounting_schemes,
    accounting_trial,
    accounting_turns,
    accounts,
    actions,
    activity,
    adjusting,
    approvals,
    cards,
    customer_check,
    customer_edit,
    customer_form,
    customer_state,
    customers,
    customers_file,
    deposits,
    details,
    disputes,
    file_job,
    files,
    hierarchy,
    import_columns,
    importing,
    jobs,
    list_pages,
    me,
    overview,
    plans,
    preferences,
    receipt_assignment,
    receipt_form,
    receipts,
    search,
    settings,
    signing,
    small_balances,
    statement,
    suggestions,
    unbilled,
    work_files,
)
from .render import STATIC, speak, speak_first
from .viewing import note_whose_page
from .visitors import PasswordChangeNeeded, SignInNeeded, find_signed_in, same_origin

FORM_TOO_LARGE = declare("form_too_large", Kind.INVALID, "Choose fewer rows at once.")

FORM_MOST = 100_000
"""Bytes of a form that brings no file."""
FIELDS_MOST = 1000
YEAR_SECONDS = 31_536_000


@get("/favicon.ico", include_in_schema=False)
async def favicon() -> Response[bytes]:
    """The icon, for a browser that asks for it unasked."""
    return Response(
        (STATIC / "solde.svg").read_bytes(),
        media_type="image/svg+xml",
        headers={"Cache-Control": f"public, max-age={YEAR_SECONDS}"},
    )


async def look_first(request: Request[Any, Any, State]) -> None:
    """Before a page answers: its language; and no form of ours takes a card number, in whatever field.

    A file is taken from who is signed in only.
    Refuses: search_too_long, form_too_large, card_number_in_text. Raises SignInNeeded.
    """
    speak(request)
    if request.method != "POST":
        for name, value in request.query_params.multi_items():
            if (long := check_search(name, value)) is not None:
                raise Refused(long)
        return
    if request.route_handler.opt.get("takes_file"):
        if await find_signed_in(request) is None:
            raise SignInNeeded
    elif (await request.body()).count(b"&") >= FIELDS_MOST:
        raise Refused(refuse(FORM_TOO_LARGE, "the form has more than {fields_most} fields", fields_most=FIELDS_MOST))
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str) and (bad := check_no_card_number(value, name)) is not None:
            raise Refused(bad)


pages = Router(
    "/",
    route_handlers=[
        *customers.route_handlers,
        *customers_file.route_handlers,
        *accounts.route_handlers,
        *overview.route_handlers,
        *adjusting.route_handlers,
        *unbilled.route_handlers,
        *hierarchy.route_handlers,
        *deposits.route_handlers,
        *activity.route_handlers,
        *customer_form.route_handlers,
        *customer_check.route_handlers,
        *customer_edit.route_handlers,
        *customer_state.route_handlers,
        *files.route_handlers,
        *plans.route_handlers,
        *details.route_handlers,
        *suggestions.route_handlers,
        *statement.route_handlers,
        *actions.route_handlers,
        *signing.route_handlers,
        *me.route_handlers,
        preferences.keep_preferences,
        search.search_page,
        *approvals.route_handlers,
        *disputes.route_handlers,
        *receipts.route_handlers,
        *accounting_labels.route_handlers,
        *accounting_generating.route_handlers,
        *accounting_trial.route_handlers,
        *accounting_schemes.route_handlers,
        *accounting_exports.route_handlers,
        *receipt_form.route_handlers,
        *list_pages.route_handlers,
        *receipt_assignment.route_handlers,
        *jobs.route_handlers,
        *importing.route_handlers,
        *import_columns.route_handlers,
        *small_balances.route_handlers,
        *work_files.route_handlers,
        *file_job.route_handlers,
        *accounting_periods.route_handlers,
        *accounting_turns.route_handlers,
        *accounting_rejected.route_handlers,
        *cards.route_handlers,
        *settings.route_handlers,
        favicon,
    ],
    guards=[same_origin],
    before_request=look_first,
    request_max_body_size=FORM_MOST,
    after_response=note_whose_page,
    exception_handlers={
        SignInNeeded: ask_to_sign_in,
        PasswordChangeNeeded: me.ask_for_password,
        **EXCEPTION_HANDLERS,
    },
    include_in_schema=False,
)

# Files are named with a hash of their content, so a browser need not ask twice.
static = create_static_files_router(
    "/static",
    directories=[STATIC],
    name="static",
    cache_control=CacheControlHeader(public=True, max_age=YEAR_SECONDS, immutable=True),
)

# A card is entered here, as on the page of a real gateway: the cardholder does not sign in, and its number is not kept.
hosted = Router(
    "/",
    route_handlers=[*cards.hosted],
    guards=[same_origin],
    before_request=speak_first,
    request_max_body_size=FORM_MOST,
    exception_handlers=EXCEPTION_HANDLERS,
    include_in_schema=False,
)

route_handlers = [pages, hosted, static]
