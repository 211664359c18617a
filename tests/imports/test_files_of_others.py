"""Files as other programs write them: every row is in, or refused with its reason; what is open to doubt is not guessed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from ledger import D, rows

from solde.db import Pool
from solde.files import FileMapping, parse_mapping
from solde.imports import COLUMNS, ImportOptions, import_customers, import_payments, import_receivables
from solde.kernel.refusals import Refusal, Refused
from solde.verification import verify

from .conftest import NOW, TODAY

Bring = Callable[..., Awaitable[tuple[Any, list[Refusal]]]]
OPERATIONS = (
    "select code, reference, amount, operation_on::text, due_on::text from operation_now order by account_id, number"
)


@pytest.fixture
def bring(pool: Pool, tmp_path: Path) -> Bring:
    """Import a text, by a mapping written as TOML."""

    async def run(
        text: str,
        mapping: str = "",
        *,
        kind: str = "receivables",
        encoding: str = "utf-8",
        keep_good: bool = True,
        **more: Any,
    ) -> tuple[Any, list[Refusal]]:
        file = tmp_path / "file.csv"
        file.write_bytes(text.encode(encoding))
        read = parse_mapping(mapping, COLUMNS[f"import_{kind}"].names) if mapping else FileMapping()
        found: list[Refusal] = []
        options = ImportOptions("test", NOW, TODAY, keep_good=keep_good, file_name="file.csv")
        actions = {"receivables": import_receivables, "customers": import_customers, "payments": import_payments}
        outcome = await actions[kind](pool, file, read, options, on_refusal=found.append, **more)  # type: ignore[operator]
        return outcome, found

    return run


async def operations(pool: Pool) -> list[tuple[object, ...]]:
    async with pool.connection() as conn:
        return await rows(conn, OPERATIONS)


async def refused(bring: Bring, text: str, mapping: str = "", **more: Any) -> list[Refusal]:
    with pytest.raises(Refused) as caught:
        await bring(text, mapping, **more)
    return list(caught.value.refusals)


FIRST_OF_MONTH = """customer_code,currency,invoice_number,invoice_date,due_date,amount
W1,USD,W-1,02/01/2026,02/11/2026,"1,250"
W1,USD,W-2,03/01/2026,03/11/2026,"1,250"
W1,USD,W-3,04/01/2026,04/11/2026,"2,000"
"""


async def test_dates_and_amounts_that_may_be_read_in_two_ways_are_refused_until_they_are_said(
    bring: Bring, pool: Pool
) -> None:
    dates, amounts = await refused(bring, FIRST_OF_MONTH)
    assert (dates.code, amounts.code) == ("date_format_not_said", "amount_format_not_said")
    assert 'date_format = "dd/mm/yyyy" or date_format = "mm/dd/yyyy"' in dates.message
    assert 'decimal = ".", thousands = ","' in amounts.message
    outcome, refusals = await bring(FIRST_OF_MONTH, 'date_format = "m/d/yyyy"\nthousands = ","')
    assert (outcome.invoiced, refusals) == ({"USD": D(4500)}, [])
    assert (await operations(pool))[0] == ("INV_STD", "W-1", D(1250), "2026-02-01", "2026-02-11")


LATE_THOUSANDS = """Kundennummer;Währung;Rechnungsnummer;Rechnungsdatum;Fällig;Betrag
W2;EUR;D-1;05.01.2026;04.02.2026;500
W2;EUR;D-2;05.02.2026;07.03.2026;120
W2;EUR;D-3;05.03.2026;04.04.2026;80
W2;EUR;D-4;05.04.2026;05.05.2026;75
W2;EUR;D-5;05.05.2026;04.06.2026;60
W2;EUR;D-6;05.06.2026;05.07.2026;1.234
"""


async def test_a_thousands_sign_in_the_last_row_counts_as_much_as_in_the_first(bring: Bring) -> None:
    _, amounts = await refused(bring, LATE_THOUSANDS)
    assert "1.234" in amounts.message
    assert amounts.line == 7
    outcome, refusals = await bring(LATE_THOUSANDS, 'date_format = "dd.mm.yyyy"\ndecimal = ","\nthousands = "."')
    assert (outcome.invoiced, refusals) == ({"EUR": D(2069)}, [])


HEADER = "customer_code;currency;invoice_number;invoice_date;due_date;amount\n"


def of_amounts(*amounts: str) -> str:
    return HEADER + "".join(f"R;EUR;A-{n};2026-09-01;2026-09-30;{amount}\n" for n, amount in enumerate(amounts, 1))


async def test_a_column_that_is_not_canonical_is_refused_whole_even_where_good_rows_are_kept(
    bring: Bring, pool: Pool
) -> None:
    (refusal,) = await refused(bring, of_amounts("3.000", "1.234,56"))
    assert refusal.code == "amount_format_not_said"
    assert 'decimal = ",", thousands = "."' in refusal.message
    assert await operations(pool) == []


@pytest.mark.parametrize(
    ("mapping", "amounts", "lines"),
    [
        ('thousands = ","', ["12,50", "1,234.56", "99,9"], [2, 4]),
        ('thousands = "."\ndecimal = ","', ["12.50", "1.234,56"], [2]),
    ],
)
async def test_a_thousands_sign_that_parts_no_group_of_three_is_refused(
    bring: Bring, mapping: str, amounts: list[str], lines: list[int]
) -> None:
    outcome, refusals = await bring(of_amounts(*amounts), mapping)
    assert [(one.code, one.line) for one in refusals] == [("amount_not_a_number", line) for line in lines]
    assert outcome.invoiced == {"EUR": D("1234.56")}


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f"])
@pytest.mark.parametrize("said", [" ", "\\u00A0", "\\u202F"])
async def test_blanks_of_every_kind_are_one(bring: Bring, blank: str, said: str) -> None:
    outcome, refusals = await bring(of_amounts(f"1{blank}234,56"), f'decimal = ","\nthousands = "{said}"')
    assert (outcome.invoiced, refusals) == ({"EUR": D("1234.56")}, [])


@pytest.mark.parametrize("amount", ["-120.00", "120.00-", "(120.00)", "\u2212120.00", "-€120.00", "(120.00 EUR)"])
async def test_an_amount_below_zero_is_refused_or_a_credit_note(bring: Bring, pool: Pool, amount: str) -> None:
    text = of_amounts("500.00", amount)
    _, (refusal,) = await bring(text, 'decimal = "."')
    assert (refusal.code, refusal.line) == ("amount_not_positive", 3)
    outcome, refusals = await bring(text, 'decimal = "."\nnegative = "credit_note"')
    assert (outcome.invoiced, refusals) == ({"EUR": D(-120)}, [])
    assert [row[:3] for row in await operations(pool)] == [("INV_STD", "A-1", D(500)), ("INV_CRN", "A-2", D(120))]


async def test_the_currency_beside_an_amount_must_be_that_of_the_row(bring: Bring) -> None:
    outcome, refusals = await bring(of_amounts("1,234.50 EUR", "€5.00", "$7.00", "9.00 kilo"), 'thousands = ","')
    assert [(one.code, one.line) for one in refusals] == [
        ("amount_in_other_currency", 4),
        ("amount_in_other_currency", 5),
    ]
    assert outcome.invoiced == {"EUR": D("1239.50")}


async def test_net_and_tax_are_kept_and_must_be_the_amount(bring: Bring, pool: Pool) -> None:
    header = "customer_code,currency,invoice_number,invoice_date,due_date,amount,net,tax\n"
    text = header + "".join(
        f"N,EUR,{line}\n"
        for line in (
            "N-1,2026-09-01,2026-09-30,12.10,10.00,2.10", "N-2,2026-09-01,2026-09-30,12.10,10.00,2.00",
            "N-3,2026-09-01,2026-09-30,12.10,10.00,", "N-4,2026-09-01,2026-09-30,-12.10,-10.00,-2.10",
            "N-5,2026-09-01,2026-09-30,5.00,,", "N-6,2026-09-01,2026-09-30,5.00,x,1.00",
        )
    )  # fmt: skip
    _, refusals = await bring(text, 'decimal = "."\nnegative = "credit_note"')
    assert [(one.line, one.code, one.field) for one in refusals] == [
        (3, "net_and_tax_not_amount", "net"), (7, "amount_not_a_number", "net"),
    ]  # fmt: skip
    async with pool.connection() as conn:
        kept = await rows(conn, "select reference, net, tax from operation order by number")
    assert kept == [("N-1", D(10), D("2.1")), ("N-3", D(10), D("2.1")), ("N-4", D(10), D("2.1")), ("N-5", None, None)]
    assert (await verify(pool, now=NOW)).clean
    told = "select x ->> 'net', x ->> 'tax' from audit_record cross join jsonb_array_elements(after -> 'operations') x where verb = 'post' order by (x ->> 'number')::int"
    async with pool.connection() as conn:
        assert await rows(conn, told) == [("10", "2.1")] * 3 + [(None, None)]


AGEING = """\ufeffBrevanne Demo Inc.,,,,,,,
A/R Aging Detail Report,,,,,,,
"As of November 20, 2026",,,,,,,
,,,,,,,
,Date,Transaction Type,Num,Customer,Due Date,Amount,Open Balance
91 or more days past due,,,,,,,
,06/15/2026,Invoice,1041,Harrow & Finch LLC,07/15/2026,"$1,234.50","$1,234.50"
Total for 91 or more days past due,,,,,,"$1,234.50","$1,234.50"
,,,,,,,
1 - 30 days past due,,,,,,,
,10/12/2026,Invoice,1077,Harrow & Finch LLC,11/11/2026,"$2,000.00",$500.00
,10/20/2026,Credit Memo,CM-9,Harrow & Finch LLC,10/20/2026,-$250.00,-$250.00
,10/22/2026,Payment,CHK 5520,"Olmstead, Pike & Co.",,"($1,100.00)",($100.00)
Total for 1 - 30 days past due,,,,,,$650.00,$150.00
TOTAL,,,,,,"$1,884.50","$1,384.50"
"""
AGEING_MAP = """date_format = "m/d/yyyy"
thousands = ","
negative = "credit_note"
skip_totals = true
make_codes = true
[constants]
currency = "USD"
"""


async def test_an_ageing_report_of_an_american_program(bring: Bring, pool: Pool) -> None:
    outcome, refusals = await bring(AGEING, AGEING_MAP)
    assert [(one.line, one.code, one.field) for one in refusals] == [(13, "unknown_operation_type", "type")]
    assert (outcome.rows, outcome.added, outcome.left_out, outcome.unused) == (9, 3, 5, ["Open Balance"])
    assert [row[:4] for row in await operations(pool)] == [
        ("INV_STD", "1041", D("1234.5"), "2026-06-15"), ("INV_STD", "1077", D(2000), "2026-10-12"),
        ("INV_CRN", "CM-9", D(250), "2026-10-20"),
    ]  # fmt: skip
    async with pool.connection() as conn:
        assert await rows(conn, "select code, name from customer") == [("Harrow & Finch LLC", "Harrow & Finch LLC")]


INVOICES = """\ufeffContactName,EmailAddress,InvoiceNumber,InvoiceDate,DueDate,Total,TaxTotal,Description,Currency,Type
Harrow & Finch,,INV-0101,01/09/2026,30/09/2026,450.25,75.05,Hosting,GBP,Sales invoice
Harrow & Finch,,INV-0101,01/09/2026,30/09/2026,450.25,75.05,Support,GBP,Sales invoice
Harrow & Finch,,INV-0102,02/09/2026,30/09/2026,100.00,16.67,Hosting,GBP,Sales invoice
"""


async def test_a_list_of_invoices_with_a_row_an_item(bring: Bring, pool: Pool) -> None:
    outcome, refusals = await bring(INVOICES, 'date_format = "d/m/yyyy"\nmake_codes = true')
    assert [(one.line, one.code) for one in refusals] == [(3, "invoice_number_twice")]
    assert (outcome.added, outcome.invoiced, outcome.unused) == (2, {"GBP": D("550.25")}, ["EmailAddress"])
    assert [row[1] for row in await operations(pool)] == ["INV-0101", "INV-0102"]


OPEN_ITEMS = """Debitor;Name 1;Belegnr.;Belegart;Belegdatum;Nettofälligkeit;Betrag in Hauswährung;Hauswährung;Ausgleich
0000104711;Müller Muster GmbH;1800000021;RV;05.01.2026;04.02.2026;1.234,56;EUR;
0000104711;Müller Muster GmbH;1800000022;RV;05.02.2026;07.03.2026;3.000;EUR;
0000104711;Müller Muster GmbH;1600000003;RG;10.02.2026;10.02.2026;250,00-;EUR;
0000104711;Müller Muster GmbH;1400000008;DZ;12.02.2026;12.02.2026;1.000,00-;EUR;
;;;;;;;;
*;;;;;;2.984,56;EUR;
**;;;;;;2.984,56;EUR;
"""


async def test_open_items_of_a_german_program(bring: Bring, pool: Pool) -> None:
    mapping = (Path(__file__).parents[2] / "examples/open-items-german.toml").read_text(encoding="utf-8")
    outcome, refusals = await bring(OPEN_ITEMS, mapping, encoding="cp1252")
    assert [(one.line, one.code) for one in refusals] == [(5, "unknown_operation_type")]
    assert (outcome.added, outcome.left_out, outcome.invoiced) == (3, 2, {"EUR": D("3984.56")})
    assert [row[:3] for row in await operations(pool)] == [
        ("INV_STD", "1800000021", D("1234.56")), ("INV_STD", "1800000022", D(3000)), ("INV_CRN", "1600000003", D(250)),
    ]  # fmt: skip


FRENCH = """N° client;Raison sociale;N° pièce;Date pièce;Échéance;Montant TTC;Devise
411DUVALET;Établissements Duvalet & Fils;FA26010045;05/01/2026;04/02/2026;1\u00a0234,56;EUR
411DUVALET;Établissements Duvalet & Fils;FA26020003;05/02/2026;07/03/2026;12\u00a0500,00 €;EUR
411DUVALET;Établissements Duvalet & Fils;AV26020001;10/02/2026;10/02/2026;(250,00);EUR

