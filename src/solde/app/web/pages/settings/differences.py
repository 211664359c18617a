"""What changed from one state of a balance definition to the next, in words and word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from solde.balances import ChoiceKind, Draft, TypeChoice

from ...conditions import condition_in_words
from ...i18n import t

PIECE = re.compile(r"\s+|[A-Za-z_][\w.]*|\d+(?:\.\d+)?|[=!<>&|]+|.", re.DOTALL)

KINDS = {
    ChoiceKind.ALL: "All",
    ChoiceKind.EXCEPT: "All except",
    ChoiceKind.ONLY: "Only",
    ChoiceKind.NONE: "None",
}


@dataclass(frozen=True, slots=True)
class TextDifference:
    """One thing that changed: pieces of text that stay (`same`), are new (`new`) or are gone (`gone`), in reading order."""

    name: str
    pieces: tuple[tuple[str, str], ...]


def differences(before: Draft | None, after: Draft) -> list[TextDifference]:
    """What is different; everything where there was nothing before."""
    old = Draft(code="", label="", debit=TypeChoice(), credit=TypeChoice()) if before is None else before
    found = [
        _words(t("Label"), old.label, after.label),
        _choice(t("Debits"), old.debit, after.debit, always=before is None),
        _choice(t("Credits"), old.credit, after.credit, always=before is None),
        _words(t("Expression"), old.expression, after.expression),
        _swap(t("Measure"), "" if before is None else old.measure, after.measure),
        _swap(t("Unbilled items"), _counted(old), _counted(after)),
        _swap(t("Place in the order"), "" if before is None else str(old.position), str(after.position)),
        _swap(t("Default balance"), _yes(old.is_default), _yes(after.is_default)),
    ]
    return [one for one in found if any(how != "same" for how, _ in one.pieces)]


def _counted(draft: Draft) -> str:
    return t("counted") if draft.counts_unbilled else t("not counted")


def _yes(on: bool) -> str:
    return t("yes") if on else t("no")


def _words(name: str, old: str, new: str) -> TextDifference:
    """Word by word where enough stays; otherwise the old as a whole and the new."""
    a, b = PIECE.findall(old), PIECE.findall(new)
    match = SequenceMatcher(None, a, b, autojunk=False)
    if match.ratio() < 0.4:
        return _swap(name, old, new)
    pieces: list[tuple[str, str]] = []
    gone, new = "", ""
    for how, i, j, k, m in match.get_opcodes():
        here = "".join(a[i:j])
        if how == "equal" and (here.strip() or not (gone or new)):
            pieces += [*_changed(gone, new), ("same", here)]
            gone, new = "", ""
        else:
            # A blank that stays between two changes belongs to both: they read as one.
            gone, new = gone + here, new + "".join(b[k:m])
    return TextDifference(name, (*pieces, *_changed(gone, new)))


def _changed(gone: str, new: str) -> list[tuple[str, str]]:
    return [(how, text) for how, text in (("gone", gone), ("new", new)) if text]


def _swap(name: str, old: str, new: str) -> TextDifference:
    if old == new:
        return TextDifference(name, (("same", new),) if new else ())
    return TextDifference(name, tuple(_changed(old, new)))


def _choice(name: str, old: TypeChoice, new: TypeChoice, *, always: bool) -> TextDifference:
    """The kind of choice, and the types that came or went."""
    if always:
        return TextDifference(name, (("new", choice_in_words(new)),))
    if old.kind is not new.kind:
        return TextDifference(name, (("gone", choice_in_words(old)), ("new", choice_in_words(new))))
    if set(old.types) == set(new.types):
        return TextDifference(name, (("same", t(KINDS[new.kind])),))
    types = _types(old.types, new.types)
    return TextDifference(name, (("same", t(KINDS[new.kind])), *types))


def _types(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    states = [(code, "same" if code in new else "gone") for code in old]
    states += [(code, "new") for code in new if code not in old]
    return [(how, code) for code, how in sorted(states)]


def choice_in_words(choice: TypeChoice) -> str:
    """A choice as one line."""
    return " ".join([t(KINDS[choice.kind]), ", ".join(choice.types)]).strip()


def in_words(draft: Draft) -> list[str]:
    """What a balance holds, in sentences of the reader's language."""
    said = [_side_in_words(t("debits"), draft.debit), _side_in_words(t("credits"), draft.credit)]
    if draft.debit.kind is ChoiceKind.ALL and draft.credit.kind is ChoiceKind.ALL:
        said = [t("All debits and credits.")]
    if draft.expression.strip():
        said.append(t("Counted only if {condition}.", condition=condition_in_words(draft.expression)))
    measures = {"amount": t("Each counts with its amount."), "open": t("Each counts with what is open and undisputed.")}
    said.append(measures.get(draft.measure) or t("Each counts with {measure}.", measure=draft.measure))
    if draft.counts_unbilled:
        said.append(t("Unbilled items count."))
    return said


def _side_in_words(side: str, choice: TypeChoice) -> str:
    types = ", ".join(choice.types)
    match choice.kind:
        case ChoiceKind.ALL:
            return t("All {side}.", side=side)
        case ChoiceKind.NONE:
            return t("No {side}.", side=side)
        case ChoiceKind.EXCEPT:
            return t("All {side} except {types}.", side=side, types=types)
        case ChoiceKind.ONLY:
            return t("Of the {side} only {types}.", side=side, types=types)
