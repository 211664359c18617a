"""A draft tried on the real data, as the editor shows it: what is wrong with it, or what it would give."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from solde.balances import SOURCE_WORDS, Crossing, Definition, Draft, Figures, Moment, Mover, Preview, preview
from solde.balances.rules import check_draft
from solde.db import Connection
from solde.kernel.refusals import Refusal, Refused
from solde.kernel.texts import Text
from solde.operations import Types

from ... import formats
from ...addresses import account_path
from ...i18n import t
from ...page import Page
from ...texts import sentence
from .drafts import FIELDS

PATIENCE_MS = 1_200
"""How long one statement of a try may take while somebody types."""

NEAR = re.compile(r"did you mean '?([A-Za-z_.]+)'?\?")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something wrong with a text: `column` from 1 over the whole text, 0 for none; `near` is what was probably meant."""

    words: str
    column: int = 0
    line: int = 0
    place: int = 0
    near: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What came of a try: `wrong` by field, or figures."""

    wrong: Mapping[str, Sequence[Wrong]] = field(default_factory=lambda: {name: [] for name in FIELDS})
    rest: Sequence[str] = ()
    found: Mapping[str, object] | None = None

    @property
    def is_wrong(self) -> bool:
        """Is anything wrong with the draft itself?"""
        return any(self.wrong.values())


async def try_draft(
    page: Page,
    conn: Connection,
    draft: Draft,
    types: Types,
    before: Definition | None,
    *,
    patience_ms: int = PATIENCE_MS,
) -> TrialResult:
    """Check a draft and run it on the data that this person sees."""
    if refusals := check_draft(draft, types.by_code):
        return TrialResult(wrong=wrong_of(refusals, draft))
    moment = Moment(await page.today(conn))
    began = time.perf_counter()
    try:
        found = await preview(conn, draft, moment, seller_id=page.visitor.seller_id, patience_ms=patience_ms)
    except Refused as refused:
        return TrialResult(rest=[sentence(r.text) for r in refused.refusals])
    took = round((time.perf_counter() - began) * 1000)
    return TrialResult(found=_shown(found, took, before is not None))


def wrong_of(refusals: Sequence[Refusal], draft: Draft) -> dict[str, list[Wrong]]:
    """What is wrong by field, with line and place where a text is wrong at a column."""
    texts = {"expression": draft.expression, "measure": draft.measure}
    found: dict[str, list[Wrong]] = {name: [] for name in FIELDS}
    for refusal in refusals:
        name = refusal.field or "code"
        found[name if name in found else "code"].append(_wrong(refusal, texts.get(name, "")))
    return found


def _wrong(refusal: Refusal, text: str) -> Wrong:
    said = refusal.text.values.get("message", refusal.text)
    words = sentence(said if isinstance(said, Text) else refusal.text)
    near = NEAR.search(refusal.message)
    if refusal.column is None:
        return Wrong(words, near=near[1] if near else "")
    before = text[: refusal.column - 1]
    line, place = before.count("\n") + 1, len(before) - before.rfind("\n")
    whole = text.split("\n")[line - 1] if text else ""
    shown = f"{whole[:200]}\n{' ' * min(place - 1, 200)}^"
    return Wrong(words, refusal.column, line, place, near[1] if near else "", shown)


def _shown(found: Preview, took: int, replaces: bool) -> dict[str, object]:
    return {
        "operations": formats.whole(found.operations),
        "accounts": formats.whole(found.accounts),
        "moving": formats.whole(found.moving),
        "replaces": replaces,
        "sampled": None if found.sampled is None else formats.whole(found.sampled),
        "source": SOURCE_WORDS[found.source],
        "took": took,
        "totals": _totals(found),
        "movers": [_mover(one) for one in found.movers[:10]],
        "crossings": None if found.crossings is None else [_crossing(one) for one in found.crossings],
    }


def _totals(found: Preview) -> list[dict[str, object]]:
    """Old and new by currency: debit, credit, balance."""
    rows: list[dict[str, object]] = []
    for currency in sorted({*found.old, *found.new}):
        old, new = found.old.get(currency, Figures()), found.new.get(currency, Figures())
        parts = ((t("Debit"), old.debit, new.debit), (t("Credit"), old.credit, new.credit))
        lines = [(name, formats.money(a, currency), formats.money(b, currency), "", "") for name, a, b in parts]
        balance = (
            t("Balance"),
            formats.size(old.balance, currency),
            formats.size(new.balance, currency),
            formats.direction_word(old.balance),
            formats.direction_word(new.balance),
        )
        rows.append({"currency": currency, "lines": [*lines, balance]})
    return rows


def _mover(one: Mover) -> dict[str, str]:
    return {
        "href": account_path(one.account),
        "account": one.account,
        "customer": one.customer,
        "currency": one.currency,
        "old": formats.size(one.old, one.currency),
        "old_word": formats.direction_word(one.old),
        "new": formats.size(one.new, one.currency),
        "new_word": formats.direction_word(one.new),
        "difference": ("+" if one.difference > 0 else "") + formats.money(one.difference, one.currency),
    }


def _crossing(one: Crossing) -> dict[str, object]:
    operation = one.operation
    return {
        "href": account_path(one.account, "operations", str(operation.number)),
        "reference": operation.reference or f"{operation.code} {operation.number}",
        "account": one.account,
        "code": operation.code,
        "on": formats.day(operation.operation_on),
        "side": operation.side.word,
        "amount": formats.money(operation.amount, operation.currency),
        "currency": operation.currency,
        "comes_in": one.comes_in,
    }
