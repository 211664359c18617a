"""Pages that say no: what is so, who could, what to do; nothing of the inside."""

from __future__ import annotations

from html import unescape

import pytest
from applications import use
from litestar import Litestar
from litestar.testing import AsyncTestClient
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from web.company import Company

from solde.app.web import i18n

Client = AsyncTestClient[Litestar]
HTML = {"accept": "text/html"}
FRENCH = {**HTML, "accept-language": "fr"}


class Broken:
    """Stands where something of the application was; asking it for anything fails."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def __getattr__(self, name: str) -> object:
        raise self._fault


async def text_of(client: Client, address: str, status: int, headers: dict[str, str]) -> str:
    answer = await client.get(address, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    return unescape(answer.text)


async def test_what_is_not_there_offers_a_search_in_the_frame_of_who_asked(client: Client) -> None:
    text = await text_of(client, "/accounts/NOPE", 404, HTML)
    assert "There is no account 'NOPE'" in text
    assert 'role="search"' in text
    assert 'class="nav"' in text


async def test_an_address_without_a_page_is_said_in_the_readers_language(client: Client) -> None:
    text = await text_of(client, "/no/such/page", 404, FRENCH)
    assert "Il n’y a pas de page à l’adresse /no/such/page" in text
    assert 'lang="fr"' in text


async def test_a_fault_shows_its_number_and_nothing_of_the_inside(client: Client) -> None:
    use(client.app, definitions=Broken(RuntimeError("secret of the inside")))
    answer = await client.get("/", headers=HTML)
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "Try again" in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("fault", [PoolTimeout("secret"), OperationalError("secret")])
async def test_a_database_that_does_not_answer_is_told_as_a_page(client: Client, fault: Exception) -> None:
    use(client.app, definitions=Broken(fault))
    answer = await client.get("/", headers=HTML)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "does not answer in time" in answer.text
    assert "secret" not in answer.text


async def test_a_program_is_still_answered_with_a_problem_document(client: Client) -> None:
    answer = await client.get("/api/v1/accounts/NOPE", headers=HTML)
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_null_character_in_an_address_is_refused_as_a_page(client: Client) -> None:
    assert "cannot be used" in await text_of(client, "/accounts/A%00B", 422, HTML)


async def test_what_is_not_allowed_names_the_permission_and_who_has_it(client: Client, company: Company) -> None:
    text = await text_of(client, f"/accounts/{company.easycall}/actions/pay", 403, FRENCH)
    assert "La permission payments (" in text
    assert i18n.catalogue("fr")["Cashier"] in text
    assert "Demandez à quelqu’un dont le rôle a ce droit" in text
