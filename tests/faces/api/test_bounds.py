"""What a request may bring: not too long a search, not too large a body, nothing that stands for "not given"."""

from __future__ import annotations

import pytest
from faces.api.asking import Asking, codes

from solde.access.reading import fields_of
from solde.access.routing import LARGEST_BODY
from solde.app.api.routes import api_routes

LISTS = sorted(
    one.opt["declared"].path
    for one in api_routes()
    if "declared" in one.opt and one.opt["declared"].method == "GET"
    if "q" in fields_of(one.opt["declared"].query)
)


@pytest.mark.parametrize("path", LISTS)
async def test_a_search_of_more_than_two_hundred_characters_is_refused(ask: Asking, account: str, path: str) -> None:
    answer = await ask.get(path.replace("{account}", account), params={"q": "a" * 201})
    assert (answer.status_code, codes(answer)) == (422, ["search_too_long"])
    assert (await ask.get(path.replace("{account}", account), params={"q": "a" * 200})).status_code in {200, 404}


async def test_a_parameter_that_is_null_is_refused_rather_than_taken_as_not_given(ask: Asking, account: str) -> None:
    for asked in ("customers?limit=null", "approvals?state=Null", f"accounts/{account}/operations?class=null"):
        answer = await ask.get(f"/{asked}")
        assert (answer.status_code, codes(answer)) == (422, ["bad_shape"]), asked


async def test_a_body_of_more_than_a_megabyte_is_for_bulk_routes_only(ask: Asking, account: str) -> None:
    large = "x" * LARGEST_BODY
    assert (await ask.post("/customers", {"name": large})).status_code == 413
    posted = {"operations": [{"type": "INV_STD", "amount": "1", "reference": large}]}
    assert (await ask.post(f"/accounts/{account}/operations", posted)).status_code == 422
