"""Statements of health."""

from __future__ import annotations

from solde.db import Connection, load

from .model import Ages

sql = load(__package__)


async def read_ages(conn: Connection, *, with_mail: bool) -> Ages:
    """How long work waits. `with_mail`: is a mail server set, so that mails leave at all?"""
    row = await (await conn.execute(sql.read_ages, {"with_mail": with_mail})).fetchone()
    assert row is not None
    job, job_untouched, unsealed, seal, undelivered, untouched_delivery, untold = row
    return Ages(
        _age(job), _age(job_untouched), _age(unsealed), seal, _age(undelivered), _age(untouched_delivery), _age(untold)
    )


def _age(seconds: float | None) -> float:
    return max(seconds or 0.0, 0.0)
