"""Every page, and the static files."""

from __future__ import annotations

from litestar import Response, Router, get
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router

from solde.kernel.refusals import Refused

from .errors import answer_fault, answer_http, answer_refused, ask_to_sign_in
from .pages import accounts, customers, details, files, signing
from .render import STATIC
from .visitors import SignInNeeded, find_visitor, same_origin

YEAR_SECONDS = 31_536_000


@get("/favicon.ico", include_in_schema=False)
async def favicon() -> Response[bytes]:
    """The icon, for a browser that asks for it unasked."""
    return Response(
        (STATIC / "solde.svg").read_bytes(),
        media_type="image/svg+xml",
        headers={"Cache-Control": f"public, max-age={YEAR_SECONDS}"},
    )


pages = Router(
    "/",
    route_handlers=[
        customers.customers_page,
        accounts.balance_page,
        files.operations_file,
        details.operation_page,
        details.explanation_page,
        *signing.route_handlers,
        favicon,
    ],
    dependencies={"visitor": Provide(find_visitor)},
    guards=[same_origin],
    exception_handlers={
        SignInNeeded: ask_to_sign_in,
        Refused: answer_refused,
        HTTPException: answer_http,
        Exception: answer_fault,
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

route_handlers = [pages, static]
