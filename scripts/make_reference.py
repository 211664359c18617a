"""Write the pages of docs/reference that come from the code.

Run by `make reference`. With `--check` nothing is written: the pages that differ are named and the exit code is 1.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import solde
from solde.expressions import NodeType as ValueKind
from solde.expressions import function_list, properties
from solde.kernel.refusals import CATALOGUE, Kind

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs/reference"
SCHEMA = ROOT / "src/solde/db/migrations/sql"
# Run by Alembic alone, never imported.
NOT_IMPORTED = ("solde.db.migrations.",)


def import_everything() -> None:
    """Import every module of Solde, so that every refusal code is declared."""
    for module in pkgutil.walk_packages(solde.__path__, "solde."):
        if not module.name.startswith(NOT_IMPORTED) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def refusals_page() -> str:
    """The catalogue of refusal codes, by kind and code."""
    lines = [
        "# Refusals",
        "",
        'Every "no" has a stable code. A program reads the code; a person reads the message that comes with it, and',
        "the advice below. The command line exits with 1 and writes the refusals to standard error.",
        "",
    ]
    for kind in Kind:
        entries = sorted((entry for entry in CATALOGUE.values() if entry.kind is kind), key=lambda entry: entry.code)
        lines += [f"## {kind.value.replace('_', ' ').capitalize()}", "", "| Code | What to do |", "|---|---|"]
        lines += [f"| `{entry.code}` | {cell(entry.advice)} |" for entry in entries]
        lines.append("")
    return "\n".join(lines)


def cell(text: str) -> str:
    """Text inside a table: its own bars do not end the cell."""
    return text.replace("|", "\\|")


def table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Lines of a Markdown table, with a blank line behind."""
    names = list(headers)
    lines = [names, ["---"] * len(names), *([cell(text) for text in row] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


EXPRESSIONS_INTRODUCTION = """\
# Expression language

An expression says which operations a balance takes, or how much each counts. It is written between `#{` and `}` and is a
part of Jakarta Expression Language: `#{ accountOperation.type == 'I' && accountOperation.dueDate < currentDate }`. A blank
condition is true. It is checked when it is saved: names, kinds and values, with the column of each mistake.

## Operators

From the loosest binding to the tightest; words and signs mean the same.

| Written | Meaning |
| --- | --- |
| `c ? a : b` | a where the condition holds, otherwise b; both of one kind |
| `\\|\\|` `or` | one of them holds |
| `&&` `and` | both hold |
| `==` `eq`, `!=` `ne` | equal, different; also with `null` |
| `<` `lt`, `<=` `le`, `>` `gt`, `>=` `ge` | order of numbers, dates and texts |
| `x in [a, b]`, `x not in [a, b]` | is it one of the list? |
| `+` `-` | sum, difference of numbers |
| `*`, `/` `div`, `%` `mod` | product, quotient, remainder of numbers |
| `!` `not`, `empty`, `-` | it does not hold; null or a text without characters; the negative |

Values: texts in `'…'` or `"…"` (with `\\` before a quote inside), numbers such as `1610.81` (14 digits before the point, 6
behind), `true`, `false`, `null`, dates as `date('2026-04-01')`. Kinds do not mix: a date is compared with a date.

## What null means

- A condition is true or false, never unknown. Null equals null alone, so `x != 'a'` is true where x is null. The orders
  (`<`, `<=`, `>`, `>=`) are false where one side is null.
- In arithmetic null counts as 0. A division by zero is null.
- A function of null is null; `startsWith`, `endsWith` and `contains` give false.

## Numbers

Numbers are exact decimals. A division keeps six decimals, half away from zero. A measure is rounded to six decimals in the
end, and a null measure is 0.

## Bounds

At most 1000 characters, 20 levels of nesting (a chain of one operator is one level), 200 operations. What is longer, deeper
or could grow a number too wide is refused.
"""

SECTIONS = {
    "accountOperation": "Properties of the operation",
    "customerAccount": "Properties of its customer account",
    "billingAccount": "Properties of its billing account",
    "currentDate": "The day",
}
KIND_WORDS = {kind: kind.value for kind in ValueKind}


def expressions_page() -> str:
    """The expression language: what an expression may read and call."""
    lines = [EXPRESSIONS_INTRODUCTION]
    for owner, title in SECTIONS.items():
        rows = [
            (f"`{spec.path}`", KIND_WORDS[spec.kind], spec.doc + in_list(spec.values))
            for spec in properties()
            if spec.path.partition(".")[0] == owner
        ]
        lines += [f"## {title}", "", *table(("Property", "Kind", "What it is"), rows)]
    calls = [(f"`{f.signature}`", KIND_WORDS[f.result], f.doc) for f in function_list()]
    lines += ["## Functions", "", *table(("Function", "Gives", "What it does"), calls)]
    return "\n".join(lines)


def in_list(values: Iterable[str]) -> str:
    """The values of a closed list, behind its description."""
    named = ", ".join(f"`{value}`" for value in values)
    return f" One of {named}." if named else ""


SEED = re.compile(
    r"^\('(?P<code>[A-Z0-9_]+)', '(?P<label>[^']+)', '(?P<class>[A-Z]+)', (?P<side>-?1), "
    r"'(?P<account>\d+)', '(?P<contra>\d+)', '(?P<journal>[A-Z]+)', (?P<manual>true|false), (?P<deposit>true|false)\)",
    re.MULTILINE,
)


def operation_types_page() -> str:
    """The operation types a new database has, from the statements that write them."""
    from solde.operations.model import CLASSES

    shipped = "\n".join(file.read_text(encoding="utf-8") for file in sorted(SCHEMA.glob("*_shipped.sql")))
    found = [match.groupdict() for match in SEED.finditer(shipped)]
    lines = [
        "# Operation types",
        "",
        "What a new database comes with. A type is data: others are added by `POST /api/v1/operation-types`; its code, class and",
        "side never change. A debit raises what the customer owes, a credit lowers it. *By hand*: people may",
        "post it; the others are posted by their own action (an invoice by billing or an import) or by a token of the role",
        "`program` or `admin`. *Deposit*: the type belongs to security deposits and is never matched by hand.",
        "",
    ]
    for class_, name in CLASSES.items():
        rows = [
            (f"`{t['code']}`", t["label"], "debit" if t["side"] == "1" else "credit", t["account"], t["contra"],
             t["journal"], "yes" if t["manual"] == "true" else "no", "yes" if t["deposit"] == "true" else "")
            for t in found
            if t["class"] == class_
        ]  # fmt: skip
        if rows:
            headers = ("Code", "Label", "Side", "Account", "Contra account", "Journal", "By hand", "Deposit")
            lines += [f"## Class {class_}: {name}", "", *table(headers, rows)]
    return "\n".join(lines)


def commands_page() -> str:
    """Every command with its arguments and options."""
    from solde.app.cli.main import _application

    lines = [
        "# Commands",
        "",
        "Every command works on the database that `SOLDE_DATABASE_URL` names or, without it, on an embedded PostgreSQL under",
        "`SOLDE_HOME`. An empty database gets its schema by itself. `--json` prints what the API would answer. Exit codes:",
        "0 done, 1 refused (the reasons on standard error), 2 wrong usage. Dates are written `2026-04-01`, instants",
        "`2026-04-01T08:00:00Z`. From a checkout the program is `.venv/bin/solde`.",
        "",
    ]
    root: Any = _application()
    for name, command in leaves(root, "solde"):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option"]
        usage = " ".join([name, *(argument_word(p) for p in arguments), *(["[options]"] if options else [])])
        lines += [f"## {name}", "", f"`{usage}`", "", command.help or "", ""]
        rows = [(f"`{argument_word(p)}`", p.help or "") for p in arguments]
        rows += [(option_words(p), (p.help or "") + default_words(p)) for p in options]
        lines += table(("Argument or option", "What it is"), rows) if rows else []
    return "\n".join(lines)


def leaves(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The commands below a group, by their whole names; those made from descriptions are asked for by name."""
    import click

    context = click.Context(command, info_name=name)
    for word in command.list_commands(context):
        below = command.get_command(context, word)
        if hasattr(below, "list_commands"):
            yield from leaves(below, f"{name} {word}")
        else:
            yield f"{name} {word}", below


def argument_word(parameter: Any) -> str:
    """An argument as usage shows it."""
    word = parameter.name.upper()
    return word if parameter.required else f"[{word}]"


def option_words(parameter: Any) -> str:
    """An option with its short form and its opposite."""
    return ", ".join(f"`{word}`" for word in (*parameter.opts, *parameter.secondary_opts))


def default_words(parameter: Any) -> str:
    """What an option is where it is not given."""
    if parameter.required:
        return " Needed."
    return f" Default: `{parameter.default}`." if isinstance(parameter.default, str | int) and parameter.default else ""


def routes_page() -> str:
    """Every address of the HTTP API."""
    from solde.app.api.openapi import declarations
    from solde.app.api.routes import api_routes

    declared = declarations(api_routes())
    lines = [
        "# HTTP API",
        "",
        "All addresses begin with `/api/v1`. Parameters, bodies and answers are in the OpenAPI 3.1 document",
        "`/api/v1/openapi.json`, to be browsed at `/api/docs`. How to use it: [the guide](../guide/http-api.md). *Key*: the",
        "request must carry an `Idempotency-Key`. *Version*: it must carry `If-Match`.",
        "",
    ]
    for tag in dict.fromkeys(d.tag for d in declared):
        rows = [
            (
                d.method,
                f"`{d.path}`",
                d.summary,
                f"`{d.permission.value}`" if d.permission else "signed",
                "key" if d.keyed else "version" if d.versioned else "",
            )
            for d in declared
            if d.tag == tag
        ]
        lines += [f"## {tag}", "", *table(("Method", "Address", "What it does", "Permission", "Needs"), rows)]
    return "\n".join(lines)


TABLE = re.compile(r"((?:^--.*\n)+)^create table (\w+) \(\n((?:.*\n)*?)^\)", re.MULTILINE)
GRANT = re.compile(r"^grant ([^;]*?) on (\w+) to solde_app;", re.MULTILINE)


def events_page() -> str:
    """Every kind of event, and what its `after` holds."""
    from solde.outbox.kinds import KINDS

    lines = [
        "# Events",
        "",
        "Made from the code by `make reference`. Every kind of event that [webhooks](../guide/webhooks.md) receive and `GET /api/v1/events`",
        "lists, and what `data.after` holds; the same stands in the OpenAPI document under `webhooks`. A dash: the fields of the audit",
        "record, which differ.",
        "",
        *table(
            ("Kind", "What it tells", "`after`"), ((f"`{k.code}`", k.label, payload_link(k.payload)) for k in KINDS)
        ),
    ]
    for shape in sorted({k.payload for k in KINDS if k.payload is not None}, key=lambda one: one.__name__):
        lines += ["", f"## {shape.__name__}", "", (shape.__doc__ or "").strip(), ""]
        lines += table(("Field", "Given", "What it is"), fields_of_payload(shape))
    return "\n".join(lines) + "\n"


def payload_link(payload: type | None) -> str:
    """The way to what a kind of event says."""
    return "–" if payload is None else f"[{payload.__name__}](#{payload.__name__.lower()})"


def fields_of_payload(shape: type) -> Iterator[tuple[str, str, str]]:
    """A row for each field: its name, whether it is always there, what it is."""
    import msgspec

    (_, components) = msgspec.json.schema_components([shape])
    schema = components[shape.__name__]
    for name, field in schema["properties"].items():
        told = field.get("description", "")
        inner = [part for part in (field, field.get("items", {}), *field.get("anyOf", [])) if "$ref" in part]
        nested = "; ".join(
            f"each with {', '.join(f'`{n}`' for n in components[part['$ref'].rpartition('/')[2]]['properties'])}"
            for part in inner
        )
        yield (
            f"`{name}`",
            "always" if name in schema.get("required", []) else "where there is one",
            "; ".join(filter(None, (told, nested))),
        )


def tables_page() -> str:
    """Every table: what it holds, which feature writes it, what the application may change."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(SCHEMA.glob("*.sql"))}
    rights = {name: right for text in texts.values() for right, name in GRANT.findall(text)}
    lines = [
        "# Tables",
        "",
        "What each table holds and which feature owns it: only that feature's actions write it. The application's role may",
        "read and add rows everywhere; what more it may do is named. How the tables belong together:",
        "[data model](data-model.md).",
        "",
    ]
    for text in texts.values():
        for comment, name, body in TABLE.findall(text):
            said = [line.removeprefix("--").strip() for line in comment.splitlines()]
            owner = next((line.removeprefix("owner: ") for line in said if line.startswith("owner: ")), "")
            words = " ".join(line for line in said if line and not line.startswith("owner: "))
            lines += [f"## {name}", "", *([words, ""] if words else [])]
            lines += [f"Owner: {owner}. Besides reading and adding: {rights.get(name, 'nothing')}.", ""]
            lines += ["```sql", *(line.removeprefix("    ") for line in body.rstrip().splitlines()), "```", ""]
    return "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "events.md": events_page,
    "expressions.md": expressions_page,
    "http-api.md": routes_page,
    "operation-types.md": operation_types_page,
    "refusals.md": refusals_page,
    "tables.md": tables_page,
}


def stale_pages() -> dict[str, str]:
    """The pages whose text in the repository is not what the code gives, with the text they should have."""
    wanted = {name: make() for name, make in PAGES.items()}
    return {name: text for name, text in wanted.items() if read(TARGET / name) != text}


def read(path: Path) -> str | None:
    """The text of a file, or None where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> int:
    """Write the pages, or only compare them; gives the exit code."""
    import_everything()
    stale = stale_pages()
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/reference/{name} is stale; run: make reference")
        return 1 if stale else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in stale.items():
        (TARGET / name).write_text(text, encoding="utf-8")
        print(f"reference: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
