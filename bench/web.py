"""The web pages: the Balance tab of short and long accounts, its Excel file, the search over a million customers."""

from __future__ import annotations

import asyncio
import random
import resource
import time
import urllib.parse

import psycopg

from solde.access import Role, create_token
from solde.app.demo import names
from solde.customers import search_customers
from solde.db import open_pool, transaction
from solde.kernel.dates import utc_now

from .http import PORT, server
from .ledger import LARGE, LONG
from .report import Report

SHORT, OPEN = 200_100, 200_101
"""An account of 100 operations, and one of 100,000 of which none is matched."""
SEARCHED = 1_000_000

PROJECT_SHORT = """
insert into open_item (account_id, number, type_id, class, side, excluded, operation_on, due_on, not_before, latest_on, amount, open)
select account_id, number, type_id, class, side, false, operation_on, due_on, operation_on, operation_on, amount, amount
from operation where account_id = {id};
insert into account_total (account_id, type_id, excluded, o_amount, o_count)
select account_id, type_id, false, sum(amount), count(*) from operation where account_id = {id} group by 1, 2;
"""

CUSTOMER = """
insert into customer (customer_id, code, kind, name, sort_name, country, seller_id, created_at, action_id)
select account_id, 'B-' || account_id, 'COMPANY', 'Bench ' || account_id, 'bench', 'FR', 1, now(), 1 from unnest(%(ids)s::bigint[]) account_id
on conflict do nothing;
"""
PROFILE = """
insert into account_profile (account_id, customer_id, code, payment_mode, invoice_mode)
select account_id, account_id, 'B-' || account_id, 'POSTPAID', 'INDIVIDUAL' from unnest(%(ids)s::bigint[]) account_id
on conflict do nothing;
"""


