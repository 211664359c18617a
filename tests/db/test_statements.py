"""The loader of named SQL."""

import pytest

from solde.db.statements import Statements, read_statements

TEXT = """
-- name: find_account
-- grain: one row per account
select id, code from account where code = :code and id = any(:ids::bigint[]) and note like 'a%%: b';

-- name: close_account!
update account set closed_on = :day where id = :id;

-- name: list_cursor
select 1;
"""


def test_parameters_become_psycopg_placeholders_and_casts_stay() -> None:
    assert read_statements(TEXT)["find_account"] == (
        b"select id, code from account where code = %(code)s and id = any(%(ids)s::bigint[]) and note like 'a%%: b';"
    )


def test_every_statement_is_found_by_its_name() -> None:
    assert sorted(read_statements(TEXT)) == ["close_account", "find_account", "list_cursor"]


def test_a_name_given_twice_is_a_mistake() -> None:
    with pytest.raises(AssertionError, match="named twice: list_cursor"):
        read_statements(TEXT + TEXT[TEXT.index("-- name: list_cursor") :])


def test_an_unknown_statement_is_named_with_its_package() -> None:
    statements = Statements("solde.customers", read_statements(TEXT))
    with pytest.raises(AttributeError, match=r"solde\.customers/queries\.sql has no statement named 'find_acount'"):
        _ = statements.find_acount
