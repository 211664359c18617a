"""What an action of approvals would do: tried in a transaction that is rolled back, and put into words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from solde.db import Connection, transaction
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refusal, Refused
from solde.operations import store as operation_store
from solde.payments import store as payment_store

from .approval_words import Names, flat, numbers_in, touched_numbers
from .i18n import t
from .page import Page


async def rehearse(
    page: Page, kind: str, content: Mapping[str, object], *, actor: str, role: str, time_zone: str
) -> tuple[dict[str, object], list[Refusal]]:
    """The executor's answer as JSON if the action were done now; or every reason why it could not be."""
    services = page.services
    approvals = services.approvals
    now = page.now()

    async def work(conn: Connection) -> object:
        today = today_in(time_zone, now)
        return await approvals.rehearse(conn, kind, content, actor=actor, role=role, now=now, today=today)

    try:
        answer = await transaction(services.pool, work, dry_run=True)
    except Refused as refused:
        return {}, list(refused.refusals)
    told = msgspec.to_builtins(answer, str_keys=True, enc_hook=str)
    return (told if isinstance(told, dict) else {}), []


async def names_for(
    page: Page,
    conn: Connection,
    account_id: int,
    account: str,
    currency: str,
    content: Mapping[str, object],
    answer: Mapping[str, object],
    *,
    said: Mapping[str, object] | None = None,
    also: Collection[int] = (),
) -> Names:
    """What the numbers of a content and of an answer stand for; `also` are further operations of the account."""
    numbers = numbers_in(content) | touched_numbers(answer, account) | set(also)
    known = await operation_store.get_operations(conn, account_id, sorted(numbers)) if numbers and account_id else []
    others = [v for k, v in flat(content) if k in {"to_account_id", "account_id"} and isinstance(v, int)]
    parties = await payment_store.parties_of(conn, others) if others else {}
    types = await page.services.types.get()
    return Names(
        account,
        currency,
        said or {},
        {one.number: one for one in known},
        {one.account_id: one.code for one in parties.values()},
        {code: t(one.label) for code, one in types.by_code.items()},
    )
