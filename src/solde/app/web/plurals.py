"""What is said of one thing where the text speaks of many: by the text, the value that counts and the text for one."""

from __future__ import annotations

from collections.abc import Mapping

ONE: Mapping[str, tuple[str, str]] = {
    text: (name, single)
    for name, text, single in (
        ("n", "{n} operations", "{n} operation"),
        ("n", "{n} operations and items", "{n} operation or item"),
        ("n", "{n} invoices past their due date", "{n} invoice past its due date"),
        ("n", "{n} invoices", "{n} invoice"),
        ("n", "{n} debits", "{n} debit"),
        ("n", "{n} kinds", "{n} kind"),
        ("n", "{n} instalments", "{n} instalment"),
        ("n", "{n} more accounts", "{n} more account"),
        ("n", "{n} accounts change.", "{n} account changes."),
        ("n", "{n} accounts get figures.", "{n} account gets figures."),
        ("n", "{n} accounts, CR", "{n} account, CR"),
        ("n", "{n} accounts, DR", "{n} account, DR"),
        ("n", "{n} accounts, {amount}", "{n} account, {amount}"),
        ("n", "{n} deliveries are sent again.", "{n} delivery is sent again."),
        ("n", "{n} sign-ins have ended.", "{n} sign-in has ended."),
        ("n", "Repair {n} operations", "Repair {n} operation"),
        ("n", "Write off {n} balances", "Write off {n} balance"),
        ("n", "Import all {n} rows", "Import the {n} row"),
        ("n", "after {n} days overdue", "after {n} day overdue"),
        ("n", "Files are kept for {n} years.", "Files are kept for {n} year."),
        ("n", "Closed for all {n} days after the end.", "Closed for all {n} day after the end."),
        ("n", "Closed for regular users {n} days after the end.", "Closed for regular users {n} day after the end."),
        (
            "bad",
            "{good} of {rows} rows are good, {bad} refusals are listed below",
            "{good} of {rows} rows are good, {bad} refusal is listed below",
        ),
    )
}

FEW = {"en": {"1"}, "fr": {"0", "1"}}
"""The counts that a language says as one thing."""


def of_one(text: str, language: str, values: Mapping[str, object]) -> str:
    """The text for one thing, where it is one; else the same text."""
    if text not in ONE:
        return text
    name, single = ONE[text]
    return single if str(values.get(name, "")) in FEW.get(language, {"1"}) else text
