"""The definition lab in a real browser: colours, offers, a try while typing, and saving from a dialog."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from web.company import Company
from web.conftest import app_on, serve
from web.desk import own_books
from web.test_accessible import AXE, RUN

EDITOR = "/settings/balances/dunning/edit"


@pytest.fixture(scope="module")
def place(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    """A running Solde whose settings may be changed."""
    with own_books(server_url, template) as (dsn, company), serve(app_on(dsn, demo=False)) as address:
        yield address, company


@pytest.fixture
def lab(browser: Browser, place: tuple[str, Company], make_admin: str) -> Iterator[Page]:
    """A page of an administrator, on which nothing may go wrong."""
    address, _ = place
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(8000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" and "422" not in m.text else None)
    page.goto("/sign-in")
    page.get_by_text("Sign in with an API token").click()
    page.get_by_label("Token").fill(make_admin)
    page.get_by_role("button", name="Sign in with the token").click()
    yield page
    context.close()
    assert faults == []
