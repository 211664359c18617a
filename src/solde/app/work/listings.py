"""The lists of everyday work, described: jobs, and what waits for a second person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec.structs import replace

from solde.access import Caller, Permission
from solde.app.jobs import Job, JobFilter, JobState, list_jobs
from solde.app.jobs.shapes import JobShape, job_shape
from solde.approvals import Approval, ApprovalState, count_waiting, list_approvals
from solde.approvals.shapes import ApprovalShape, approval_shape
from solde.db import Connection
from solde.kernel.dates import utc_now
from solde.kernel.paging import Page, check_limit, encode_cursor, number_in
from solde.listings.columns import Column, ColumnKind, Shown, Target
from solde.listings.filters import Filter, Names, Now, Placed, SellerId
from solde.listings.listing import Empty, Listing, Show
from solde.listings.options import Options, options_of

from . import words

STATES = options_of(words.JOB_STATES)


class JobsFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs; None leaves a condition out."""

    seller: Annotated[str | None, Filter(placed=Placed.SELLER_CODE)] = None
    now: Now = None
    state: Annotated[JobState | None, Filter(label="State", help="Where the job is.", options=STATES, beside=True)] = (
        None
    )
    kind: Annotated[
        str | None, Filter(label="Job", help="Such as import_receivables.", options=Options(words.JOBS))
    ] = None
    created_by: Annotated[str | None, Filter(label="Started by", help="Who asked for it.")] = None


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job, and when it is looked at."""

    job: Job
    now: datetime

    @property
    def seconds(self) -> int | None:
        """For how long it has run."""
        found = words.seconds_of(self.job, self.now)
        return None if found is None else round(found)


async def _jobs(
    conn: Connection,
    chosen: JobsFilter,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[ListedJob]:
    assert sort is None, "jobs have one order"
    size, now = check_limit(limit), chosen.now or utc_now()
    asked = JobFilter(chosen.kind, chosen.state, chosen.created_by, chosen.seller)
    found = await list_jobs(conn, asked, before=number_in(cursor), limit=size + 1)
    following = encode_cursor([found[size - 1].job_id]) if len(found) > size else None
    return Page([ListedJob(job, now) for job in found[:size]], following)


def _of_state(state: JobState) -> Callable[[JobsFilter, Caller], JobsFilter]:
    return lambda chosen, _: replace(chosen, state=chosen.state or state)


JOBS: Listing[JobsFilter, ListedJob] = Listing(
    name="jobs",
    title="Jobs",
    item="ListedJob",
    api="/jobs",
    command="jobs",
    tag="Administration",
    help="List long work, newest first.",
    filters=JobsFilter,
    find=_jobs,
    gives=JobShape,
    shape=lambda one: job_shape(one.job),
    key=lambda one: str(one.job.job_id),
    row=lambda one: f"{one.job.kind} {one.job.job_id}",
    caption="Long work, newest first",
    empty=Empty(
        "No jobs", "Imports and other long work are listed here while they run, and afterwards with what came of them."
    ),
    unfit="No jobs",
    shows=(
        Show("all", "All"),
        *(Show(state.value, words.JOB_STATES[state][0], _of_state(state)) for state in JobState),
    ),
    columns=(
        Column(
            "kind", "Job", lambda one: one.job.kind, place="lead", fixed=True, width=32, text=lambda one, t: words.job_words(one.job, t),
            under=lambda one, t: words.file_of(one.job, t), title=lambda one, t: words.file_of(one.job, t),
            leads=lambda one: (Target.JOB, (one.job.job_id,)),
        ),
        Column(
            "state", "State", lambda one: one.job.state.value, ColumnKind.STATE, options=STATES, place="value", fixed=True, width=12,
            text=lambda one, t: words.state_words(one.job, t), tone=lambda one: words.state_tone(one.job),
        ),
        Column(
            "percent", "Progress", lambda one: words.percent_of(one.job), ColumnKind.COUNT, optional=True, text=lambda one, _: words.share_of(one.job),
        ),
        Column("error_count", "Refusals", lambda one: one.job.error_count, ColumnKind.COUNT, blank=lambda one: not one.job.error_count, tone="debit", width=10),
        Column("created_by", "Started by", lambda one: one.job.created_by, tone="quiet", width=20),
        Column("created_at", "Started", lambda one: one.job.created_at, ColumnKind.INSTANT, tone="quiet", width=24),
        Column(
            "seconds", "Took", lambda one: one.seconds, ColumnKind.COUNT, optional=True, tone="quiet", help="For how many seconds it has run.",
            text=lambda one, _: words.lasted(one.job, one.now),
        ),
        Column("id", "No.", lambda one: one.job.job_id, ColumnKind.COUNT, aside=True, width=8),
        Column("file", "File", lambda one: one.job.arguments.get("file"), optional=True, aside=True, width=24),
    ),
)  # fmt: skip

DECISIONS = {
    ApprovalState.WAITING: ("Waiting", "amber"),
    ApprovalState.APPROVED: ("Approved", "green"),
    ApprovalState.REJECTED: ("Rejected", "red"),
    ApprovalState.WITHDRAWN: ("Withdrawn", "grey"),
    ApprovalState.EXPIRED: ("Expired", "grey"),
}
APPROVAL_STATES = options_of({state.value: said for state, said in DECISIONS.items()})
DECIDED = (ApprovalState.APPROVED, ApprovalState.REJECTED, ApprovalState.WITHDRAWN, ApprovalState.EXPIRED)
WAITS = (ApprovalState.WAITING,)


class ApprovalsFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which approvals; None leaves a condition out."""

    seller_id: SellerId = None
    now: Now = None
    names: Names = ("", "")
    state: Annotated[
        tuple[ApprovalState, ...] | None,
        Filter(label="State", help="In one of these states.", options=APPROVAL_STATES, beside=True),
    ] = None
    kind: Annotated[
        tuple[str, ...] | None,
        Filter(label="What", help="Of one of these kinds of action.", options=Options(words.KINDS)),
    ] = None
    proposed_by: Annotated[
        str | None, Filter(label="Proposed by", help="Login of who proposed it, or the token's name.")
    ] = None
    of_others: Annotated[bool, Filter(label="Of others", help="Only those that others proposed.", beside=True)] = False

    @property
    def but_not_of(self) -> str | None:
        """Whose proposals are left out."""
        return self.names[0] if self.of_others else None


