"""Declare JSON routes: what each takes and gives, and the permission it needs.

A route gives an `Answer`, or raises `Refused`; `app/api` turns refusals into problem documents, and the declarations
into the OpenAPI document.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Method, Scope

from .http import Answer, Ask, services_of
from .location import with_location
from .model import Permission
from .reading import Query, fields_of, read_query

LARGEST_BODY = 1_000_000
LARGEST_BULK = 20_000_000
"""Bytes that a route takes unless it says otherwise, and that one for many rows takes."""


class PlainHandler(HTTPRouteHandler):
    """A handler whose function takes the request and nothing else.

    What the framework finds out about such functions is the same for all that answer alike, and found out once: to look
    at every one of them is most of what starting would cost.
    """

    _alike: ClassVar[dict[str, tuple[Any, Any, Any]]] = {}

    def on_registration(self, app: Litestar) -> None:
        """Take what was found out about another that answers alike."""
        answer = str(self.fn.__annotations__["return"])
        if answer not in self._alike:
            self._alike[answer] = self.parsed_fn_signature, self.signature_model, super().create_kwargs_model({})
        self._parsed_fn_signature, self._signature_model, _ = self._alike[answer]
        super().on_registration(app)

    def create_kwargs_model(self, path_parameters: Any) -> Any:  # noqa: ARG002 - the function takes none of them
        """What the function is given: the request."""
        return self._alike[str(self.fn.__annotations__["return"])][2]

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copied with its router, it belongs to the copy; nothing else of it ever changes."""
        made = memo[id(self)] = copy(self)
        made.owner = deepcopy(self.owner, memo)
        return made


@dataclass(frozen=True, slots=True)
class Declared:
    """A route as the OpenAPI document tells it; `permission` none where a signature says who asks, not a token."""

    method: str
    path: str
    permission: Permission | None
    summary: str
    description: str
    tag: str
    name: str
    query: type[Query]
    body: Any
    gives: Any
    status: int
    keyed: bool
    versioned: bool
    problems: tuple[int, ...]
    example: Any
    media: str
    location: str | None = None
    form: Mapping[str, Any] | None = None
    """The parts of a form that may be sent instead of the file alone, as schemas."""
    act: Callable[..., Any] | None = None
    """The function that answers, with its checks."""


def route(
    method: Method,
    path: str,
    *,
    permission: Permission = Permission.READ,
    tag: str,
    query: type[Query] = Query,
    body: Any = None,
    gives: Any = None,
    status: int = 200,
    keyed: bool = False,
    versioned: bool = False,
    problems: tuple[int, ...] = (),
    example: Any = None,
    media: str = "application/json",
    largest: int | None = None,
    everywhere: bool | None = None,
    location: str | None = None,
    form: Mapping[str, Any] | None = None,
) -> Callable[[Callable[[Ask], Awaitable[Answer]]], HTTPRouteHandler]:
    """Declare a JSON route: what it takes and gives for the OpenAPI document, and the permission it needs.

    The function's docstring is the documentation: its first line the summary. Parameters that the route does
    not declare are refused. `path` begins below /api/v1; `{name}` is a part of the address. `everywhere` says that it
    changes what belongs to no seller, so that only callers kept to none may; unless said otherwise every change does
    that does not begin with a customer or an account. `location` is the address of what is made, `{name}` in it a field of
    the answer or a part of this address.
    """

    def declare_route(act: Callable[[Ask], Awaitable[Answer]]) -> HTTPRouteHandler:
        summary, _, rest = (act.__doc__ or "").strip().partition("\n")
        told = Declared(
            method, path, permission, summary.rstrip("."), " ".join(rest.split()), tag, act.__name__, query, body, gives, status,
            keyed, versioned, problems, example, media, location, form,
        )  # fmt: skip
        declares_nothing = not fields_of(query)
        is_shared = concerns_every_seller(method, path) if everywhere is None else everywhere

        async def answer(request: Request[Any, Any, State]) -> ASGIApp:
            caller = await services_of(request).tokens.caller(_authorization(request.scope))
            caller.require(permission)
            if is_shared:
                caller.require_every_seller()
            if declares_nothing and request.scope["query_string"]:
                read_query(request.scope["query_string"], query)
            return with_location(await act(Ask(request, caller)), location, request.scope)

        typed = re.sub(r"\{(\w+)\}", r"{\1:str}", f"/api/v1{path}")
        told = replace(told, act=answer)
        made = PlainHandler(
            typed,
            http_method=method,
            status_code=200,
            name=f"api.{act.__name__}",
            opt={"declared": told, "everywhere": is_shared},
            request_max_body_size=largest or LARGEST_BODY,
        )
        return made(answer)

    return declare_route


def concerns_every_seller(method: str, path: str) -> bool:
    """Does a route, API or page, change what belongs to no seller? Yes unless it is below a customer or an account."""
    return method not in {"GET", "HEAD"} and re.match(r"/(?:accounts|customers)/\{", path) is None


def signed_route(
    path: str, *, tag: str, gives: Any, problems: tuple[int, ...] = (), largest: int
) -> Callable[[Callable[[Request[Any, Any, State]], Awaitable[Answer]]], HTTPRouteHandler]:
    """Declare a route that is posted to by who has no token: the signature of what is sent says who it is."""

    def declare_route(act: Callable[[Request[Any, Any, State]], Awaitable[Answer]]) -> HTTPRouteHandler:
        summary, _, rest = (act.__doc__ or "").strip().partition("\n")
        told = Declared(
            "POST", path, None, summary.rstrip("."), " ".join(rest.split()), tag, act.__name__, Query, bytes, gives, 200,
            False, False, problems, None, "application/json",
        )  # fmt: skip

        async def answer(request: Request[Any, Any, State]) -> ASGIApp:
            return await act(request)

        typed = re.sub(r"\{(\w+)\}", r"{\1:str}", f"/api/v1{path}")
        told = replace(told, act=answer)
        made = PlainHandler(
            typed, http_method="POST", status_code=200, name=f"api.{act.__name__}", opt={"declared": told},
            request_max_body_size=largest,
        )  # fmt: skip
        return made(answer)

    return declare_route


def _authorization(scope: Scope) -> str | None:
    for key, value in scope["headers"]:
        if key == b"authorization":
            return value.decode("latin-1")
    return None
