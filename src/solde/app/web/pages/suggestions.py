"""Suggested matches of an account, each with its reason; one click chooses the rows or opens the match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from litestar import Response

from solde.access import Permission
from solde.matching import Suggestion, suggestions_for
from solde.operations import Operation
from solde.operations import store as operation_store

from .. import formats
from ..addresses import Address, account_path
from ..i18n import t
from ..page import Page, web_page
from ..texts import written
from .account_view import see

SHOWN_MOST = 20
ROWS_MOST = 20
"""Operations of one suggestion that are listed."""


@web_page("/accounts/{code:str}/suggestions", name="suggestions")
async def suggestions_page(page: Page, code: str) -> Response[str]:
    """What probably belongs together, best reason first."""
    types = await page.services.types.get()
    async with page.reading() as conn:
        seen = await see(page, conn, code)
        account_id = seen.account.account_id
        found = (await suggestions_for(conn, account_id, types))[:SHOWN_MOST]
        numbers = sorted({n for one in found for n in (*one.debits, *one.credits)})
        operations = await operation_store.get_operations(conn, account_id, numbers) if numbers else []
    by_number = {o.number: o for o in operations}
    return page.show(
        "balance/suggestions.html",
        title=t("Suggested matches"),
        back_href=account_path(code),
        back_label=t("{name}, balance of {account}", name=seen.customer.name, account=code),
        detail_href=account_path(code, "suggestions"),
        may_match=page.visitor.may(Permission.MATCHING) and not seen.stopped,
        currency=seen.account.currency,
        suggestions=[_suggestion(one, by_number, code, seen.account.currency) for one in found],
    )


def _suggestion(one: Suggestion, by_number: Mapping[int, Operation], code: str, currency: str) -> dict[str, object]:
    numbers = [*one.debits, *one.credits]
    return {
        "reason": written(one.reason),
        "amount": formats.money(one.amount, currency),
        "rows": _rows([by_number[n] for n in numbers if n in by_number][:ROWS_MOST]),
        "more": max(0, len(numbers) - ROWS_MOST),
        "numbers": " ".join(map(str, numbers)),
        "href": str(Address(account_path(code, "actions", "match"), [("n", str(n)) for n in numbers])),
    }


def _rows(operations: Sequence[Operation]) -> list[dict[str, str]]:
    return [
        {
            "reference": o.reference or t("No. {n}", n=o.number),
            "label": t(o.label),
            "on": formats.day(o.operation_on),
            "available": formats.money(o.available, o.currency),
            "word": "DR" if o.side > 0 else "CR",
            "tone": o.side.word,
        }
        for o in operations
    ]


route_handlers = [suggestions_page]
