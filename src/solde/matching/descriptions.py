"""The actions of matching by hand, described for every face; their dialogs have bodies of their own."""

from __future__ import annotations

from collections.abc import Sequence

from solde.access import Permission
from solde.actions.action import Action, Button, Route, Words
from solde.actions.rows import AVAILABLE, CREDIT, DEBIT, NOT_DEPOSIT
from solde.actions.subjects import ACCOUNT, SubjectKind
from solde.approvals import ExecutionContext
from solde.db import Connection
from solde.kernel.refusals import Refused
from solde.operations.executors import types_of

from .actions import match
from .api import MadeMatch, MadeReversal, made_match, made_reversal, match_number
from .model import Matched, MatchRequest, Unmatched, UnmatchRequest
from .requests import Match, Unmatch
from .unmatching import unmatch

GROUP = SubjectKind(place="rows", path="matches/{code}", parameter="n", read=match_number)
"""A match, named by its code."""


async def run_match(conn: Connection, requests: Sequence[Match], context: ExecutionContext) -> MadeMatch:
    """Match chosen operations."""
    asked = [
        MatchRequest(r.account_id, r.debits, r.credits, r.actor, r.amounts, r.effective_on, reason=r.reason)
        for r in requests
    ]
    (answer,) = await match(conn, asked, await types_of(context), today=context.today)
    if not isinstance(answer, Matched):
        raise Refused(answer)
    return made_match(answer)


async def run_unmatch(
    conn: Connection, requests: Sequence[Unmatch], context: ExecutionContext
) -> MadeReversal | list[MadeReversal]:
    """Reverse matches, all or none."""
    asked = [
        UnmatchRequest(
            r.account_id, r.group_number, r.actor,
            None if r.lines is None else tuple((line.debit, line.credit) for line in r.lines), r.effective_on, r.reason,
        )
        for r in requests
    ]  # fmt: skip
    answers = await unmatch(conn, asked, today=context.today)
    if refusals := [refusal for one in answers if isinstance(one, tuple) for refusal in one]:
        raise Refused(refusals)
    made = [made_reversal(one) for one in answers if isinstance(one, Unmatched)]
    return made[0] if len(made) == 1 else made


MATCH = Action(
    kind="match",
    words=Words("Match", "Match", "Matched", command=None),
    permission=Permission.MATCHING,
    at=ACCOUNT,
    button=Button(icon="link", wants=(DEBIT, CREDIT, *AVAILABLE), key="m", beside=False, place="rows"),
    route=Route(
        tag="Matching",
        path="matches",
        example={"debits": [1, 4], "credits": [7], "amounts": {"4": "40.00"}},
        location="/accounts/{account}/matches/{code}",
    ),
    request=Match,
    run=run_match,
    gives=MadeMatch,
)

UNMATCH = Action(
    kind="reversal",
    words=Words("Unmatch", "Match", "Unmatched", command=None),
    permission=Permission.MATCHING,
    at=GROUP,
    button=Button(
        icon="unlink",
        wants=(
            ("matched", "Nothing is matched with it"),
            NOT_DEPOSIT,
            ("!creates", "Break the instalment plan instead"),
        ),
        key="u",
        dialog="unmatch",
    ),
    route=Route(tag="Matching", example={"lines": [{"debit": 1, "credit": 7}], "reason": "paid the wrong invoice"}),
    request=Unmatch,
    run=run_unmatch,
    gives=MadeReversal,
)

ACTIONS = (MATCH, UNMATCH)
