"""The sign-in page, My account, and the guards around every page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from applications import app_on, use
from argon2 import PasswordHasher
from faces.api.asking import COMPLETE
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from solde.access import Passwords, create_token
from solde.app.demo.people import PASSWORD, PEOPLE, add_people
from solde.app.settings import ApiSettings
from solde.app.web.pages.me import browser_of
from solde.app.web.visitors import COOKIE, SAFE_METHODS
from solde.customers import NewCustomer, create_customers
from solde.db import Connection, Pool, transaction

GOOD, NEXT = "correct horse battery", "another good one"
SAME = {"sec-fetch-site": "same-origin"}
HTML = {"accept": "text/html"}
HOSTILE = "\"><script>alert('x')</script>"

Client = AsyncTestClient[Litestar]


@pytest.fixture
def settings() -> ApiSettings:
    return ApiSettings(pool_min=1, pool_max=4)


@pytest.fixture
async def client(database_url: str, clock: Any, settings: ApiSettings) -> AsyncIterator[Client]:
    app = app_on(database_url, settings, clock=clock, with_web=True)
    async with AsyncTestClient(app, base_url="http://testserver.local") as opened:
        use(app, passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
        yield opened


async def post(client: Client, path: str, **form: str) -> Response:
    return await client.post(path, data=form, headers=SAME | HTML, follow_redirects=False)


async def sign_in(client: Client, login: str = "anna", password: str = GOOD) -> Response:
    return await post(client, "/sign-in", login=login, password=password)


async def get(client: Client, path: str, **headers: str) -> Response:
    return await client.get(path, headers=HTML | headers, follow_redirects=False)


def place(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("location", "")


async def test_a_person_signs_in_looks_and_signs_out(make_user: Any, client: Client) -> None:
    await make_user("anna", "cashier")
    assert place(await get(client, "/me")) == (303, "/sign-in?next=%2Fme")
    answer = await post(client, "/sign-in", login="Anna", password=GOOD, next="/me")
    assert place(answer) == (303, "/me")
    cookie = answer.headers["set-cookie"].lower()
    assert ("httponly" in cookie, "samesite=lax" in cookie, "secure" in cookie) == (True, True, False)
    assert "__host-" not in cookie
    text = (await get(client, "/me")).text
    assert ("Cashier" in text, "Register and reject payments" in text, "Write off" in text) == (True, True, False)
    assert place(await post(client, "/sign-out")) == (303, "/sign-in")
    assert (await get(client, "/me")).status_code == 303


async def test_the_cookie_is_sent_over_tls_only_where_the_page_came_so(make_user: Any, client: Client) -> None:
    await make_user("anna")
    client.base_url = "https://testserver.local"
    answer = await sign_in(client)
    assert "secure" in answer.headers["set-cookie"].lower()
    assert f"__Host-{COOKIE}=" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert (await get(client, "/me")).status_code == 200


async def test_a_sign_in_leads_to_no_other_site(make_user: Any, client: Client) -> None:
    await make_user("anna")
    for following in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert place(await post(client, "/sign-in", login="anna", password=GOOD, next=following)) == (303, "/")


async def test_what_was_wrong_is_not_told_but_how_long_to_wait(make_user: Any, client: Client) -> None:
    await make_user("anna")
    told = {login: [await sign_in(client, login, "wrong password") for _ in range(6)] for login in ("anna", "nobody")}
    texts = [[answer.text.replace(login, "LOGIN") for answer in answers] for login, answers in told.items()]
    assert texts[0] == texts[1]
    for answers in told.values():
        assert [answer.status_code for answer in answers] == [422] * 5 + [429]
        assert "The login or the password is not right" in answers[0].text
        assert "try again in 1 second" in answers[5].text


async def test_what_was_typed_stands_on_the_page_as_text(client: Client) -> None:
    answer = await sign_in(client, HOSTILE, HOSTILE)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "wrong" in answer.text


async def test_names_and_browsers_stand_on_a_page_as_text(make_user: Any, client: Client, pool: Pool) -> None:
    await make_user("anna")
    async with pool.connection() as conn:
        await conn.execute(b"update app_user set name = %s", (HOSTILE,))
    form = {"login": "anna", "password": GOOD}
    await client.post("/sign-in", data=form, headers=SAME | {"user-agent": HOSTILE}, follow_redirects=False)
    text = (await get(client, "/me")).text
    assert "alert" in text
    assert "<script>alert" not in text


async def test_a_cookie_given_by_another_is_not_kept_at_sign_in(make_user: Any, client: Client) -> None:
    await make_user("anna")
    client.cookies.set(COOKIE, "chosen-by-an-attacker", domain="testserver.local")
    answer = await sign_in(client)
    assert "chosen-by-an-attacker" not in answer.headers["set-cookie"]
    first = client.cookies.get(COOKIE)
    client.cookies.clear()
    client.cookies.set(COOKIE, "chosen-by-an-attacker")
    assert (await get(client, "/me")).status_code == 303
    client.cookies.clear()
    client.cookies.set(COOKIE, first or "")
    await sign_in(client)
    client.cookies.clear()
    client.cookies.set(COOKIE, first or "")
    assert (await get(client, "/me")).status_code == 303


async def test_who_must_change_the_password_does_nothing_before(make_user: Any, client: Client) -> None:
    await make_user("anna", must_change=True)
    await sign_in(client)
    assert place(await get(client, "/")) == (303, "/me")
    assert (await get(client, "/", **{"hx-request": "true"})).headers["hx-redirect"] == "/me"
    assert "only you know" in (await get(client, "/me")).text
    form = {"current": GOOD, "password": NEXT, "repeated": NEXT}
    assert place(await post(client, "/me/password", **form)) == (303, "/me")
    assert "is changed" in (await get(client, "/")).text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"current": "wrong password"}, "This is not your password"),
        ({"password": "short", "repeated": "short"}, "The password has 5 characters; it needs 10"),
        ({"repeated": "something else"}, "The two new passwords differ"),
        ({"password": "password123", "repeated": "password123"}, "one of those tried first"),
    ],
)
async def test_a_password_not_taken_is_told_beside_its_field(
    make_user: Any, client: Client, form: dict[str, str], words: str
) -> None:
    await make_user("anna")
    await sign_in(client)
    answer = await post(client, "/me/password", **({"current": GOOD, "password": NEXT, "repeated": NEXT} | form))
    assert answer.status_code == 422
    assert words in answer.text
    assert answer.text.count('aria-invalid="true"') == 1


async def test_a_person_sees_where_they_are_signed_in_and_ends_it(make_user: Any, client: Client) -> None:
    await make_user("anna")
    await client.post("/sign-in", data={"login": "anna", "password": GOOD}, headers=SAME | {"user-agent": "Old phone"})
    client.cookies.clear()
    await sign_in(client)
    text = (await get(client, "/me")).text
    (session,) = re.findall(r"/me/sessions/([0-9]+)/end", text)
    assert ("Old phone" in text, text.count("This browser")) == (True, 1)
    assert (await post(client, f"/me/sessions/{session}/end")).status_code == 303
    assert "Old phone" not in (await get(client, "/me")).text
    assert (await post(client, f"/me/sessions/{session}/end")).status_code == 404
    assert place(await post(client, "/me/sessions/end-others")) == (303, "/me")


async def test_a_token_signs_in_and_has_no_password(pool: Pool, client: Client, clock: Any) -> None:
    made = await transaction(
        pool, lambda conn: create_token(conn, name="Ada", role="viewer", sellers=[], actor="test", now=clock())
    )
    assert place(await post(client, "/sign-in", token=made.secret)) == (303, "/")
    assert "has no password" in (await get(client, "/me")).text
    assert (await post(client, "/me/password", current="x", password=NEXT, repeated=NEXT)).status_code == 404


@pytest.fixture
async def customer(pool: Pool, clock: Any) -> None:
    """A customer of the seller MAIN, and another seller."""

    async def work(conn: Connection) -> None:
        await conn.execute(
            b"insert into seller (seller_id, code, name, country, currency, time_zone, language)"
            b" values (2, 'OTHER', 'Other', 'FR', 'EUR', 'Europe/Paris', 'fr')"
        )
        new = NewCustomer(**(COMPLETE | {"code": "C1", "account_code": "A1"}))
        await create_customers(conn, [new], actor="test", now=clock())

    await transaction(pool, work)


@pytest.mark.parametrize(("seller", "status"), [(None, 200), ("MAIN", 200), ("OTHER", 404), ("GONE", 404)])
@pytest.mark.usefixtures("customer")
async def test_who_is_kept_to_another_seller_finds_nothing_of_this_one(
    make_user: Any, client: Client, pool: Pool, seller: str | None, status: int
) -> None:
    await make_user("anna", "admin")
    async with pool.connection() as conn:
        await conn.execute(b"update app_user set seller_code = %s", (seller,))
    await sign_in(client)
    for page in ("/accounts/A1", "/accounts/A1/explanation"):
        assert (await get(client, page)).status_code == status, page
    assert ("Kontor Beispiel" in (await get(client, "/?q=Kontor")).text) == (status == 200)


async def test_a_new_database_tells_how_the_first_user_is_made(make_user: Any, client: Client) -> None:
    assert "solde user add" in (await get(client, "/sign-in")).text
    await make_user("anna", "admin")
    assert "solde user add" not in (await get(client, "/sign-in")).text


@pytest.mark.parametrize(
    ("called", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
            "Chrome on Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1 Version/17.0 Safari/605.1",
            "Safari on macOS",
        ),
        ("Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0", "Firefox on Android"),
        ("curl/8.5", "curl/8.5"),
        ("", ""),
    ],
)
def test_a_browser_is_called_as_people_call_it(called: str, words: str) -> None:
    assert browser_of(called) == words


class TestDemo:
    """Where guests may look."""

    @pytest.fixture
    def settings(self) -> ApiSettings:
        return ApiSettings(pool_min=1, pool_max=4, demo=True)

    async def test_a_guest_looks_and_signs_in_as_any_role_by_one_button(
        self, pool: Pool, client: Client, clock: Any
    ) -> None:
        await transaction(pool, lambda conn: add_people(conn, clock()))
        await transaction(pool, lambda conn: add_people(conn, clock()))
        assert "You look as a guest" in (await get(client, "/me")).text
        text = (await get(client, "/sign-in")).text
        logins = re.findall(r'<input type="hidden" name="login" value="(\w+)">', text)
        assert logins == [person.login for person in PEOPLE] != []
        for person in PEOPLE:
            assert place(await sign_in(client, person.login, PASSWORD)) == (303, "/")
            assert person.label in (await get(client, "/me")).text


async def test_passwords_of_the_demo_are_shown_by_the_demo_alone(client: Client) -> None:
    assert PASSWORD not in (await get(client, "/sign-in")).text


class TestBehindAProxy:
    """Where a proxy of ours says who asks."""

    @pytest.fixture
    def settings(self) -> ApiSettings:
        return ApiSettings(pool_min=1, pool_max=4, behind_proxy=True)

    async def test_failures_count_for_the_browser_and_the_cookie_wants_tls(
        self, make_user: Any, client: Client, pool: Pool
    ) -> None:
        await make_user("anna")
        headers = SAME | {"x-forwarded-for": "10.0.0.9, 203.0.113.7", "x-forwarded-proto": "https"}
        answer = await client.post(
            "/sign-in", data={"login": "anna", "password": GOOD}, headers=headers, follow_redirects=False
        )
        assert "secure" in answer.headers["set-cookie"].lower()
        async with pool.connection() as conn:
            row = await (await conn.execute(b"select address from web_session")).fetchone()
        assert row == ("203.0.113.7",)


async def test_without_a_proxy_its_headers_mean_nothing(make_user: Any, client: Client, pool: Pool) -> None:
    await make_user("anna")
    headers = SAME | {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}
    answer = await client.post(
        "/sign-in", data={"login": "anna", "password": GOOD}, headers=headers, follow_redirects=False
    )
    assert "secure" not in answer.headers["set-cookie"].lower()
    async with pool.connection() as conn:
        row = await (await conn.execute(b"select address from web_session")).fetchone()
    assert row is not None
    assert row[0] != "203.0.113.7"


def unsafe_pages(app: Litestar) -> list[str]:
    """Every route outside the API that changes something."""
    return [
        f"{method} {route.path}"
        for route in app.routes
        if not route.path.startswith("/api/")
        for handler in getattr(route, "route_handlers", ())
        for method in sorted(handler.http_methods - SAFE_METHODS)
    ]


async def test_every_unsafe_page_is_refused_from_another_site(make_user: Any, client: Client) -> None:
    await make_user("anna", "admin")
    await sign_in(client)
    found = unsafe_pages(client.app)
    assert {"POST /sign-in", "POST /sign-out", "POST /me/password"} <= set(found)
    for name in found:
        method, path = name.split(" ")
        for headers in (
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "https://e.example"},
            {},
        ):
            address = re.sub(r"\{[^}]*\}", "1", path)
            answer = await client.request(method, address, headers=headers | HTML, follow_redirects=False)
            assert answer.status_code == 403, (name, headers)


async def test_the_cookie_opens_nothing_of_the_api(make_user: Any, client: Client) -> None:
    await make_user("anna", "admin")
    await sign_in(client)
    assert (await client.get("/api/v1/me")).status_code == 401
    assert (await client.post("/api/v1/users", json={}, headers={"idempotency-key": "k"})).status_code == 401


async def test_pages_run_no_inline_script_and_load_nothing_from_outside(make_user: Any, client: Client) -> None:
    await make_user("anna")
    await sign_in(client)
    for path in ("/", "/me", "/sign-in", "/nowhere"):
        answer = await get(client, path)
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert re.findall(r"<script(?![^>]*\ssrc=)|\s(?:style|on\w+)=", answer.text) == []
