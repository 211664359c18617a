"""What proposals, jobs and files say, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solde.app.jobs import Job, JobState
from solde.app.uploads import SORTS, doubled, guess, lacking, read_back, read_head, written
from solde.app.web import approval_words, i18n, job_words
from solde.app.work.words import seconds_words
from solde.files import Shape, Survey, parse_mapping

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
JOB = Job(
    7, "import_receivables", JobState.RUNNING, 500, 2000, "post", None, 0, "anna", NOW, NOW, None, False, True, {"file": "a.csv"}
)  # fmt: skip


@pytest.fixture(autouse=True)
def english() -> None:
    i18n.speak("en")


def test_the_columns_of_the_sample_ledger_are_found_by_their_names() -> None:
    titles = [
        "countryCode",
        "customerID",
        "PaperlessDate",
        "invoiceNumber",
        "InvoiceDate",
        "DueDate",
        "InvoiceAmount",
        "Disputed",
        "SettledDate",
    ]
    cells = ["391", "0379-NEVHP", "4/6/2013", "611365", "1/2/2013", "2/1/2013", "55.94", "No", "1/15/2013"]
    over = [(0, 0, 0)] * 8 + [(0, 1, 1)]
    head = Survey(
        titles, 1, first=[(2, [*cells])], shapes=[[Shape(one, 1, one, 2, over[i])] for i, one in enumerate(cells)]
    )
    sort = SORTS["import_receivables"]
    found = guess(head, sort)
    assert lacking(found, sort) == ["currency"]
    assert found.date_format == "mm/dd/yyyy"
    assert found.places[8] == "paid_date"
    assert 2 not in found.places


def test_what_is_chosen_is_written_as_a_mapping_and_read_back() -> None:
    head = Survey(['Kunde "A"\\', "amount", "Betrag", "x\x7f"], 1, "cp1252")
    sort = SORTS["import_receivables"]
    chosen = replace(
        guess(head, sort),
        places={0: "customer_code", 2: "amount"},
        constants={"currency": "EUR", "country": "Ö 😀"},
        date_format="dd.mm.yyyy",
        amount_format="1.610,82",
    )
    text = written(chosen, head, sort)
    mapping = parse_mapping(text, sort.columns)
    assert mapping.columns == {"customer_code": 'Kunde "A"\\', "amount": "Betrag"}
    assert (mapping.decimal, mapping.thousands, mapping.encoding) == (",", ".", "cp1252")
    assert read_back(text, head, sort) == chosen
    assert doubled(replace(chosen, places={0: "amount", 2: "amount"})) == ["amount"]


def test_a_column_that_is_not_to_be_used_gives_nothing() -> None:
    head, sort = Survey(["customer_code", "disputed"], 1), SORTS["import_receivables"]
    mapping = parse_mapping(written(replace(guess(head, sort), places={0: "customer_code"}), head, sort), sort.columns)
    assert mapping.constants == {"disputed": ""}


async def test_the_head_of_a_file_in_another_encoding_is_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes("Größe;Maß\nä;ß\n".encode("cp1252"))
    head = await read_head(file, SORTS["import_receivables"])
    assert (head.columns, head.first, head.encoding) == (["Größe", "Maß"], [(2, ["ä", "ß"])], "cp1252")


def test_a_job_says_how_far_it_is_and_what_came_of_it() -> None:
    progress = job_words.progress_of(JOB)
    assert (progress.step, progress.percent) == ("Writing", 25)
    assert progress.done == "500 of 2\u202f000"
    assert job_words.state_of(replace(JOB, cancel_asked=True)) == ("Stopping", "amber")
    done = replace(
        JOB, state=JobState.DONE, ended_at=NOW + timedelta(seconds=4),
        result={"rows": 2000, "added": 1999, "refused": 1, "paid": {"EUR": "12.5"}},
    )  # fmt: skip
    assert ("Paid", "12.50 EUR") in job_words.result_of(done)
    assert job_words.rate_of(done) == "500 rows a second"
    assert job_words.verdict_of(done) == "The good rows are in. The others were left out."


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.84, "0.8 s"), (61, "61 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")]
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert seconds_words(seconds) == said


def test_a_content_is_said_whole_but_not_what_the_page_says_already() -> None:
    names = approval_words.Names("C-1", "EUR", {"account_id": 5, "reason": "why"}, accounts={9: "C-9"})
    content = {
        "account_id": 5, "reason": "why", "number": 3, "amount": "12.5", "to_account_id": 9, "unheard_of": [1, 2],
        "amounts": {"4": "3"}, "allocate_to": [4], "comment": None,
    }  # fmt: skip
    said = {fact.label: fact.text for fact in approval_words.facts(content, names)}
    assert said == {
        "Operation": "operation 3", "Amount": "12.50 EUR", "To account": "C-9", "Unheard of": "[1, 2]",
        "How much of each": "operation 4: 3.00 EUR", "Pays": "operation 4",
    }  # fmt: skip
    other = {fact.label for fact in approval_words.facts({"account_id": 6, "reason": "another"}, names)}
    assert other == {"Account", "Reason"}, "what differs from what the page says is said"
