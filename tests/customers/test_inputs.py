from __future__ import annotations

import pytest

from solde.customers import (
    MANDATORY,
    TABS,
    CustomerKind,
    FormTab,
    Input,
    Level,
    account_form,
    billing_account_form,
    creation_form,
    edit_form,
    list_choices,
    user_account_form,
)
from solde.customers.rules.forms import paths
from solde.db import Connection

FORMS = [
    *(creation_form(kind) for kind in CustomerKind),
    *(edit_form(level, kind) for level in Level for kind in CustomerKind),
    account_form(),
    billing_account_form(),
    user_account_form(),
]


@pytest.mark.parametrize("kind", list(CustomerKind))
def test_the_form_of_a_new_customer_has_its_tabs_and_mandatory_fields(kind: CustomerKind) -> None:
    form = creation_form(kind)
    assert {tab.name: tuple(field.name for field in tab.fields) for tab in form} == TABS[kind]
    fields = [field for tab in form for field in tab.fields]
    assert {field.name for field in fields if field.mandatory} == MANDATORY[kind]
    assert all(field.path == paths(kind)[field.name] for field in fields)


@pytest.mark.parametrize("form", FORMS)
def test_every_field_of_a_form_can_be_drawn(form: tuple[FormTab, ...]) -> None:
    for tab in form:
        assert tab.label
        for field in tab.fields:
            assert field.label
            assert field.longest > 0
            assert (field.choices is not None) == (
                field.input in {Input.SELECT, Input.COUNTRY, Input.LANGUAGE, Input.CURRENCY}
            )


def test_what_never_changes_is_on_no_form_of_a_change() -> None:
    fields = {f.name for level in Level for kind in CustomerKind for tab in edit_form(level, kind) for f in tab.fields}
    assert not fields & {"code", "kind", "seller", "currency", "account_code"}


async def test_every_choice_is_offered_with_a_label(conn: Connection) -> None:
    choices = await list_choices(conn)
    asked = {f.choices for form in FORMS for tab in form for f in tab.fields if f.choices} - {"billing_account"}
    assert asked <= set(choices)
    assert all(one.code and one.label for offered in choices.values() for one in offered)
    assert [one.code for one in choices["payment_terms"]] == ["NET0", "NET15", "NET30", "NET45", "NET60"]
    assert ("FR", "France") in {(one.code, one.label) for one in choices["country"]}
    assert ("EUR", "Euro") in {(one.code, one.label) for one in choices["currency"]}
    assert ("fr", "French") in {(one.code, one.label) for one in choices["language"]}
