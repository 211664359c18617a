"""What stands on top of the Balance tab: the customer, the picker of balances, the figures. Pure."""

from __future__ import annotations

from solde.balances import AccountBalance

from .. import formats
from ..addresses import Address, account_path
from ..i18n import t
from .account_view import AccountView
from .settings.differences import in_words

OWED = {"DR": "owed", "CR": "overpaid", "ZERO": "nothing is owed"}
LATE = "dunning"
"""The shipped balance of what is overdue."""


def explain_href(seen: AccountView, definition: str, side: str = "") -> str:
    """The address of why a balance, or one side of it, is what it is."""
    kept = [("definition", definition), ("as_of", formats.day(seen.moment.as_of)), ("side", side)]
    return str(Address(account_path(seen.account.code, "explanation"), kept))


def picker(seen: AccountView, address: Address) -> dict[str, object]:
    """Every balance with its figure; picking one narrows the list to it."""
    return {
        "label": t(seen.definition.label),
        "code": seen.definition.code,
        "options": [_option(seen, balance, address) for balance in seen.balances],
    }


def _option(seen: AccountView, balance: AccountBalance, address: Address) -> dict[str, object]:
    definition, figures = balance.definition, balance.figures
    return {
        "label": t(definition.label),
        "href": str(address.with_(definition=None if definition.draft.is_default else definition.code)),
        "explain": explain_href(seen, definition.code),
        "picked": definition.code == seen.definition.code,
        "size": formats.size(figures.balance, seen.account.currency),
        "word": formats.direction_word(figures.balance),
        "tone": formats.DIRECTIONS[figures.direction],
        "words": " ".join(in_words(definition.draft)),
    }


def figure_cards(seen: AccountView) -> list[dict[str, str]]:
    """Debit, credit and balance of the picked balance, and what is overdue; each with the way to why."""
    figures, currency, code = seen.balance.figures, seen.account.currency, seen.definition.code
    count = t("{n} operations", n=formats.whole(figures.count))
    debit, credit = (formats.money(amount, currency) for amount in (figures.debit, figures.credit))
    size = formats.size(figures.balance, currency)
    word, tone = formats.direction_word(figures.balance), formats.DIRECTIONS[figures.direction]
    return [
        _card(t("Debit"), debit, t("what was charged"), explain_href(seen, code, "debit")),
        _card(t("Credit"), credit, t("what was paid or credited"), explain_href(seen, code, "credit")),
        _card(
            t(seen.definition.label),
            size,
            f"{t(OWED[figures.direction])} · {count}",
            explain_href(seen, code),
            word,
            tone,
        ),
        *_overdue(seen),
    ]


def _overdue(seen: AccountView) -> list[dict[str, str]]:
    """The card of what is past its due date, where another balance is picked."""
    late = next((b.figures for b in seen.balances if b.definition.code == LATE), None)
    if late is None or seen.definition.code == LATE:
        return []
    note = t("nothing is past its due date")
    if late.count:
        note = t("{n} invoices past their due date", n=formats.whole(late.count))
    tone = "debit" if late.balance > 0 else "quiet"
    size = formats.money(late.balance, seen.account.currency)
    return [_card(t("Overdue"), size, note, explain_href(seen, LATE), "", tone)]


def _card(label: str, size: str, note: str, explain: str, word: str = "", tone: str = "") -> dict[str, str]:
    return {"label": label, "size": size, "word": word, "tone": tone, "note": note, "explain": explain}
