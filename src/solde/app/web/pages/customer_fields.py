"""The forms of customers as a page draws them: tabs, groups of fields, what each offers, how much is wrong there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale

from solde.customers import FormField, FormTab, Input, Setting
from solde.customers.rules.fields import FIELD_MISSING
from solde.customers.rules.search import fold
from solde.kernel.refusals import Refusal

from ..amounts import as_typed, read_amount
from ..form_errors import by_field
from ..i18n import spoken, t
from ..texts import sentence

Options = Sequence[tuple[str, str]]
Choices = Mapping[str, tuple[Setting, ...]]

WIDGETS: Mapping[Input, str] = {
    Input.SELECT: "select",
    Input.DATE: "date",
    Input.EMAIL: "email",
    Input.PHONE: "tel",
    Input.MONEY: "money",
    Input.ACCOUNT: "account",
    **dict.fromkeys((Input.COUNTRY, Input.LANGUAGE, Input.CURRENCY), "combo"),
}
"""How each sort of field is put in; the others are texts."""

LEGENDS: Mapping[tuple[str, str], str] = {
    ("general", "address_1"): "Address and language",
    ("customer_info", "address_1"): "Address and language",
    ("customer_info", "email"): "Contact",
    ("billing", "billing_account_code"): "Billing account and user account",
    ("billing", "seller"): "Group",
}
"""Where a tab begins a new group of fields, and what stands above it."""

WORLD = frozenset({"country", "language", "currency"})
"""Fields with a register of the world behind them."""

SEPARATOR = "-"
"""Between the level and the field in the name of a field, where a form shows several levels."""


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """The fields of one level in a form; `prefix` stands before their names, `legend` above them."""

    tabs: tuple[FormTab, ...]
    prefix: str = ""
    legend: str = ""


@dataclass(frozen=True, slots=True)
class DrawnField:
    """A field with what stands in it, what is wrong with it, and what it offers."""

    name: str
    label: str
    widget: str
    value: str
    wrong: str
    must: bool
    hint: str
    longest: int
    list: str
    options: Options


@dataclass(slots=True)
class Group:
    """Fields that belong together."""

    legend: str
    fields: list[DrawnField]


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab with its groups."""

    key: str
    label: str
    groups: list[Group]

    @property
    def wrong(self) -> int:
        """How many fields are to be corrected here."""
        return sum(1 for group in self.groups for field in group.fields if field.wrong)


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the fields of a form, what is wrong with them, and what they offer."""

    values: Mapping[str, str]
    wrong: Mapping[str, str]
    choices: Choices
    hints: Mapping[str, str]


def name_of(prefix: str, field: str) -> str:
    """The name of a field in a form."""
    return f"{prefix}{SEPARATOR}{field}" if prefix else field


def bare(name: str) -> str:
    """The field that a name in a form stands for."""
    return name.rpartition(SEPARATOR)[2]


def draw(parts: Sequence[FieldGroup], filled: Filled, order: Iterable[str]) -> list[Tab]:
    """The tabs in this order, each with the fields that any part has there."""
    tabs = (_tab(key, parts, filled) for key in order)
    return [tab for tab in tabs if tab is not None]


def _tab(key: str, parts: Sequence[FieldGroup], filled: Filled) -> Tab | None:
    groups: list[Group] = []
    label = ""
    for part in parts:
        tab = next((one for one in part.tabs if one.name == key), None)
        if tab is None:
            continue
        label = t(tab.label)
        groups.append(Group(part.legend, []))
        for field in tab.fields:
            if legend := LEGENDS.get((key, field.name)):
                groups.append(Group(t(legend), []))
            groups[-1].fields.append(draw_field(field, filled, part.prefix))
    filled_groups = [group for group in groups if group.fields]
    return Tab(key, label, filled_groups) if filled_groups else None


def draw_field(field: FormField, filled: Filled, prefix: str = "") -> DrawnField:
    """A field with what stands in it."""
    name = name_of(prefix, field.name)
    options = options_of(field.choices, filled.choices) if field.choices else []
    widget, value = WIDGETS.get(field.input, "text"), filled.values.get(name, "")
    if widget == "select" and value and value not in {code for code, _ in options}:
        # What is no longer offered stays visible until another is chosen.
        options = [*options, (value, value)]
    hint = filled.hints.get(field.name) or (t(field.hint) if field.hint else "")
    if widget == "combo":
        hint = dict(options).get(value, hint)
    return DrawnField(
        name, t(field.label), widget, value, filled.wrong.get(name, ""), field.mandatory, hint, field.longest,
        f"l-{field.choices}" if widget == "combo" else "", options,
    )  # fmt: skip


def lists_of(tabs: Iterable[Tab]) -> dict[str, Options]:
    """The long lists that fields of these tabs are chosen from, each once."""
    return {f.list: f.options for tab in tabs for group in tab.groups for f in group.fields if f.list}


def options_of(field: str, choices: Choices) -> Options:
    """What a field offers, in the reader's language."""
    if field in WORLD:
        return world(field, spoken(), choices[field])
    offered = choices.get(field, ())
    return [(one.code, t(one.label)) for one in offered]


def country_name(code: str | None) -> str:
    """A country in the reader's language."""
    return str(Locale.parse(spoken()).territories.get(code or "", code or ""))


@lru_cache(maxsize=64)
def world(field: str, language: str, known: tuple[Setting, ...]) -> Options:
    """Countries, languages or currencies by their name in a language; those it has no name for by their English one."""
    locale = Locale.parse(language)
    names = {"country": locale.territories, "language": locale.languages, "currency": locale.currencies}[field]
    named = [(one.code, str(names.get(one.code) or t(one.label))) for one in known]
    return tuple(sorted(((code, words[:1].upper() + words[1:]) for code, words in named), key=lambda one: fold(one[1])))


def read_typed(field: str, text: str, choices: Choices) -> str | Decimal | None:
    """What was typed into a field, as rules take it: a country by its name is its code, an amount may hold spaces."""
    text = text.strip()
    if not text:
        return None
    if field in WORLD:
        wanted = fold(text)
        here = next((code for code, words in options_of(field, choices) if fold(words) == wanted), None)
        return here or next((one.code for one in choices[field] if fold(one.label) == wanted), text)
    if field == "credit_limit":
        amount = read_amount(text)
        # What may be read in two ways must not be read in one of them by the rules.
        return text.replace(".", ",") if isinstance(amount, Refusal) else amount
    return text


def as_text(value: object) -> str:
    """A value that is kept, as it stands in a field."""
    if value is None:
        return ""
    return (
        as_typed(value) if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else str(value)
    )


def placed(refusals: Iterable[Refusal], names: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """What is wrong with each field, and what concerns none of them; a field left blank is told in the reader's words."""
    known = set(names)
    missing = {bare_path(one) for one in refusals if one.code == FIELD_MISSING.code}
    wrong, rest = by_field([one for one in refusals if one.code != FIELD_MISSING.code], known)
    return {**wrong, **{name: t("Fill this in") for name in missing if name in known}}, rest


def bare_path(refusal: Refusal) -> str:
    """The field at the end of a refusal's path."""
    return (refusal.field or "").rpartition(".")[2]


def in_words(refusal: Refusal) -> str:
    """A refusal beside its field."""
    return t("Fill this in") if refusal.code == FIELD_MISSING.code else sentence(refusal.text)
