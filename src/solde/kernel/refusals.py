"""Refusals: expected answers of "no", as values with a stable code.

A rule or an action gives refusals back; an action that is all or nothing raises
`Refused`. Only `app/api` maps a kind to an HTTP status, only `app/cli` to an exit code.
The catalogue of codes is `docs/reference/refusals.md`; a test keeps it complete.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from .texts import Text, Value


class Kind(StrEnum):
    """What sort of "no" it is."""

    INVALID = "invalid"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Code:
    """One entry of the catalogue: a stable code, its kind and what a person should do."""

    code: str
    kind: Kind
    advice: str


CATALOGUE: dict[str, Code] = {}


def declare(code: str, kind: Kind, advice: str) -> Code:
    """Put a refusal code into the catalogue; each code is declared once, where it is used."""
    assert code not in CATALOGUE, f"refusal code declared twice: {code}"
    entry = Code(code, kind, advice)
    CATALOGUE[code] = entry
    return entry


@dataclass(frozen=True, slots=True)
class Refusal:
    """One "no": which rule, where in the input, and a sentence for a person.

    `field` is a dotted path inside the input row; `row` is its position, from 0
    (in a file: the line, see `line`). `column` is a character position in a text, from 1.
    """

    code: str
    kind: Kind
    text: Text
    field: str | None = None
    row: int | None = None
    line: int | None = None
    column: int | None = None

    @property
    def message(self) -> str:
        """The sentence in English, as the API and the command line say it."""
        return str(self.text)

    def at(self, row: int | None = None, field: str | None = None, line: int | None = None) -> Refusal:
        """The same refusal, placed."""
        return replace(
            self,
            row=self.row if row is None else row,
            field=self.field if field is None else field,
            line=self.line if line is None else line,
        )


def refuse(
    entry: Code,
    template: str | Text,
    /,
    *,
    field: str | None = None,
    row: int | None = None,
    line: int | None = None,
    column: int | None = None,
    **values: Value,
) -> Refusal:
    """Make a refusal of a declared code: the sentence, in English, with `{name}` for each of its values."""
    said = template if isinstance(template, Text) else Text(template, values)
    return Refusal(entry.code, entry.kind, said, field, row, line, column)


class Refused(Exception):
    """Raised by an action that does all or nothing; carries every refusal found."""

    def __init__(self, refusals: Iterable[Refusal] | Refusal):
        self.refusals: tuple[Refusal, ...] = (refusals,) if isinstance(refusals, Refusal) else tuple(refusals)
        assert self.refusals, "Refused without a refusal"
        super().__init__("; ".join(f"{r.code}: {r.message}" for r in self.refusals[:5]))


UNKNOWN_ACCOUNT = declare(
    "unknown_account", Kind.NOT_FOUND, "Check the account code; list accounts by GET /api/v1/customers?q=…"
)
NOT_FOUND = declare("not_found", Kind.NOT_FOUND, "Check the address or the code.")
FORBIDDEN = declare("forbidden", Kind.FORBIDDEN, "Ask an administrator for the permission named in the message.")
NOT_SIGNED_IN = declare(
    "not_signed_in", Kind.FORBIDDEN, "Send `Authorization: Bearer TOKEN`; create one by `solde token create`."
)
BAD_SHAPE = declare("bad_shape", Kind.INVALID, "Compare the request with the OpenAPI document.")
KEY_REUSED = declare(
    "idempotency_key_reused",
    Kind.INVALID,
    "Use a new Idempotency-Key for a different request; repeat a request unchanged.",
)
KEY_FORGOTTEN = declare(
    "idempotency_answer_forgotten",
    Kind.CONFLICT,
    "The request was done; read what it made. Use a new Idempotency-Key only to do it once more.",
)
KEY_MISSING = declare("idempotency_key_missing", Kind.INVALID, "Send an Idempotency-Key header with every POST.")
VERSION_DIFFERS = declare(
    "version_differs", Kind.CONFLICT, "Somebody changed it since you read it; read it again and repeat your change."
)
