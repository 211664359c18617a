"""The bare floors: the same work as SQL alone, with the product's columns and indexes, run by pgbench."""

from __future__ import annotations

from .ledger import ACCOUNTS, HOT, HUGE

_COLUMNS = """account_id, number, type_id, class, side, currency, amount, operation_on, due_on, recorded_at, reference, description, source, action_id"""
_VALUES = """nextval('floor_number'), 1, 'I', 1, 'EUR', 12.34, date '2026-11-22', date '2026-12-22', clock_timestamp(), 'INV-2026-1234', 'monthly invoice of the service', 'bench', 1"""


def write(account: str) -> str:
    return (
        f"with o as (insert into floor_operation ({_COLUMNS}) values ({account}, {_VALUES}) returning account_id, amount) "
        "update floor_balance b set balance = b.balance + o.amount, version = b.version + 1 from o where b.account_id = o.account_id;\n"
    )


L1 = f"\\set a random(1, {ACCOUNTS})\n" + write(":a")
L1H = write(str(HOT))
L3 = (
    f"\\set s random(1, {ACCOUNTS})\n"
    f"with pick as (select distinct 1 + (hashint8(:s * 1000 + g) & 2147483647) % {ACCOUNTS} as a, g from generate_series(1, 1000) g),"
    f" o as (insert into floor_operation ({_COLUMNS}) select a, {_VALUES} from pick order by a returning account_id, amount),"
    " t as (select account_id, sum(amount) as amount, count(*) as n from o group by account_id order by account_id),"
    " k as materialized (select b.account_id from floor_balance b where b.account_id in (select account_id from t) order by b.account_id for update)"
    " update floor_balance b set balance = b.balance + t.amount, version = b.version + t.n from t where b.account_id = t.account_id"
    " and (select count(*) from k) > 0;\n"
)
L4 = f"\\set a random(1, {ACCOUNTS})\nselect balance, version from floor_balance where account_id = :a;\n"
L5 = f"select * from floor_operation where account_id = {HUGE} order by operation_on desc, number desc limit 50;\n"
