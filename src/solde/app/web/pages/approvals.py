"""What waits for a second person: the work list, one proposal with its effect, and deciding it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from litestar import Response
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from solde.access import LABELS, Permission, Role
from solde.app.work.listings import DECISIONS
from solde.approvals import Approval, ApprovalState, get_approval, list_approvals
from solde.approvals import store as approval_store
from solde.approvals.rules import check_decision, check_withdrawal
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refusal, Refused
from solde.payments.rules import check_words

from .. import approval_words as words
from .. import formats
from ..addresses import account_path
from ..approval_preview import names_for, rehearse
from ..form_errors import by_field
from ..i18n import t
from ..page import Form, Page, web_form, web_page
from ..submit import Done, act_once
from ..texts import sentence
from ..visitors import Visitor

Verb = Literal["approve", "reject", "withdraw"]


def when(at: datetime | None) -> str:
    """An instant to the minute, and the clock it is told by."""
    return formats.instant_with_zone(at) if at is not None else ""


@web_page("/approvals/{number:int}", name="approval")
async def approval_page(page: Page, number: int) -> Response[str]:
    """One proposal: its exact content in words, why it waits, what it would change, how it ended."""
    approval, seen = await _seen(page, number)
    label, tone = DECISIONS[approval.state]
    return page.show(
        "approvals/detail.html",
        title=f"{words.kind_words(approval.kind)}, {formats.money(approval.amount, approval.currency)} {approval.currency}",
        **seen,
        state=(t(label), tone),
        ways=await _ways(page, approval),
    )


async def _seen(page: Page, number: int, *, with_effect: bool = True) -> tuple[Approval, dict[str, Any]]:
    """An approval as the detail and the dialogs show it."""
    async with page.reading() as conn:
        approval = await get_approval(conn, _key(number), seller_id=page.visitor.seller_id, now=page.now())
    waits = approval.state is ApprovalState.WAITING
    answer, refused = await _rehearsed(page, approval) if waits and with_effect else ({}, [])
    async with page.reading() as conn:
        names = await names_for(
            page, conn, approval.account_id, approval.account or "", approval.currency, approval.content, answer,
            said={"account_id": approval.account_id, "currency": approval.currency, "reason": approval.reason},
        )  # fmt: skip
    shown = words.preview(answer, names)
    return approval, {
        "approval": {
            "id": approval.approval_id,
            "kind": words.kind_words(approval.kind),
            "amount": f"{formats.money(approval.amount, approval.currency)} {approval.currency}",
            "account": approval.account,
            "account_href": account_path(approval.account) if approval.account else "",
            "proposed_by": approval.proposed_by,
            "proposer_role": t(LABELS[Role(approval.proposer_role)]),
            "reason": approval.reason or "",
            "why": sentence(approval.why),
            "created": when(approval.created_at),
            "expires": when(approval.expires_at),
            "decided_by": approval.decided_by or "",
            "decided": when(approval.decided_at),
            "decision_reason": approval.decision_reason or "",
            "digest": approval.digest.hex(),
            "waits": waits,
        },
        "facts": words.facts(approval.content, names),
        "effect": shown,
        "refused": [sentence(one.text) for one in refused],
    }


def _key(number: int) -> int:
    """A number the database can look for; none has the largest."""
    return min(number, 2**62)


async def _rehearsed(page: Page, approval: Approval) -> tuple[dict[str, object], list[Refusal]]:
    return await rehearse(
        page,
        approval.kind,
        approval.content,
        actor=approval.proposed_by,
        role=approval.proposer_role,
        time_zone=approval.time_zone,
    )


async def _ways(page: Page, approval: Approval) -> list[tuple[str, str, str, str, str]]:
    """What this person can do: label, verb, why not, icon, look."""
    if approval.state is not ApprovalState.WAITING:
        return []
    now = page.now()
    ways = []
    if page.visitor.may(Permission.APPROVALS):
        async with page.reading() as conn:
            limit = await approval_store.find_limit(conn, page.visitor.role, approval.kind, approval.currency)
        no = check_decision(approval, approve=True, decider=page.visitor.actor, limit=limit, reason=None, now=now)
        own = [one for one in no if one.code == "own_proposal"]
        ways += [
            (t("Approve"), "approve", _why(no), "check", "primary"),
            (t("Reject"), "reject", _why(own), "x", "outline"),
        ]
    if check_withdrawal(approval, page.visitor.actor, now) is None:
        ways.append((t("Withdraw"), "withdraw", "", "undo-2", "outline"))
    return ways


def _why(refusals: Sequence[Any]) -> str:
    if any(one.code == "own_proposal" for one in refusals):
        return t("You proposed it, so another person decides.")
    return " ".join(sentence(one.text) for one in refusals)


@web_page("/approvals/{number:int}/{verb:str}", name="approval_dialog")
async def approval_dialog(page: Page, number: int, verb: str) -> Response[str]:
    """Ask to confirm a decision."""
    return await _dialog(page, number, _verb(page.visitor, verb), {})


@web_form("/approvals/{number:int}/{verb:str}", everywhere=False)
async def decide(page: Page, number: int, verb: str, data: Form) -> Response[str] | Redirect:
    """Approve, reject or withdraw."""
    wanted = _verb(page.visitor, verb)
    try:
        return await act_once(page, data, lambda conn: _decided(page, conn, number, wanted, data))
    except Refused as refused:
        if any(one.code == "unknown_approval" for one in refused.refusals):
            raise
        return await _dialog(page, number, wanted, data, refused)


def _verb(visitor: Visitor, verb: str) -> Verb:
    if verb == "withdraw":
        return "withdraw"
    if verb in {"approve", "reject"}:
        visitor.require(Permission.APPROVALS)
        return "approve" if verb == "approve" else "reject"
    raise NotFoundException(verb)


async def _decided(page: Page, conn: Connection, number: int, verb: Verb, data: Form) -> Done:
    now = page.now()
    approvals = page.services.approvals
    reason = data.get("reason", "").strip() or None
    if (bad := check_words(reason)) is not None:
        raise Refused(bad)
    approval = await get_approval(conn, _key(number), seller_id=page.visitor.seller_id, now=now)
    if verb == "withdraw":
        await approvals.withdraw(conn, approval.approval_id, actor=page.visitor.actor, now=now, reason=reason)
        return Done(f"/approvals/{number}", t("Withdrawn. Nothing was done."))
    await approvals.decide(
        conn, approval.approval_id, approve=verb == "approve", decider=page.visitor.actor, role=page.visitor.role,
        reason=reason, now=now, today=_today(approval, now),
    )  # fmt: skip
    following = await list_approvals(
        conn,
        state=ApprovalState.WAITING,
        seller_id=page.visitor.seller_id,
        but_not_of=page.visitor.actor,
        limit=1,
        now=now,
    )
    href = f"/approvals/{following.items[0].approval_id}" if following.items else ""
    text = t("Approved and done.") if verb == "approve" else t("Rejected. Nothing was done.")
    return Done(f"/approvals/{number}", text, href=href, label=t("Next one") if href else "")


def _today(approval: Approval, now: Any) -> date:
    return today_in(approval.time_zone, now)


async def _dialog(
    page: Page, number: int, verb: Verb, data: Mapping[str, str], refused: Refused | None = None
) -> Response[str]:
    _, seen = await _seen(page, number, with_effect=verb == "approve" and refused is None)
    wrong, rest = by_field(refused.refusals, {"reason"}) if refused else ({}, [])
    return page.show(
        "approvals/decide.html",
        status=422 if refused else 200,
        title={"approve": t("Approve"), "reject": t("Reject"), "withdraw": t("Withdraw")}[verb],
        back=f"/approvals/{number}",
        verb=verb,
        key=data.get("key", ""),
        reason=data.get("reason", ""),
        wrong=wrong,
        rest=rest,
        **seen,
    )


route_handlers = [approval_page, approval_dialog, decide]
