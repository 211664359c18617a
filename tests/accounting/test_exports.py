"""A file of entries is what was recorded when it was asked for, and comes out the same to the byte."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from ledger import TODAY, D, invoice, make_account, payment, post_all, rows

from solde.accounting import generate
from solde.accounting.export_model import Export, ExportRequest
from solde.accounting.exports import begin_export, get_export, read_parts
from solde.accounting.fec import FIELDS, check_file
from solde.accounting.retention import drop_old_files, set_file_years
from solde.db import Connection, Pool, transaction
from solde.extracts.journal import make_file
from solde.kernel.refusals import Refused
from solde.matching import MatchRequest, match
from solde.operations import load_types

SIREN = "732829320"
YEAR = {"from_on": date(2026, 1, 1), "until_on": date(2026, 12, 31)}


def fec_of(seller: int, currency: str = "EUR", **more: str) -> ExportRequest:
    return ExportRequest(form="fec", seller_id=seller, currency=currency, siren=SIREN, **YEAR, **more)  # type: ignore[arg-type]


async def make_coded(conn: Connection, code: str, currency: str = "EUR") -> int:
    account = await make_account(conn, currency)
    await conn.execute("insert into account_directory values (%s, %s, 1, 1)", (code, account))
    return account


async def begun(pool: Pool, asked: ExportRequest) -> Export:
    async def work(conn: Connection) -> Export:
        return await begin_export(conn, asked, actor="ann")

    return await transaction(pool, work)


async def written(pool: Pool, export: Export) -> tuple[Export, bytes]:
    out = io.BytesIO()
    done = await make_file(pool, export.export_id, out)
    async with pool.connection() as conn:
        kept = b"".join([part async for part in read_parts(conn, done)])
    assert kept == out.getvalue()
    return done, kept


async def ledger(pool: Pool, conn: Connection) -> int:
    account = await make_coded(conn, "A-1")
    await post_all(
        conn,
        invoice(account, "120", net=D(100), tax=D(20), reference="F|1\t2"),
        payment(account, "120"),
        invoice(account, "7"),
    )
    await match(conn, [MatchRequest(account, (1,), (2,), "test")], await load_types(conn), today=TODAY)
    await generate(pool, actor="test")
    return account


@pytest.mark.parametrize(("separator", "encoding"), [("tab", "utf-8"), ("pipe", "iso-8859-15")])
async def test_the_fec_keeps_its_rules(pool: Pool, conn: Connection, separator: str, encoding: str) -> None:
    await ledger(pool, conn)
    done, content = await written(pool, await begun(pool, fec_of(1, separator=separator, encoding=encoding)))
    checked = check_file(done.file_name, io.BytesIO(content))
    assert checked.faults == []
    assert (checked.rows, checked.debit, checked.credit) == (7, D(247), D(247)) == (done.rows, done.debit, done.credit)
    lines = content.decode(encoding).splitlines()
    mark = {"tab": "\t", "pipe": "|"}[separator]
    assert lines[0].split(mark) == list(FIELDS)
    first = dict(zip(FIELDS, lines[1].split(mark), strict=True))
    assert (first["CompteNum"], first["CompAuxNum"], first["Debit"], first["Credit"]) == (
        "411",
        "A-1",
        "120,00",
        "0,00",
    )
    assert (first["EcritureLet"], first["DateLet"], first["PieceRef"]) == ("A", "20261122", "F 1 2")
    assert done.file_name == f"{SIREN}FEC20261231.txt"


async def test_what_is_recorded_where_the_next_day_has_begun_is_not_valid_before_its_day(
    pool: Pool, conn: Connection
) -> None:
    account = await make_coded(conn, "A-1")
    ((tomorrow,),) = await rows(conn, "select (clock_timestamp() at time zone 'UTC')::date + 1")
    assert isinstance(tomorrow, date)
    await post_all(conn, invoice(account, "7", tomorrow))
    await generate(pool, actor="test")
    asked = ExportRequest(form="fec", seller_id=1, currency="EUR", siren=SIREN, from_on=tomorrow, until_on=tomorrow)
    _, content = await written(pool, await begun(pool, asked))
    (entry, *_) = [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in content.decode().splitlines()[1:]]
    assert entry["ValidDate"] == entry["EcritureDate"] == f"{tomorrow:%Y%m%d}"


async def test_a_file_is_the_same_after_later_work(pool: Pool, conn: Connection, owner: Connection) -> None:
    account = await ledger(pool, conn)
    await post_all(conn, payment(account, "7"))
    await generate(pool, actor="test")
    exports = [await begun(pool, fec_of(1))]
    exports += [await begun(pool, ExportRequest(form=form, **YEAR)) for form in ("csv", "xlsx", "jsonl")]  # type: ignore[arg-type]
    first = [(await written(pool, export))[1] for export in exports]
    await match(conn, [MatchRequest(account, (3,), (4,), "test")], await load_types(conn), today=TODAY)
    await post_all(conn, invoice(account, "5", date(2026, 2, 1)))
    await generate(pool, actor="test")
    await owner.execute("update general_account set label = 'Other' where code = '411'")
    assert [(await written(pool, export))[1] for export in exports] == first
    assert (await written(pool, await begun(pool, fec_of(1))))[1] != first[0]


async def test_a_file_that_comes_out_otherwise_is_refused(pool: Pool, conn: Connection, owner: Connection) -> None:
    await ledger(pool, conn)
    export = await begun(pool, fec_of(1))
    await written(pool, export)
    await owner.execute("update journal_entry set label = 'forged' where number = 1 and line = 1")
    with pytest.raises(Refused, match="digest"):
        await make_file(pool, export.export_id, io.BytesIO())


async def test_a_partly_matched_operation_has_no_letters_in_a_file(pool: Pool, conn: Connection) -> None:
    account = await make_coded(conn, "A-1")
    await post_all(conn, invoice(account, "100"), payment(account, "60"))
    await match(conn, [MatchRequest(account, (1,), (2,), "test")], await load_types(conn), today=TODAY)
    await generate(pool, actor="test")
    _, content = await written(pool, await begun(pool, fec_of(1)))
    found = [line.split("\t") for line in content.decode().splitlines()[1:]]
    assert [(row[4], row[13]) for row in found] == [("411", ""), ("701", ""), ("411", "A"), ("512", "")]


async def test_a_foreign_currency_stands_beside_its_amount(pool: Pool, conn: Connection) -> None:
    account = await make_coded(conn, "A-1", "USD")
    await post_all(conn, invoice(account, "100"))
    await generate(pool, actor="test")
    done, content = await written(pool, await begun(pool, fec_of(1, "USD")))
    assert check_file(done.file_name, io.BytesIO(content)).is_sound
    assert [line.split("\t")[16:] for line in content.decode().splitlines()[1:]] == [
        ["100,00", "USD"],
        ["-100,00", "USD"],
    ]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (ExportRequest(form="pdf", **YEAR), "accounting_form_unknown"),  # type: ignore[arg-type]
        (ExportRequest(form="csv", from_on=date(2026, 2, 1), until_on=date(2026, 1, 1)), "accounting_days_turned"),
        (ExportRequest(form="fec", seller_id=1, currency="EUR", siren="732829321", **YEAR), "siren_invalid"),  # type: ignore[arg-type]
        (ExportRequest(form="fec", siren=SIREN, **YEAR), "fec_of_one"),  # type: ignore[arg-type]
        (ExportRequest(form="csv", separator="comma", **YEAR), "accounting_option_unknown"),  # type: ignore[arg-type]
    ],
)
async def test_what_cannot_be_asked_for(conn: Connection, asked: ExportRequest, code: str) -> None:
    with pytest.raises(Refused) as refused:
        await begin_export(conn, asked, actor="ann")
    assert [bad.code for bad in refused.value.refusals] == [code]


async def test_an_export_of_another_seller_is_not_there(pool: Pool, conn: Connection) -> None:
    export = await begun(pool, fec_of(1))
    with pytest.raises(Refused, match="no export"):
        await get_export(conn, export.export_id, seller_id=2)


async def test_what_is_being_recorded_is_waited_for(pool: Pool, conn: Connection) -> None:
    from solde.accounting.exports import wait_for_writers

    async with pool.connection() as other, other.transaction(force_rollback=True):
        await post_all(other, invoice(await make_account(other), "1"))
        with pytest.raises(Refused, match="writing"):
            await wait_for_writers(conn, seconds=0.02, pause=0.01)
    await wait_for_writers(conn)


async def test_the_application_cannot_change_entries(pool: Pool, conn: Connection) -> None:
    from psycopg.errors import InsufficientPrivilege

    await ledger(pool, conn)
    for statement in ("update journal_entry set amount = 1", "delete from journal_entry", "delete from journal_piece"):
        with pytest.raises(InsufficientPrivilege):
            await rows(conn, statement)


async def test_a_file_is_dropped_when_its_years_are_over_and_made_again_to_the_byte(
    pool: Pool, conn: Connection
) -> None:
    await ledger(pool, conn)
    export = await begun(pool, ExportRequest(form="csv", **YEAR))  # type: ignore[arg-type]
    done, content = await written(pool, export)
    ((kept_at,),) = await rows(conn, "select kept_at from accounting_export")
    assert isinstance(kept_at, datetime)
    await set_file_years(conn, " 2 ", actor="anna")
    assert await drop_old_files(pool, now=kept_at + timedelta(days=729), actor="night") == 0
    assert (await get_export(conn, export.export_id)).has_file
    assert await drop_old_files(pool, now=kept_at + timedelta(days=732), actor="night") == 1
    gone = await get_export(conn, export.export_id)
    assert (gone.has_file, gone.sha256, gone.rows) == (False, done.sha256, done.rows)
    assert await drop_old_files(pool, now=kept_at + timedelta(days=732), actor="night") == 0
    assert (await written(pool, export))[1] == content
    assert (await get_export(conn, export.export_id)).has_file
    verbs = "select actor, verb from audit_record where verb like 'accounting_file%%' order by action_id"
    assert await rows(conn, verbs) == [("anna", "accounting_file_years"), ("night", "accounting_files_drop")]


@pytest.mark.parametrize("years", ["", "0", "-1", "100", "1.5", "ten", "٣"])
async def test_an_impossible_number_of_years_is_refused(conn: Connection, years: str) -> None:
    with pytest.raises(Refused) as refused:
        await set_file_years(conn, years, actor="anna")
    assert [one.code for one in refused.value.refusals] == ["file_years_invalid"]
