"""Several statements in one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from psycopg.errors import PipelineAborted

from .pool import Connection


async def together(conn: Connection, *work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run store functions whose statements need not wait for each other's answers; gives their values in order.

    The statements are sent in the order of the arguments and carried out in that order; what one writes, the next sees.
    The first that fails is raised; none after it takes effect.
    """
    async with conn.pipeline():
        answers = await asyncio.gather(*work, return_exceptions=True)
    failures = [answer for answer in answers if isinstance(answer, BaseException)]
    for failure in failures:
        if not isinstance(failure, PipelineAborted):
            raise failure
    if failures:
        raise failures[0]
    return answers