async def _approvals(
    conn: Connection,
    chosen: ApprovalsFilter,
    *,
    sort: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[Approval]:
    assert sort is None, "approvals have one order"
    return await list_approvals(
        conn, state=chosen.state, seller_id=chosen.seller_id, kinds=chosen.kind, actor=chosen.proposed_by,
        but_not_of=chosen.but_not_of, cursor=cursor, limit=limit, now=chosen.now,
    )  # fmt: skip


async def _count(conn: Connection, chosen: ApprovalsFilter) -> int:
    return await count_waiting(conn, seller_id=chosen.seller_id, but_not_of=chosen.but_not_of, now=chosen.now)


def _says_state(shown: Shown) -> bool:
    return shown.show in {"mine", "all", "decided"}


APPROVALS: Listing[ApprovalsFilter, Approval] = Listing(
    name="approvals",
    title="Approvals",
    item="ListedApproval",
    api="/approvals",
    command="approvals",
    tag="Approvals",
    help="List what waits for a second person, and what did, newest first.",
    filters=ApprovalsFilter,
    find=_approvals,
    gives=ApprovalShape,
    shape=approval_shape,
    key=lambda a: str(a.approval_id),
    row=lambda a: f"{a.kind} {a.approval_id}",
    unit=lambda a: a.currency,
    caption="Actions that wait for a second person, or did",
    empty=Empty("Nothing here", "Actions above somebody’s limit wait here for a second person."),
    unfit="Nothing here",
    count=_count,
    shows=(
        Show(
            "me", "Waiting for me", lambda chosen, _: replace(chosen, state=WAITS, of_others=True), counted=True,
            offered=lambda who: who.may(Permission.APPROVALS),
            empty=Empty(
                "Nothing waits for you",
                "Actions above somebody’s limit come here. They are done when a second person approves them.",
            ),
        ),
        Show("waiting", "Waiting", lambda chosen, _: replace(chosen, state=WAITS), counted=True),
        Show(
            "mine", "Proposed by me", lambda chosen, who: replace(chosen, proposed_by=who.actor),
            offered=lambda who: who.user_id is not None or who.token_id is not None,
            empty=Empty(
                "You proposed nothing", "When an action is above your limit it is kept here until somebody approves it."
            ),
        ),
        Show("decided", "Decided", lambda chosen, _: replace(chosen, state=DECIDED)),
        Show("all", "All"),
    ),
    columns=(
        Column(
            "kind", "What", lambda a: a.kind, place="lead", fixed=True, width=32, text=lambda a, t: words.kind_in_words(a.kind, t),
            leads=lambda a: (Target.APPROVAL, (a.approval_id,)),
        ),
        Column("amount", "Amount", lambda a: a.amount, ColumnKind.MONEY, place="value", fixed=True, width=16, summed=True),
        Column("currency", "Currency", lambda a: a.currency, tone="quiet", width=10),
        Column("account", "Account", lambda a: a.account, optional=True, leads=lambda a: (Target.ACCOUNT, (a.account,)) if a.account else None),
        Column("proposed_by", "Proposed by", lambda a: a.proposed_by, width=20),
        Column("reason", "Reason", lambda a: a.reason, optional=True, tone="quiet", width=32, title=lambda a, _: a.reason or ""),
        Column("created_at", "Proposed", lambda a: a.created_at, ColumnKind.INSTANT, tone="quiet", width=24),
        Column("expires_at", "Until", lambda a: a.expires_at, ColumnKind.INSTANT, tone="quiet", width=24),
        Column("state", "State", lambda a: a.state.value, ColumnKind.STATE, options=APPROVAL_STATES, width=12, when=_says_state),
        Column("id", "No.", lambda a: a.approval_id, ColumnKind.COUNT, aside=True, width=8),
        Column("seller", "Seller", lambda a: a.seller, optional=True, aside=True, width=10),
    ),
)  # fmt: skip

LISTINGS = (JOBS, APPROVALS)
