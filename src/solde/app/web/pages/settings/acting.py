"""How a form of the settings is read, and acts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from litestar import Request
from litestar.datastructures import State
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from solde import audit
from solde.db import Connection

from ...acting import Done, act_once
from ...visitors import Visitor

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
Work = Callable[[Connection], Awaitable[Done]]


async def act(request: Request[Any, Any, State], visitor: Visitor, form: Mapping[str, str], work: Work) -> Redirect:
    """Run the work once for the form's one-time key, also where it finds nothing to change."""

    async def noted(conn: Connection) -> Done:
        # The answer is kept with the action drawn last; what changes nothing draws none.
        await audit.next_action_ids(conn, 1)
        return await work(conn)

    return await act_once(request, visitor, form, noted)


def text_of(form: Mapping[str, str], name: str, longest: int = 300) -> str:
    """A field of one line: without characters that do not print, without blanks around it."""
    return "".join(c for c in form.get(name, "")[:longest] if c.isprintable()).strip()


def number_of(form: Mapping[str, str], name: str) -> int:
    """A hidden number; 0 where it is none."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


__all__ = ["Done", "Form", "Work", "act", "number_of", "text_of"]
