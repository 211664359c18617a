"""Every verb that audit records can have is known to the seals: `sealed_part` names it wherever its action changes what is sealed."""

from __future__ import annotations

import re

import pytest

from solde.db import Connection

from .changes import CHANGES
from .verbs import written_verbs

ANYTHING = "posting_exception"
"""The part that every record of its account lets change."""

NAMED = "select part from sealed_part where part <> %(anything)s and %(verb)s like any(verbs || wide_verbs) order by 1"
WIDE = "select part from sealed_part where part = %(anything)s and %(verb)s like any(wide_verbs)"
PATTERNS = "select part, unnest(verbs || wide_verbs) from sealed_part where part <> %s"


def test_every_verb_that_can_be_written_is_known() -> None:
    verbs, unknown = written_verbs()
    assert unknown == [], "write the verb so that it can be read here: as a text, or a name that is given one"
    assert sorted(verbs - set(CHANGES)) == [], "say in CHANGES and in sealed_part what the action changes"
    assert sorted(set(CHANGES) - verbs) == []


@pytest.mark.parametrize("verb", [verb for verb in CHANGES if not verb.startswith("%")])
async def test_the_seals_know_what_a_verb_changes(conn: Connection, verb: str) -> None:
    values = {"verb": verb.replace("%", "x"), "anything": ANYTHING}
    rows = [row for one in (NAMED, WIDE) for row in await (await conn.execute(one.encode(), values)).fetchall()]
    assert tuple(sorted(part for (part,) in rows)) == CHANGES[verb]


async def test_no_part_waits_for_a_verb_that_nobody_writes(conn: Connection) -> None:
    rows = await (await conn.execute(PATTERNS, [ANYTHING])).fetchall()
    alike = {(part, pattern): re.compile(pattern.replace(".", "\\.").replace("%", ".*")) for part, pattern in rows}
    verbs = [verb.replace("%", "account") for verb in written_verbs()[0]]
    below = [f"{level}.create" for level in ("billing_account", "user_account", "customer", "account")]
    assert [key for key, one in alike.items() if not any(map(one.fullmatch, [*verbs, *below]))] == []
