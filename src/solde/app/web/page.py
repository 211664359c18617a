"""What a page is asked with, and how it answers: the twin of the API's `Ask`; and how a page or a form is declared."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from functools import cached_property
from inspect import Parameter, signature
from typing import Any

from litestar import Request, Response
from litestar.datastructures import MultiDict, State
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler
from litestar.types import Method

from solde.access import Permission
from solde.access.http import services_of
from solde.access.routing import PlainHandler, concerns_every_seller
from solde.app.services import Services
from solde.customers import list_sellers
from solde.db import Connection
from solde.kernel.dates import today_in

from . import preferences
from .render import render_page
from .visitors import NOBODY, Visitor, find_visitor

Form = dict[str, str]
"""The fields of a form, each given once."""

_ONE_MOMENT = b"set transaction isolation level repeatable read, read only"


class Page:
    """One request of a browser: who looks, what is asked for, what the application works with; and the answer as HTML."""

    def __init__(self, request: Request[Any, Any, State], visitor: Visitor) -> None:
        self.request = request
        self.path: str = request.scope["path"]
        self.services: Services = services_of(request)
        self.visitor = visitor

    @property
    def query(self) -> MultiDict[Any]:
        """The parameters of the address."""
        return self.request.query_params

    @cached_property
    def preferences(self) -> preferences.Preferences:
        """How this person likes pages."""
        return preferences.of(self.request)

    def given(self) -> dict[str, list[str]]:
        """The parameters of the address, each given once or several times."""
        given: dict[str, list[str]] = {}
        for name, value in self.query.multi_items():
            given.setdefault(name, []).append(value)
        return given

    async def typed(self) -> list[tuple[str, str]]:
        """What was typed into the form, in its order; a field may be there several times. Files are left out."""
        form = await self.request.form()
        return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]

    async def form(self) -> Form:
        """The fields of a form that has each of them once."""
        typed = await self.typed()
        form = dict(typed)
        if len(form) != len(typed):
            raise ClientException("a field of the form was sent twice")
        return form

    def now(self) -> datetime:
        """The present instant, by the application's clock."""
        return self.services.clock()

    async def today(self, conn: Connection) -> date:
        """The day it is for the visitor's seller, or for the first one where they see all."""
        sellers = await list_sellers(conn)
        zone = next((s.time_zone for s in sellers if self.visitor.seller_id in {None, s.seller_id}), "UTC")
        return today_in(zone, self.now())

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """One connection, one moment, nothing written: so the figures of a page and its list always agree."""
        async with self.services.pool.connection() as conn, conn.transaction():
            await conn.execute(_ONE_MOMENT)
            yield conn

    def show(self, template: str, /, *, status: int = 200, **values: object) -> Response[str]:
        """Answer with a template, in the frame of who looks."""
        return render_page(
            template, self.request, visitor=None if self.visitor is NOBODY else self.visitor, status=status, **values
        )


Act = Callable[..., Awaitable[Response[Any]]]


def web_page(
    path: str | Sequence[str],
    *,
    name: str | None = None,
    permission: Permission = Permission.READ,
    feature: str | None = None,
    is_open: bool = False,
) -> Callable[[Act], HTTPRouteHandler]:
    """Declare a page: its address, the permission it needs and the feature it is a part of.

    The function takes the `Page`, and each part of its address by its name. `is_open`: nobody need be signed in.
    Refuses: forbidden, feature_off.
    """
    return _declare("GET", path, name, permission, feature, {}, everywhere=False, is_open=is_open)


def web_form(
    path: str | Sequence[str],
    *,
    permission: Permission = Permission.READ,
    feature: str | None = None,
    everywhere: bool | None = None,
    takes_file: bool = False,
    largest: int | None = None,
    is_open: bool = False,
) -> Callable[[Act], HTTPRouteHandler]:
    """Declare where a form is sent to. The function may take the fields of the form as `data`.

    `everywhere` False: what it changes is a seller's, so that those kept to one may; unless said otherwise it follows
    from the address. A form that `takes_file` may be `largest` bytes.
    Refuses: forbidden, feature_off.
    """
    more = {"takes_file": takes_file} | ({} if largest is None else {"request_max_body_size": largest})
    return _declare("POST", path, None, permission, feature, more, everywhere=everywhere, is_open=is_open)


def _declare(
    method: Method,
    path: str | Sequence[str],
    name: str | None,
    permission: Permission,
    feature: str | None,
    more: dict[str, Any],
    *,
    everywhere: bool | None,
    is_open: bool,
) -> Callable[[Act], HTTPRouteHandler]:
    made = PlainHandler(
        path if isinstance(path, str) else list(path),
        http_method=method, name=name, status_code=200, include_in_schema=False, **more,
    )  # fmt: skip

    def declare(act: Act) -> HTTPRouteHandler:
        taken = signature(act).parameters
        takes_form = "data" in taken
        named = [one for one in taken if one not in {"page", "data"}]
        addresses = [path] if isinstance(path, str) else path
        is_shared = any(concerns_every_seller(method, one) for one in addresses) if everywhere is None else everywhere
        _check_named(act, addresses, [one for one in named if taken[one].default is Parameter.empty])

        async def answer(request: Request[Any, Any, State]) -> Response[Any]:
            page = Page(request, NOBODY if is_open else await find_visitor(request, is_shared=is_shared))
            if not is_open:
                page.visitor.require(permission)
            if feature is not None:
                await page.services.features.check(feature)
            given: dict[str, Any] = {one: value for one, value in request.path_params.items() if one in named}
            if takes_form:
                given["data"] = await page.form()
            return await act(page, **given)

        return made(answer)

    return declare


def _check_named(act: Act, addresses: Sequence[str], named: Sequence[str]) -> None:
    """What a function must be given stands in each of its addresses."""
    for one in addresses:
        missing = set(named) - set(re.findall(r"{(\w+):", one))
        assert not missing, f"{act.__name__} takes {missing}, which {one} does not name"
