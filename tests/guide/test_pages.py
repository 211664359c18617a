"""Every command and request of README and of the guide runs as it is written, in the order of its page."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

import pytest
from commands import commands_on
from faces.api.asking import make_token
from guide.pages import PAGES, ROOT, sections_of
from guide.reader import Reader, reader_of
from psycopg.conninfo import conninfo_to_dict
from web.conftest import copy_of

from solde.app.demo import load_company
from solde.app.demo.company import last_day
from solde.db import open_pool
from solde.kernel.dates import utc_now

T = TypeVar("T")

KINDS = {"sh", "http", "text", "json", "toml", "python", "sql", "ini", "xml", "yaml", "nginx", "csv"}
DEMO_CUSTOMERS = 40

QUICK = {"README.md", "export.md", "match.md", "users.md"}
"""The pages of an ordinary run; `make pages` and continuous integration take all."""

RUN = sorted(PAGES if os.environ.get("CI") or os.environ.get("SOLDE_ALL_PAGES") else QUICK)


@pytest.fixture(scope="session")
def demo(server_url: str, template: str) -> Iterator[str]:
    """The DSN of a small demo company."""
    with copy_of(server_url, template) as dsn:
        _apart(_load(dsn))
        yield dsn


@pytest.fixture(scope="session")
def examples(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of a ledger that has the receivables of the examples."""
    with copy_of(server_url, template) as dsn:
        commands_on(dsn, tmp_path_factory.mktemp("import"), (ROOT / "examples" / "receivables.csv").read_text())
        yield dsn


def _apart(work: Coroutine[Any, Any, T]) -> T:
    """Run in a thread of its own: a browser's library may already run a loop in this one."""
    return ThreadPoolExecutor(1).submit(lambda: asyncio.run(work)).result()


async def _load(dsn: str) -> None:
    now = utc_now()
    async with open_pool(dsn, min_size=1, max_size=4) as pool:
        await load_company(pool, now=now, today=last_day(now), customers=DEMO_CUSTOMERS)


async def _token(dsn: str) -> str:
    async with open_pool(dsn, min_size=1, max_size=1) as pool:
        return await make_token(pool, utc_now, "admin")


Open = Callable[[str], AbstractContextManager[Reader]]


@pytest.fixture
def sit_down(request: pytest.FixtureRequest, server_url: str, template: str, tmp_path: Path) -> Open:
    """A reader before a fresh copy of a ledger."""

    @contextmanager
    def opened(ledger: str) -> Iterator[Reader]:
        source = template if ledger == "empty" else conninfo_to_dict(request.getfixturevalue(ledger))["dbname"]
        with copy_of(server_url, str(source)) as dsn:
            folder = tmp_path / token_hex(4)
            folder.mkdir()
            with reader_of(dsn, folder, _apart(_token(dsn))) as reader:
                yield reader

    return opened


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl, which the pages use")
@pytest.mark.parametrize("page", RUN)
def test_what_a_page_tells_to_type_runs_as_written(page: str, sit_down: Open) -> None:
    wrong = []
    for ledger, blocks in sections_of(PAGES[page].read_text()):
        if any(block.language in {"sh", "http"} and not block.not_run for block in blocks):
            with sit_down(ledger) as reader:
                wrong += [f"{page}, line {b.line}:\n{b.text}{fault}" for b in blocks if (fault := reader.do(b))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_block_says_what_it_is(page: str) -> None:
    for _, blocks in sections_of(PAGES[page].read_text()):
        for block in blocks:
            assert block.language in KINDS, f"{page}, line {block.line}: `{block.language}` is no kind of block"


def test_the_lists_of_pages_name_every_page_of_the_guide() -> None:
    for index in ("docs/index.md", "docs/guide/index.md"):
        text = (ROOT / index).read_text()
        missing = [page for page in PAGES if page not in {"README.md", "index.md"} and f"{page})" not in text]
        assert not missing, f"{index} does not name {missing}"


def test_the_page_of_approvals_names_every_kind_that_has_a_limit_as_shipped() -> None:
    told = PAGES["approvals.md"].read_text()
    shipped = (ROOT / "src/solde/db/migrations/sql").glob("*.sql")
    limited = {
        kind
        for file in shipped
        for kind in re.findall(r"^\('[a-z]+', '([a-z_]+)', '\*'", file.read_text(), re.MULTILINE)
    }
    assert len(limited) > 10
    assert [kind for kind in sorted(limited) if f"`{kind}`" not in told] == []
