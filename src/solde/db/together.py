"""Several statements in one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import psycopg
from psycopg.errors import PipelineAborted

from .pool import Connection


async def together(conn: Connection, *work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run store functions whose statements need not wait for each other's answers; gives their values in order.

    The statements are sent in the order of the arguments and carried out in that order; what one writes, the next sees.
    The first that fails is raised; none after it takes effect.
    """
    answers: list[Any] = []
    failures: list[BaseException] = []
    try:
        async with conn.pipeline():
            answers = await asyncio.gather(*work, return_exceptions=True)
    except psycopg.Error as error:
        failures.append(error)
    failures = [*(answer for answer in answers if isinstance(answer, BaseException)), *failures]
    # What was only called off because of another's failure says nothing.
    for failure in [*(f for f in failures if not isinstance(f, PipelineAborted)), *failures]:
        raise failure
    return answers
