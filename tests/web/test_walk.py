"""How many of our functions a web payment passes, from the form that is confirmed to the page it leads to."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from html import unescape
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from web.company import NOW, Company
from web.conftest import app_on
from web.desk import OWN, key_in, own_books

import solde
from solde.access import create_token
from solde.db import open_pool

OURS = str(Path(solde.__file__).parent)
ACCOUNT = "/accounts/CUST-00412"
PAY = f"{ACCOUNT}/actions/pay"
FUNCTIONS_MOST = 182
"""No more than today; fewer is better: what changes shape without deciding anything is what to take out."""


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


class Walk:
    """The functions of ours that were called, each once."""

    def __init__(self) -> None:
        self.passed: set[tuple[str, str]] = set()

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(OURS) and not code.co_name.startswith("<"):
            self.passed.add((code.co_filename.removeprefix(OURS), code.co_qualname))

    def __str__(self) -> str:
        files = len({file for file, _ in self.passed})
        names = "\n".join(sorted(f"{file}: {name}" for file, name in self.passed))
        return f"{len(self.passed)} functions in {files} files\n{names}"


@contextmanager
def walked() -> Iterator[Walk]:
    walk = Walk()
    sys.setprofile(walk)
    try:
        yield walk
    finally:
        sys.setprofile(None)


@asynccontextmanager
async def cashier(dsn: str) -> AsyncIterator[AsyncClient]:
    """A cashier signed in, in the thread of the test: so that what is called can be seen."""
    async with open_pool(dsn) as pool, pool.connection() as conn, conn.transaction():
        token = await create_token(conn, name="Walker", role="cashier", sellers=["MAIN"], actor="test", now=NOW)
    app: Any = app_on(dsn, demo=False)
    async with app.lifespan(), AsyncClient(transport=ASGITransport(app), base_url="http://testserver.local") as client:
        answer = await client.post("/sign-in", data={"token": token.secret}, headers=OWN)
        assert answer.status_code == 303, answer.text
        yield client


async def test_a_confirmed_payment_passes_few_functions(books: tuple[str, Company]) -> None:
    async with cashier(books[0]) as client:
        listed = unescape((await client.get(f"{ACCOUNT}?side=debit&matching_status=O", headers=OWN)).text)
        number = re.findall(r'<tr data-key="(\d+)"', listed)[0]
        key = key_in(unescape((await client.get(f"{PAY}?n={number}", headers=OWN)).text))
        fields = {"n": number, "amount": "12.50", "payment_method": "WIRETRANSFER", "date": f"{NOW:%Y-%m-%d}"}
        previewed = await client.post(f"{PAY}/preview", data=fields, headers={**OWN, "solde-dialog": "1"})
        seen = re.search(r'name="seen" value=\'?"?(\{.*?\}\})', unescape(previewed.text))
        assert seen is not None, previewed.text
        with walked() as walk:
            answer = await client.post(PAY, data={"key": key, "seen": seen[1], **fields}, headers=OWN)
    assert answer.status_code == 303, answer.text[:2000]
    assert len(walk.passed) <= FUNCTIONS_MOST, str(walk)