def _prepare(dsn: str) -> None:
    """Customers of three accounts: of 100 and of 100,000 operations, each with 100 open, and of 100,000 open ones."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for account, count in ((SHORT, 100), (OPEN, 100_000)):
            if connection.execute("select 1 from account where account_id = %s", (account,)).fetchone() is None:
                text = LONG.format(id=account, count=count, open=count, groups=0).replace("%%", "%")
                connection.execute((text + PROJECT_SHORT.format(id=account)).encode())
        connection.execute(CUSTOMER.encode(), {"ids": [SHORT, LARGE, OPEN]})
        connection.execute(PROFILE.encode(), {"ids": [SHORT, LARGE, OPEN]})
        connection.execute("analyze")


async def pages(dsn: str, report: Report) -> None:
    """The Balance tab of 100 and of 100,000 operations (matched, and all open), in turns; the long one as an Excel file."""
    _prepare(dsn)
    async with open_pool(dsn, min_size=1, max_size=1) as pool:
        token = await transaction(
            pool,
            lambda conn: create_token(
                conn, name="bench", role=Role.ADMIN, sellers=["MAIN"], actor="bench", now=utc_now()
            ),
        )
    async with server(dsn, with_web=True):
        cookie = await _sign_in(token.secret)
        took: dict[int, list[float]] = {SHORT: [], LARGE: [], OPEN: []}
        for turn in range(220):
            for account, times in took.items():
                began = time.perf_counter()
                status, _ = await _get(f"/accounts/B-{account}", cookie)
                if turn >= 20:
                    times.append((time.perf_counter() - began) * 1000)
                assert status == 200, status
        short, long, all_open = (sorted(times)[len(times) // 2] for times in took.values())
        report.note("Balance tab, 100 operations, p50", short, "ms")
        report.limit("Balance tab, 100,000 operations, p50", long, "ms", 30, 20)
        report.limit("growth 100 → 100,000", long / short, "×", 1.5, 1.2)
        report.limit("Balance tab, 100,000 open operations, p50", all_open, "ms", 30, 20)
        report.limit("growth 100 → 100,000 open", all_open / short, "×", 1.5, 1.2)
        began = time.perf_counter()
        size = await _long_file(f"/accounts/B-{LARGE}/operations.xlsx", cookie)
        report.note("Excel of 100,000 operations", time.perf_counter() - began, "s")
        report.note("  its size", size / 1e6, "MB")
    report.note("  memory of the server, at most", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, "MiB")


async def _sign_in(secret: str) -> str:
    body = urllib.parse.urlencode({"token": secret})
    head = (
        f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(head.encode())
    answer = (await reader.read()).decode("latin-1")
    writer.close()
    found = [line for line in answer.split("\r\n") if line.lower().startswith("set-cookie: solde_session=")]
    return found[0].partition(": ")[2].partition(";")[0]


async def _long_file(path: str, cookie: str) -> int:
    """Ask for a file that is written as a job, wait for it and take it; gives its size."""
    reader, writer = await _ask(path, cookie)
    head = (await reader.read()).decode("latin-1").lower()
    writer.close()
    place = head.partition("\r\nlocation: ")[2].partition("\r\n")[0]
    assert place.startswith("/files/"), head[:200]
    status, taken = 404, 0
    while status == 404:
        await asyncio.sleep(0.2)
        status, taken = await _get(f"{place}/file", cookie)
    assert status == 200, status
    return taken


async def _ask(path: str, cookie: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{PORT}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n".encode()
    )
    return reader, writer


async def _get(path: str, cookie: str) -> tuple[int, int]:
    reader, writer = await _ask(path, cookie)
    status = int((await reader.readline()).split()[1])
    size = 0
    while chunk := await reader.read(1 << 20):
        size += len(chunk)
    writer.close()
    return status, size


PEOPLE = """
insert into customer (customer_id, code, kind, name, sort_name, country, seller_id, category, created_at, action_id)
select n + 20000000, 'S' || n, 'COMPANY', name, lower(name), (array['FR', 'DE', 'ES', 'IT', 'PL'])[1 + n % 5], 1, null, now(), 1
from (
    select n, (%(heads)s::text[])[1 + (hashint8(n) & 1023) % %(h)s] || (%(tails)s::text[])[1 + (hashint8(n * 7) & 65535) % %(t)s]
        || ' ' || (%(trades)s::text[])[1 + (hashint8(n * 11) & 65535) % %(r)s] as name
    from generate_series(1, %(count)s) n
) x
"""
TERMS = """
insert into search_term (term, customer_id, field)
select term, customer_id, min(field) from (
    select lower(code) as term, customer_id, 1 as field from customer where customer_id > 20000000
    union all select 'u' || lower(code), customer_id, 3 from customer where customer_id > 20000000
    union all select w, customer_id, 5 from customer, regexp_split_to_table(lower(name), ' ') w where customer_id > 20000000
    union all select lower(country), customer_id, 8 from customer where customer_id > 20000000
) x group by 1, 2
"""
KEYSTROKES = 12


def _load_people(dsn: str) -> None:
    heads, tails = names.HEADS, names.TAILS
    trades = [word for country in (names.FR, names.DE, names.ES, names.IT, names.PL) for word in country.trades.split()]
    values = {
        "heads": list(heads), "tails": list(tails), "trades": trades, "h": len(heads), "t": len(tails), "r": len(trades),
        "count": SEARCHED,
    }  # fmt: skip
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute("select 1 from customer where customer_id > 20000000 limit 1").fetchone():
            return
        connection.execute("set synchronous_commit = off; set work_mem = '256MB'")
        connection.execute(PEOPLE.replace("% 5", "%% 5").replace(") % %(", ") %% %(").encode(), values)
        connection.execute(
            "insert into account_directory (code, account_id, customer_id, seller_id)"
            " select code, customer_id, customer_id, seller_id from customer where customer_id > 20000000"
        )
        connection.execute(
            "insert into account (account_id, currency) select customer_id, 'EUR' from customer where customer_id > 20000000"
        )
        connection.execute(
            "insert into account_profile (account_id, customer_id, code, payment_mode, invoice_mode)"
            " select customer_id, customer_id, code, 'POSTPAID', 'INDIVIDUAL' from customer where customer_id > 20000000"
        )
        connection.execute(TERMS.encode())
        connection.execute("vacuum analyze")


async def search(dsn: str, report: Report) -> None:
    """What is typed, key by key, over a million customers."""
    _load_people(dsn)
    random.seed(7)
    async with open_pool(dsn, min_size=1, max_size=1) as pool, pool.connection() as conn:
        found = await conn.execute(
            "select name, code from customer where customer_id > 20000000 order by random() limit 40"
        )
        wanted = [str(row[random.choice((0, 0, 1))]) for row in await found.fetchall()]
        took: list[float] = []
        for text in wanted:
            for length in range(1, min(len(text), KEYSTROKES) + 1):
                began = time.perf_counter()
                await search_customers(conn, text[:length])
                took.append((time.perf_counter() - began) * 1000)
    took.sort()
    report.note(f"search over {SEARCHED:,} customers, {len(took)} keystrokes, p50", took[len(took) // 2], "ms")
    report.limit("search, p95", took[int(len(took) * 0.95)], "ms", 100, 50)
    report.note("search, slowest", took[-1], "ms")