;Sous-total 411DUVALET;;;;13\u00a0484,56;
"""


async def test_an_ageing_of_a_french_program(bring: Bring) -> None:
    mapping = 'date_format = "dd/mm/yyyy"\ndecimal = ","\nthousands = " "\nencoding = "cp1252"\nnegative = "credit_note"\nskip_totals = true'
    outcome, refusals = await bring(FRENCH, mapping, encoding="cp1252")
    assert (outcome.added, outcome.left_out, refusals, outcome.invoiced) == (3, 1, [], {"EUR": D("13484.56")})


BANK = """Buchungstag;Valuta;Auftraggeber/Empfänger;Verwendungszweck;Betrag;Währung
02.11.2026;02.11.2026;Müller Muster GmbH;RE 1800000021 KD 104711;1.234,56;EUR
03.11.2026;03.11.2026;Müller Muster GmbH;Dauerauftrag Wartung;150,00;EUR
17.11.2026;17.11.2026;Müller Muster GmbH;Dauerauftrag Wartung;150,00;EUR
18.11.2026;18.11.2026;Stadtwerke;Abschlag Strom;-89,00;EUR
18.11.2026;18.11.2026;Müller Muster GmbH;;20,00;EUR
"""


async def test_a_list_of_a_german_bank(bring: Bring) -> None:
    mapping = 'date_format = "dd.mm.yyyy"\ndecimal = ","\nthousands = "."\nencoding = "cp1252"\nskip_totals = true'
    outcome, refusals = await bring(BANK, mapping, kind="payments", encoding="cp1252", unidentified=True)
    assert [(one.line, one.code) for one in refusals] == [(5, "amount_not_positive"), (6, "cell_missing")]
    assert (outcome.unidentified, outcome.left_out, outcome.unused) == (3, 0, ["Valuta"])


async def test_the_columns_of_our_own_other_files_are_known(bring: Bring, pool: Pool) -> None:
    text = "customer_code,customer_name,customer_kind,country,shoe size\nC-1,Eins GmbH,COMPANY,Deutschland,42\n"
    outcome, refusals = await bring(text, kind="customers")
    assert (outcome.added, refusals, outcome.unused) == (1, [], ["shoe size"])
    async with pool.connection() as conn:
        assert await rows(conn, "select code, name, country from customer") == [("C-1", "Eins GmbH", "DE")]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("GB", "GB"),
        ("France", "FR"),
        ("ÖSTERREICH", "AT"),
        ("Allemagne", "DE"),
        ("usa", "US"),
        ("uk", "GB"),
        ("", None),
    ],
)
async def test_a_country_may_be_written_by_its_name(bring: Bring, pool: Pool, written: str, code: str | None) -> None:
    _, refusals = await bring(f"code,name,country\nC,Eins,{written}\n", kind="customers")
    assert refusals == []
    async with pool.connection() as conn:
        assert await rows(conn, "select country from customer") == [(code,)]


@pytest.mark.parametrize("written", ["JJ", "Frnce", "ZZ", "QX"])
async def test_a_country_that_is_none_is_refused(bring: Bring, written: str) -> None:
    outcome, (refusal,) = await bring(f"code,name,country\nC,Eins,{written}\nD,Zwei,FR\n", kind="customers")
    assert (refusal.code, refusal.field, refusal.line, outcome.added) == ("unknown_country", "country", 2, 1)


async def test_a_name_that_can_be_no_code_is_given_one(bring: Bring, pool: Pool) -> None:
    text = HEADER + "Olmstead, Pike & Co.;EUR;1;2026-09-01;2026-09-30;5\n"
    _, refusals = await bring(text)
    assert {refusal.code for refusal in refusals} == {"bad_code"}
    await bring(text, "make_codes = true")
    async with pool.connection() as conn:
        assert await rows(conn, "select code, name from customer") == [("Olmstead Pike & Co.", "Olmstead, Pike & Co.")]


async def test_two_names_never_share_a_made_code(bring: Bring) -> None:
    text = (
        HEADER
        + "A B;EUR;1;2026-09-01;2026-09-30;5\nA, B;EUR;2;2026-09-01;2026-09-30;5\nA B;EUR;3;2026-09-01;2026-09-30;5\n"
    )
    outcome, (refusal,) = await bring(text, "make_codes = true")
    assert (refusal.code, refusal.line, outcome.added) == ("made_code_taken", 3, 2)


async def test_customers_that_may_be_there_already_are_told_and_made(bring: Bring) -> None:
    await bring("code,name,country\nC-1,Eins GmbH,DE\n", kind="customers")
    outcome, refusals = await bring("code,name,country\nC-2,eins gmbh,DE\nC-3,Drei GmbH,DE\n", kind="customers")
    assert (outcome.added, refusals) == (2, [])
    assert [(one.code, one.like, one.same) for one in outcome.likes] == [("C-2", "C-1", ("name",))]
    text = "customer_code,customer_name,country,currency,invoice_number,invoice_date,due_date,amount\n"
    outcome, _ = await bring(f"{text}C-4,Drei GmbH,DE,EUR,1,2026-09-01,2026-09-30,5\n")
    assert [(one.code, one.like) for one in outcome.likes] == [("C-4", "C-3")]
