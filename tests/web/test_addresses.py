"""Every code is reachable: where a code may stand in an address, nothing else does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from web.company import NOW, Company
from web.conftest import app_on
from web.desk import own_books, read, signed_in

from solde.app.web.addresses import account_path, customer_path
from solde.customers import NewCustomer, create_customers
from solde.db import open_pool


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as opened:
        yield opened


def test_nothing_stands_where_the_code_of_a_customer_or_account_may(books: tuple[str, Company]) -> None:
    paths = [route.path for route in app_on(books[0], demo=False).routes]
    parts = [path.removeprefix("/api/v1").strip("/").split("/") for path in paths]
    fixed = {
        "/".join(one) for one in parts if one[0] in {"customers", "accounts"} and len(one) > 1 and one[1][0] != "{"
    }
    assert len([one for one in parts if one[0] in {"customers", "accounts"}]) > 20
    assert fixed == set()


@pytest.mark.parametrize("code", ["new", "check", "import", "template.xlsx"])
async def test_a_customer_of_any_code_has_its_pages(books: tuple[str, Company], code: str) -> None:
    async with open_pool(books[0]) as pool, pool.connection() as conn, conn.transaction():
        new = NewCustomer(code=code, name=f"Named {code}", country="FR", currency="EUR")
        await create_customers(conn, [new], actor="test", now=NOW, allow_incomplete=True)
    async with signed_in(books[0], "agent", f"opens {code}") as client:
        for address in (customer_path(code), customer_path(code, "edit"), account_path(code)):
            assert f"Named {code}" in await read(client, address)
        assert "Named" not in await read(client, "/new/customer?kind=company")
