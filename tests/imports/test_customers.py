"""Files become customers, every bad row is told, the same file twice adds nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from ledger import rows
from openpyxl import load_workbook

from solde.customers import CustomerKind
from solde.customers.rules.forms import MANDATORY, paths
from solde.db import Pool
from solde.files import FileMapping
from solde.imports import CustomersOutcome, ImportOptions, import_customers, template
from solde.imports.template import EXAMPLES
from solde.kernel.refusals import Refusal, Refused

from .conftest import NOW, TODAY, file_of

HEADER = (
    "kind,code,name,last_name,first_name,birth_date,country,language,email,vat_number,billing_cycle,tax_category,"
    "currency,payment_method,payment_terms,payment_mode,credit_limit,seller,category"
)
END = "MONTHLY,STANDARD,EUR,WIRETRANSFER,NET30,POSTPAID"
ACME = f"company,ACME,Acme SAS,Martin,Anne,,FR,fr,anne@acme.example,FR44732829320,{END},500,MAIN,BUSINESS"
ANNA = f"INDIVIDUAL,ANNA,,Nowak,Anna,1985-04-23,PL,pl,anna@nowak.example,,{END},,MAIN,BUSINESS"


async def run(
    pool: Pool, tmp_path: Path, text: str | Path, mapping: FileMapping | None = None, batch_rows: int = 1000,
    **options: Any,
) -> tuple[CustomersOutcome, list[Refusal]]:  # fmt: skip
    file = text if isinstance(text, Path) else tmp_path / "customers.csv"
    if isinstance(text, str):
        file.write_text(text)
    found: list[Refusal] = []
    outcome = await import_customers(
        pool, file, mapping or FileMapping(), ImportOptions("test", NOW, TODAY, **options),
        on_refusal=found.append, batch_rows=batch_rows,
    )  # fmt: skip
    return outcome, found


async def count(pool: Pool) -> int:
    async with pool.connection() as conn:
        (found,) = (await rows(conn, "select count(*) from customer"))[0]
    assert isinstance(found, int)
    return found


async def test_rows_become_customers_of_both_kinds(pool: Pool, tmp_path: Path) -> None:
    outcome, refusals = await run(pool, tmp_path, file_of(ACME, ANNA, header=HEADER))
    assert (outcome.added, outcome.incomplete, refusals) == (2, 0, [])
    async with pool.connection() as conn:
        assert await rows(conn, "select code, kind, name, birth_date::text from customer order by code") == [
            ("ACME", "COMPANY", "Acme SAS", None),
            ("ANNA", "INDIVIDUAL", "Anna Nowak", "1985-04-23"),
        ]
        assert await rows(conn, "select count(*) from audit_record where verb = 'import_customers'") == [(1,)]


async def test_customers_that_are_there_stay_as_they_are(pool: Pool, tmp_path: Path) -> None:
    await run(pool, tmp_path, file_of(ACME, header=HEADER))
    outcome, refusals = await run(pool, tmp_path, file_of(ACME.replace("Acme SAS", "Changed"), ANNA, header=HEADER))
    assert (outcome.added, outcome.already_there, refusals) == (1, 1, [])
    async with pool.connection() as conn:
        assert await rows(conn, "select name from customer where code = 'ACME'") == [("Acme SAS",)]


async def test_everything_wrong_with_a_row_is_told_at_once(pool: Pool, tmp_path: Path) -> None:
    bad = ACME.replace("anne@acme.example", "nowhere").replace("FR44732829320", "FR1").replace(",500,", ",-5,")
    outcome, refusals = await run(pool, tmp_path, file_of(ANNA, bad, bad.replace("ACME", ""), header=HEADER))
    assert not outcome.kept
    assert (outcome.rows, outcome.refused) == (3, 2)
    wrong = {"email", "vat_number", "credit_limit"}
    assert {r.field for r in refusals if r.line == 3} == wrong
    assert {r.field for r in refusals if r.line == 4} == {"code", *wrong}
    assert await count(pool) == 0


async def test_good_rows_stay_where_that_is_asked_for(pool: Pool, tmp_path: Path) -> None:
    text = file_of(ACME, ACME, ANNA.replace("1985-04-23", "23/04/1985"), ANNA, header=HEADER)
    outcome, refusals = await run(pool, tmp_path, text, keep_good=True, batch_rows=1)
    assert [(r.line, r.code, r.field) for r in refusals] == [
        (3, "customer_code_twice", "code"),
        (4, "date_not_readable", "birth_date"),
        (5, "customer_code_twice", "code"),
    ]
    assert "line 2" in refusals[0].message
    assert (outcome.added, outcome.refused, await count(pool)) == (1, 3, 1)


async def test_a_dry_run_tells_the_same_and_keeps_nothing(pool: Pool, tmp_path: Path) -> None:
    outcome, _ = await run(pool, tmp_path, file_of(ACME, ANNA, header=HEADER), dry_run=True, keep_good=True)
    assert (outcome.added, outcome.kept, await count(pool)) == (2, False, 0)


async def test_customers_that_lack_mandatory_fields_are_kept_and_marked(pool: Pool, tmp_path: Path) -> None:
    outcome, refusals = await run(pool, tmp_path, file_of("X1,Only a name", header="code,name"))
    assert (outcome.added, outcome.incomplete, refusals) == (1, 1, [])


async def test_a_mapping_renames_columns_and_reads_dates_and_amounts(pool: Pool, tmp_path: Path) -> None:
    mapping = FileMapping(
        columns={"code": "No", "birth_date": "Born", "credit_limit": "Limit"},
        constants={"kind": "INDIVIDUAL", "currency": "EUR"},
        values={"country": {"Polska": "PL"}},
        date_format="d/m/yyyy",
        decimal=",",
        thousands=".",
        separator=";",
    )
    text = "No;last_name;first_name;Born;country;Limit\nA1;Nowak;Anna;23/4/1985;Polska;1.500,50\n"
    outcome, refusals = await run(pool, tmp_path, text, mapping)
    assert (outcome.added, refusals) == (1, [])
    async with pool.connection() as conn:
        assert await rows(conn, "select birth_date::text, country from customer") == [("1985-04-23", "PL")]
        assert await rows(conn, "select credit_limit::text from account_profile") == [("1500.500000",)]


async def test_a_file_of_one_seller_brings_no_customer_of_another(
    pool: Pool, tmp_path: Path, database_url: str
) -> None:
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("insert into seller values (2, 'OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr')")
    await run(pool, tmp_path, file_of(ACME, header=HEADER))
    text = file_of(ACME.replace("MAIN", ""), ANNA, ANNA.replace("ANNA", "ANNB").replace("MAIN", ""), header=HEADER)
    outcome, refusals = await run(pool, tmp_path, text, seller="OTHER", keep_good=True)
    assert {(r.line, r.code) for r in refusals} == {(2, "code_taken"), (3, "account_of_other_seller")}
    assert outcome.added == 1


async def test_the_template_filled_in_with_its_own_examples_is_imported(pool: Pool, tmp_path: Path) -> None:
    for kind in CustomerKind:
        book = load_workbook(io.BytesIO(template(kind, "xlsx")))
        columns = [str(cell.value) for cell in book["Customers"][1]]
        assert set(columns) == set(paths(kind))
        told = dict(EXAMPLES) | {"kind": kind, "payer": ""} | {code: "" for code in EXAMPLES if code.endswith("_code")}
        told["code"] = f"T-{kind}"
        for place, column in enumerate(columns, 1):
            book["Customers"].cell(2, place, told[column])
        file = tmp_path / f"{kind}.xlsx"
        book.save(file)
        outcome, refusals = await run(pool, tmp_path, file)
        assert (refusals, outcome.added, outcome.incomplete) == ([], 1, 0)
        needed = {row[0].value for row in book["Columns"].iter_rows(min_row=2) if row[2].value == "yes"}
        assert needed == MANDATORY[kind] | {"code"}


@pytest.mark.parametrize(
    ("kind", "format", "code"),
    [("DOG", "xlsx", "unknown_customer_kind"), ("COMPANY", "pdf", "unknown_template_format")],
)
def test_a_template_of_nothing_is_refused(kind: str, format: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        template(kind, format)
    assert caught.value.refusals[0].code == code


async def test_the_example_file_is_imported(pool: Pool, tmp_path: Path) -> None:
    outcome, refusals = await run(pool, tmp_path, Path(__file__).parents[2] / "examples/customers.csv")
    assert (refusals, outcome.added, outcome.incomplete) == ([], 2, 0)
