"""Named SQL: every statement says what it is, and a feature writes its own tables only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

# Tables that others than their owner may write, who, and why. "every feature" is written as None.
ALSO_WRITTEN: dict[str, tuple[frozenset[str] | None, str]] = {
    "audit_record": (None, "every action writes its record in the statement that acts"),
    "idempotency": (None, "the caller's key is kept in the statement that acts"),
    "account": (
        frozenset({"operations", "matching", "litigation", "imports"}),
        "their counters live in the row they lock",
    ),
    "open_item": (
        frozenset({"matching", "litigation", "imports"}),
        "a match or a dispute changes what is open, in one statement",
    ),
    "settled_item": (frozenset({"matching", "litigation", "imports"}), "follows the open item"),
    "account_total": (frozenset({"matching", "litigation", "imports"}), "follows the open item"),
    "operation": (
        frozenset({"imports"}),
        "a mass import writes the final state; a test holds it against the plain actions",
    ),
    "posting_exception": (frozenset({"imports"}), "as operation"),
    "match_group": (frozenset({"imports"}), "as operation"),
    "match_line": (frozenset({"imports"}), "as operation"),
    "litigation_event": (frozenset({"imports"}), "as operation"),
    "open_dispute": (frozenset({"imports"}), "follows the litigation events"),
    "seller": (frozenset({"app"}), "the demo company brings a second seller"),
}

NAME = re.compile(r"^-- name: *(\S+)", re.MULTILINE)
OWNED = re.compile(r"-- owner: (\w+)[^\n]*\n(?:--[^\n]*\n)*create (?:unlogged )?table (?:if not exists )?(\w+)")
TABLE = re.compile(r"^create (?:unlogged )?table (?:if not exists )?(\w+)", re.MULTILINE)
WRITES = re.compile(
    r"(?:\binsert into|\bdelete from|\bmerge into|\btruncate(?: table)?|(?<!\bdo )(?<!\bfor )(?<!\bkey )\bupdate)"
    r" (?:only )?(?:public\.)?(\w+)"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One named statement: the feature and name, the comments above it, its text without comments and literals."""

    feature: str
    name: str
    comments: list[str]
    text: str


def read_statements(path: Path, feature: str) -> list[Statement]:
    _head, *parts = NAME.split(path.read_text(encoding="utf-8"))
    return [make_statement(feature, name, body) for name, body in zip(parts[::2], parts[1::2], strict=True)]


def make_statement(feature: str, name: str, body: str) -> Statement:
    comments = [line[2:].strip() for line in body.splitlines() if line.startswith("--")]
    bare = re.sub(r"--[^\n]*|'(?:[^']|'')*'", " ", body)
    return Statement(feature, name, comments, " ".join(bare.lower().split()))


@pytest.fixture(scope="module")
def statements(tracked_files: list[Path], root: Path) -> list[Statement]:
    package = root / "src/solde"
    paths = [path for path in tracked_files if path.name == "queries.sql"]
    return [found for path in paths for found in read_statements(path, path.relative_to(package).parts[0])]


@pytest.fixture(scope="module")
def migrations(root: Path) -> str:
    folder = root / "src/solde/db/migrations/sql"
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql")))


def label(statement: Statement) -> str:
    return f"{statement.feature}: {statement.name}"


def test_every_table_names_its_owner(migrations: str) -> None:
    owned = {table for _owner, table in OWNED.findall(migrations)}
    library = {table for table in TABLE.findall(migrations) if table.startswith("procrastinate_")}
    assert set(TABLE.findall(migrations)) - owned - library == set()


def test_every_owner_is_a_feature(migrations: str, root: Path) -> None:
    owners = {owner for owner, _table in OWNED.findall(migrations)}
    features = {path.name for path in (root / "src/solde").iterdir() if path.is_dir()}
    assert owners - features == set()


def test_each_feature_writes_only_its_own_tables(statements: list[Statement], migrations: str) -> None:
    owner = {table: name for name, table in OWNED.findall(migrations)}
    strangers = [
        f"{label(statement)} writes {table} of {owner[table]}"
        for statement in statements
        for table in WRITES.findall(statement.text)
        if table in owner and owner[table] != statement.feature and not may_write(statement.feature, table)
    ]
    assert strangers == []


def may_write(feature: str, table: str) -> bool:
    writers, _reason = ALSO_WRITTEN.get(table, (frozenset(), ""))
    return writers is None or feature in writers


def test_statements_are_named_well_and_once(statements: list[Statement]) -> None:
    names = [(statement.feature, statement.name) for statement in statements]
    assert [name for name in names if names.count(name) > 1] == []
    assert [name for _feature, name in names if not re.fullmatch(r"[a-z][a-z0-9_]*[!^$#]?", name)] == []


def test_every_statement_is_described(statements: list[Statement]) -> None:
    assert [label(statement) for statement in statements if not statement.comments] == []


def test_every_reading_statement_names_its_grain(statements: list[Statement]) -> None:
    silent = [
        label(statement)
        for statement in statements
        if reads_rows(statement.text) and not any(line.startswith("grain:") for line in statement.comments)
    ]
    assert silent == []


def reads_rows(text: str) -> bool:
    return text.startswith(("select ", "with ")) and " from " in text and not WRITES.search(text)


def test_the_scan_tells_a_write_from_a_lock() -> None:
    lock = "select 1 from account for update"
    upsert = "insert into operation select 1 on conflict do update set x = 1"
    assert WRITES.findall(f"with a as ({lock}), b as ({upsert}) update open_item set open = 0") == [
        "operation",
        "open_item",
    ]
    assert WRITES.findall("select 1 from account for no key update of account") == []
