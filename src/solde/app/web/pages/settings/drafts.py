"""The form of a balance definition: what was typed, as a draft, and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from solde.balances import ChoiceKind, Definition, Draft, TypeChoice
from solde.balances.rules import MEASURES

FIELDS = ("code", "label", "debit", "credit", "expression", "measure")
"""The fields that a refusal may concern."""

EXPRESSION_LONGEST = 5000
SHORT_LONGEST = 200
TYPES_MOST = 500


class Values(Protocol):
    """A form, or the parameters of an address."""

    def getall(self, key: str, default: list[str]) -> list[str]:
        """Every value of a name."""


@dataclass(frozen=True, slots=True)
class DefinitionDraft:
    """What stands in the form. `measure` is amount, open, or expression, which stands in `measure_expression`."""

    code: str = ""
    label: str = ""
    debit: str = ChoiceKind.ALL.value
    debit_types: tuple[str, ...] = ()
    credit: str = ChoiceKind.ALL.value
    credit_types: tuple[str, ...] = ()
    expression: str = ""
    measure: str = "amount"
    measure_expression: str = ""
    counts_unbilled: bool = False
    version: int = 0

    def draft(self, before: Definition | None, position: int = 0) -> Draft:
        """As a draft; its place in the order and whether it is the default stay as they are."""
        measure = self.measure if self.measure in MEASURES else self.measure_expression.strip()
        made = Draft(
            code=self.code,
            label=self.label.strip(),
            debit=_choice(self.debit, self.debit_types),
            credit=_choice(self.credit, self.credit_types),
            expression=self.expression.strip("\n"),
            measure=measure,
            counts_unbilled=self.counts_unbilled,
            position=position,
        )
        if before is None:
            return made
        return replace(made, position=before.draft.position, is_default=before.draft.is_default)

    def pairs(self) -> list[tuple[str, str]]:
        """As fields of a form or parameters of an address."""
        found = [
            ("code", self.code),
            ("label", self.label),
            ("debit", self.debit),
            *(("debit_types", code) for code in self.debit_types),
            ("credit", self.credit),
            *(("credit_types", code) for code in self.credit_types),
            ("expression", self.expression),
            ("measure", self.measure),
            ("measure_expression", self.measure_expression),
            ("counts_unbilled", "true" if self.counts_unbilled else ""),
            ("version", str(self.version)),
        ]
        return [(name, value) for name, value in found if value]


def read_typed(form: Values, *, code: str | None = None) -> DefinitionDraft:
    """What a form or an address says; what it does not know counts as not said. `code` is that of an existing balance."""

    def one(name: str, longest: int = SHORT_LONGEST) -> str:
        values = form.getall(name, [])
        return str(values[-1])[:longest] if values else ""

    version = one("version")
    measure = one("measure")
    return DefinitionDraft(
        code=_plain(one("code")).strip() if code is None else code,
        label=_plain(one("label")),
        debit=_kind(one("debit")),
        debit_types=_codes(form.getall("debit_types", [])),
        credit=_kind(one("credit")),
        credit_types=_codes(form.getall("credit_types", [])),
        expression=one("expression", EXPRESSION_LONGEST).replace("\r\n", "\n"),
        measure=measure if measure in {*MEASURES, "expression"} else "amount",
        measure_expression=one("measure_expression", EXPRESSION_LONGEST).replace("\r\n", "\n"),
        counts_unbilled=one("counts_unbilled") == "true",
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
    )


def typed_of(definition: Definition) -> DefinitionDraft:
    """The form of a definition as it is."""
    draft = definition.draft
    plain = draft.measure in MEASURES
    return DefinitionDraft(
        code=draft.code,
        label=draft.label,
        debit=draft.debit.kind.value,
        debit_types=draft.debit.types,
        credit=draft.credit.kind.value,
        credit_types=draft.credit.types,
        expression=draft.expression,
        measure=draft.measure if plain else "expression",
        measure_expression="" if plain else draft.measure,
        counts_unbilled=draft.counts_unbilled,
        version=definition.version,
    )


def next_position(definitions: Sequence[Definition]) -> int:
    """The place behind all others."""
    return max((d.draft.position for d in definitions), default=0) + 1


def _choice(kind: str, types: tuple[str, ...]) -> TypeChoice:
    chosen = ChoiceKind(kind)
    return TypeChoice(chosen, types if chosen in {ChoiceKind.EXCEPT, ChoiceKind.ONLY} else ())


def _kind(text: str) -> str:
    return text if text in list(ChoiceKind) else ChoiceKind.ALL.value


def _codes(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_plain(str(value)[:40]) for value in list(values)[:TYPES_MOST]))


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable())
