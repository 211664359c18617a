"""The operation types, kept in memory: they are few, read at every posting and rarely changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping

from solde.db import Connection, Pool
from solde.kernel.refusals import Refused

from . import store
from .model import OperationType
from .rules import unknown_type

KNOWN_FOR_SECONDS = 10.0
"""How long the types are believed without asking the database."""


class Types:
    """Operation types by code and by id."""

    def __init__(self, types: Iterable[OperationType]):
        self.by_code: Mapping[str, OperationType] = {t.code: t for t in types}
        self.by_id: Mapping[int, OperationType] = {t.type_id: t for t in self.by_code.values()}
        self.deposit_ids: list[int] = [t.type_id for t in self.by_code.values() if t.deposit]


class TypeCatalogue:
    """The types as last read. A type's code, class and side never change; a code not known is read for again.

    What else may change of a type is known to every process within seconds.
    """

    def __init__(self, pool: Pool, *, monotonic: Callable[[], float] = time.monotonic):
        self._pool = pool
        self._monotonic = monotonic
        self._types: Types | None = None
        self._until = 0.0

    async def get(self, codes: Iterable[str] = ()) -> Types:
        """The types, read anew where one of these codes is unknown."""
        types = self._types
        if types is None or self._monotonic() >= self._until or any(code not in types.by_code for code in codes):
            async with self._pool.connection() as conn:
                types = self._types = await load_types(conn)
            self._until = self._monotonic() + KNOWN_FOR_SECONDS
        return types

    def forget(self) -> None:
        """Read again at the next use, after a change."""
        self._types = None


async def check_types(catalogue: TypeCatalogue, codes: Collection[str] | None) -> None:
    """Go on only where a list is narrowed to types that there are.

    Refuses: unknown_operation_type.
    """
    known = (await catalogue.get(codes or ())).by_code
    if bad := [unknown_type(code, known) for code in codes or () if code not in known]:
        raise Refused(bad)


async def load_types(conn: Connection) -> Types:
    """Read the operation types."""
    return Types(await store.list_types(conn))
