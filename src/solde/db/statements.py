"""Named SQL: each feature keeps its statements in `queries.sql`, one name a statement."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from aiosql.adapters.pyformat import PyFormatAdapter
from aiosql.query_loader import QueryLoader
from aiosql.types import DriverAdapterProtocol


class Statements:
    """The statements of one package, each an attribute: `sql.find_account`.

    The texts are bytes with psycopg's named placeholders, ready for `conn.execute`.
    """

    __slots__ = ("_package", "_texts")

    def __init__(self, package: str, texts: Mapping[str, bytes]) -> None:
        self._package = package
        self._texts = dict(texts)

    def __getattr__(self, name: str) -> bytes:
        try:
            return self._texts[name]
        except KeyError:
            raise AttributeError(f"{self._package}/queries.sql has no statement named {name!r}") from None

    def __dir__(self) -> list[str]:
        return sorted(self._texts)


def load(package: str | None) -> Statements:
    """Read a package's `queries.sql`: `sql = load(__package__)`.

    Shape: `-- name: find_account` starts a statement; parameters are `:name`, a literal % is doubled;
    a comment stands on a line of its own, because a colon or an apostrophe in a trailing one would be read as SQL.
    """
    assert package, "load() is called from a module of a package"
    text = files(package).joinpath("queries.sql").read_text(encoding="utf-8")
    return Statements(package, read_statements(text))


def read_statements(text: str) -> dict[str, bytes]:
    """Split the text of a `queries.sql` into its statements, placeholders as psycopg wants them."""
    # Only aiosql's reader: the functions it would make of the statements are not used.
    loader = QueryLoader(_adapter(), None, attribute=None, mandatory_parameters=False)
    texts: dict[str, bytes] = {}
    for statement in loader.load_query_data_from_sql(text, []):
        assert statement.query_name not in texts, f"statement named twice: {statement.query_name}"
        texts[statement.query_name] = statement.sql.encode()
    return texts


def _adapter() -> DriverAdapterProtocol:
    """What turns `:name` into `%(name)s`."""
    adapter: DriverAdapterProtocol = PyFormatAdapter()  # type: ignore[no-untyped-call]
    return adapter
