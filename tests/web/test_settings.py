"""The settings: who sees and changes what, everything done once, nothing lost of what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from psycopg import AsyncConnection
from web.company import Company
from web.desk import OWN, Client, guest, key_in, own_books, read, send, signed_in

from solde.app.web import i18n
from solde.app.web.pages.settings import differences, features, limits, types, webhooks
from solde.app.web.pages.settings.index import GROUPS
from solde.app.work import words as work_words
from solde.balances import SOURCE_WORDS
from solde.outbox import KINDS

HOSTILE = '<img src=x onerror=alert(1)>"'
EVERYWHERE = [place.href for _, places in GROUPS for place in places]


@pytest.fixture(scope="module")
def books(server_url: str, template: str) -> Iterator[tuple[str, Company]]:
    with own_books(server_url, template) as made:
        yield made


@pytest.fixture(scope="module")
def dsn(books: tuple[str, Company]) -> str:
    return books[0]


async def show(client: Client, address: str, **fields: str) -> str:
    """Send a form that answers with a page, once made."""
    answer = await client.post(address, data=fields, headers=OWN, follow_redirects=False)
    assert answer.status_code == 200, answer.text[:1500]
    return unescape(answer.text)


async def test_an_administrator_sees_every_page_of_the_settings(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 1") as alex:
        index = await read(alex, "/settings")
        for place in EVERYWHERE:
            assert f'href="{place}"' in index
            page = await alex.get(place, headers={"accept": "text/html"})
            assert page.status_code == 200, page.text[:1500]
            assert re.findall(r"<script(?![^>]*\ssrc=)", page.text) == []
            assert re.findall(r"\s(?:style|on\w+)=", page.text) == []


@pytest.mark.parametrize("role", ["viewer", "agent", "cashier", "controller", "accountant", "auditor"])
async def test_others_read_what_they_may_and_change_nothing(dsn: str, role: str) -> None:
    closed = {"/settings/users", "/settings/tokens", "/settings/webhooks", "/settings/mail"}
    async with signed_in(dsn, role, f"Reader {role}") as reader:
        index = await read(reader, "/settings")
        for place in EVERYWHERE:
            assert (f'href="{place}"' in index) is (place not in closed)
            text = await read(reader, place, 403 if place in closed else 200)
            assert "data-dialog" not in text or place in closed
        for path in (
            "/settings/new-balance", "/settings/balances/dunning/default", "/settings/balances/dunning/delete",
            "/settings/new-type", "/settings/new-method", "/settings/limit", "/settings/features/litigation",
            "/settings/new-user", "/settings/new-token", "/settings/new-webhook",
        ):  # fmt: skip
            await read(reader, path, 403)
            await send(reader, path, 403, key="k")
        await send(reader, "/settings/balance-lab", 403, code="x")
        await send(reader, "/settings/balances/dunning/move", 403, key="k")


async def test_the_guest_of_a_demo_looks_only(dsn: str) -> None:
    async with guest(dsn) as client:
        assert "Read only" in await read(client, "/settings")
        assert "Dunning balance" in await read(client, "/settings/balances")
        await send(client, "/settings/balances/dunning/delete", 403, key="k", version="1")


async def test_a_type_is_made_once_changed_and_known_at_once(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 2") as alex:
        key = key_in(await read(alex, "/settings/new-type"))
        form = {"key": key, "code": "FEE_X", "label": HOSTILE, "class": "OCC", "side": "debit", "account": "411"}
        for _ in range(2):
            assert await send(alex, "/settings/new-type", **form) == "/settings/types"
        raw = (await alex.get("/settings/types", headers={"accept": "text/html"})).text
        assert HOSTILE not in raw
        assert HOSTILE in unescape(raw)
        page = await read(alex, "/settings/types/FEE_X")
        assert 'name="side"' not in page
        seen = {
            f"seen_{name}": "" for name in ("contra_account", "second_contra_account", "journal", "manual_creation")
        }
        change = {**seen, "seen_label": HOSTILE, "seen_account": "411", "label": "Fee", "account": "4111"}
        await send(alex, "/settings/types/FEE_X", key=key_in(page), **change)
        assert "4111" in await read(alex, "/settings/types/FEE_X")
        late = await send(alex, "/settings/types/FEE_X", 422, key="other", **{**change, "label": "Late"})
        assert "somebody else" in late
        assert 'value="Late"' in late


async def test_a_type_that_cannot_be_is_told_beside_its_fields(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 3") as alex:
        form = {"key": "t3", "code": "x y", "label": "", "class": "Z", "side": "up", "journal": "J" * 41}
        text = await send(alex, "/settings/new-type", 422, **form)
    for name in ("code", "label", "class", "side", "journal"):
        assert f'id="n-{name}"' in text, name
    assert 'value="x y"' in text


async def test_a_payment_method_is_made_and_changed(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 4") as alex:
        text = await send(
            alex, "/settings/new-method", 422, key="m1", code="IDEAL", label="iDEAL", payment_type="INV_STD"
        )
        assert "is no operation type of payments" in text
        await send(alex, "/settings/new-method", key="m2", code="IDEAL", label="iDEAL", payment_type="PAY_PAL")
        seen = {"seen_label": "iDEAL", "seen_payment_type": "PAY_PAL"}
        await send(alex, "/settings/methods/IDEAL", key="m3", label="iDEAL 2", payment_type="PAY_CRD", **seen)
        assert "iDEAL 2" in await read(alex, "/settings/methods")
        await send(alex, "/settings/methods/IDEAL", 422, key="m4", label="iDEAL 3", payment_type="PAY_CRD", **seen)
        await read(alex, "/settings/methods/NOPE", 404)


async def test_a_user_is_added_once_with_a_password_shown_once(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 5") as alex:
        key = key_in(await read(alex, "/settings/new-user"))
        form = {"key": key, "login": "Nora", "name": "Nora <b>", "role": "agent", "seller": "", "password": ""}
        text = await show(alex, "/settings/new-user", **form)
        assert re.search(r'value="[\w-]{16}" readonly', text)
        assert await send(alex, "/settings/new-user", **form) == "/settings/users/nora"
        page = await read(alex, "/settings/users/nora")
        assert "must change password" in page
        assert "Not signed in anywhere" in page
        wrong = await send(alex, "/settings/new-user", 422, **{**form, "key": "u2", "password": "short"})
        assert 'id="n-password"' in wrong
        assert 'value="short"' not in wrong


async def test_a_user_is_changed_deactivated_and_given_a_password(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 6") as alex:
        form = {"login": "omar", "name": "Omar", "role": "agent", "seller": "", "password": "quiet-river-9"}
        assert await send(alex, "/settings/new-user", key="o1", **form) == "/settings/users/omar"
        await send(alex, "/settings/users/omar/edit", key="o2", version="1", name="Omar B", role="cashier", seller="")
        assert "Omar B" in await read(alex, "/settings/users")
        late = await send(
            alex, "/settings/users/omar/edit", 422, key="o3", version="1", name="Omar C", role="cashier", seller=""
        )
        assert "version 2" in late
        assert 'value="Omar C"' in late
        assert "shown only now" in await show(alex, "/settings/users/omar/password", key="o4", password="")
        await send(alex, "/settings/users/omar/deactivate", key="o5", version="0")
        assert "Deactivated" in await read(alex, "/settings/users/omar")
        await send(alex, "/settings/users/omar/activate", key="o6", version="0")
        await send(alex, "/settings/users/omar/sign-out", key="o7")
        assert "0 sign-ins have ended" in await read(alex, "/settings/users/omar")
        await read(alex, "/settings/users/nobody", 404)


async def test_the_last_administrator_stays(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 7") as alex:
        form = {"login": "chief", "name": "Chief", "role": "admin", "seller": "", "password": "quiet-river-9"}
        await send(alex, "/settings/new-user", key="c1", **form)
        text = await send(alex, "/settings/users/chief/deactivate", 422, key="c2", version="1")
        assert "last active administrator" in text


async def test_a_token_is_made_once_and_its_secret_is_shown_once(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 8") as alex:
        form = {"key": key_in(await read(alex, "/settings/new-token")), "name": "Billing", "role": "program"}
        text = await show(alex, "/settings/new-token", **form)
        secret = re.search(r'value="(solde_program_\w+)"', text)
        assert secret is not None
        assert await send(alex, "/settings/new-token", **form) == "/settings/tokens"
        listed = await read(alex, "/settings/tokens")
        assert secret[1] not in listed
        assert listed.count(">Billing<") == 1
        found = re.search(r">Billing<.*?/settings/tokens/(\d+)/revoke", listed, re.DOTALL)
        assert found is not None
        path = f"/settings/tokens/{found[1]}/revoke"
        for _ in range(2):
            assert await send(alex, path, key="r1") == "/settings/tokens"
        assert "Revoked" in await read(alex, "/settings/tokens")
        assert "no day" in await send(
            alex, "/settings/new-token", 422, key="t9", name="X", role="program", expires_at="soon"
        )


async def test_a_token_with_permissions_of_its_own_is_made_on_its_page(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 11") as alex:
        await show(alex, "/settings/new-token", key="p1", name="Reads events", role="", permissions="webhooks")
        listed = await read(alex, "/settings/tokens")
        assert "<code>read, webhooks</code>" in listed
        both = await send(alex, "/settings/new-token", 422, key="p2", name="Both", role="agent", permissions="webhooks")
        assert "a role and permissions" in both


async def test_who_is_kept_to_a_seller_gives_no_right_beyond_it(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex of MAIN", seller="MAIN") as alex:
        text = await send(alex, "/settings/new-token", 422, key="s1", name="Wide", role="program", seller="")
        assert "kept to the seller MAIN" in text
        form = {
            "key": "s2",
            "login": "wide",
            "name": "Wide",
            "role": "admin",
            "seller": "",
            "password": "quiet-river-9",
        }
        assert "kept to the seller MAIN" in await send(alex, "/settings/new-user", 422, **form)
        assert "Alex 8" not in await read(alex, "/settings/tokens")


async def test_a_limit_is_set_as_people_write_amounts(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 9") as alex:
        form = {"role": "cashier", "kind": "refund", "currency": "eur", "single_most": "1 250,50", "day_most": ""}
        await send(alex, "/settings/limit", key="l1", **form)
        text = await read(alex, "/settings/limits")
        assert "1\u202f250.50 EUR" in text
        assert "1250.5" in await read(alex, "/settings/limit?role=cashier&kind=refund&currency=EUR")
        wrong = await send(alex, "/settings/limit", 422, key="l2", **{**form, "single_most": "much", "day_most": "-1"})
        assert 'id="n-single_most"' in wrong
        assert 'value="much"' in wrong


async def test_a_limit_that_somebody_else_set_since_its_form_was_drawn_is_not_overwritten(dsn: str) -> None:
    place = "/settings/limit?role=cashier&kind=transfer&currency=EUR"
    async with signed_in(dsn, "admin", "Alex 9d") as alex, signed_in(dsn, "admin", "Bea 9d") as bea:
        drawn = await read(alex, place)
        seen = {name: re.findall(rf'name="{name}" value="([^"]*)"', drawn)[0] for name in ("of", "version")}
        form = {"role": "cashier", "kind": "transfer", "currency": "EUR", "day_most": ""}
        await send(bea, "/settings/limit", key="b1", **form, **seen, single_most="50")
        refused = await send(alex, "/settings/limit", 422, key="a1", **form, **seen, single_most="9000")
        assert "The limit was changed meanwhile" in refused
        assert 'value="50.00"' in await read(alex, place)
        other = form | {"kind": "refund", "currency": "GBP"}
        await send(alex, "/settings/limit", key="a2", **other, **seen, single_most="70")


def test_every_kind_of_action_with_a_limit_says_which_permission_it_needs() -> None:
    kinds = {kind for kind in work_words.KINDS if not kind.startswith("adjustment_")}
    assert limits.NEEDED.keys() == kinds


async def test_an_action_has_one_name_among_limits_and_approvals(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 9b") as alex:
        shown = await read(alex, "/settings/limits")
        for kind, name in work_words.KINDS.items():
            assert name in shown or kind.startswith("adjustment_"), kind


async def test_what_is_shipped_is_said_in_french_in_the_settings(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 9c") as alex:
        french = {**OWN, "accept-language": "fr"}
        features = unescape((await alex.get("/settings/features", headers=french)).text)
        balances = unescape((await alex.get("/settings/balances", headers=french)).text)
    async with await AsyncConnection.connect(dsn) as conn:
        found = await (await conn.execute("select description from feature")).fetchall()
    assert found
    assert [text for (text,) in found if text in features] == []
    assert "Solde de relance (arriérés)" in balances
    assert "Dunning balance" not in balances


async def test_a_feature_is_switched_and_a_change_from_an_old_page_is_refused(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 10") as alex:
        page = await read(alex, "/settings/features/litigation")
        assert "Gone while it is off" in page
        await send(alex, "/settings/features/litigation", key=key_in(page), version="1", on="false")
        assert ">Off<" in await read(alex, "/settings/features")
        late = await send(alex, "/settings/features/litigation", 422, key="f2", version="1", on="true")
        assert "version 2" in late
        await send(alex, "/settings/features/litigation", key="f3", version="2", on="true")
        await read(alex, "/settings/features/nothing", 404)


async def test_a_webhook_is_made_tested_paused_and_deleted(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLDE_WEBHOOKS_PRIVATE", "1")
    async with signed_in(dsn, "admin", "Alex 11") as alex:
        form = {"key": "w1", "url": "http://127.0.0.1:9/hook", "description": HOSTILE, "kinds": "operation.posted"}
        text = await show(alex, "/settings/new-webhook", **form)
        assert 'value="whsec_' in text
        page = await send(alex, "/settings/new-webhook", **form)
        text = await read(alex, page)
        assert "whsec_" not in text
        assert "operation.posted" in text
        await send(alex, f"{page}/test", key="w2")
        assert "webhook.test" in await read(alex, page)
        assert "webhook.test" not in await read(alex, f"{page}?state=DEAD")
        assert 'id="n-since"' in await send(alex, f"{page}/replay", 422, key="w3", since="soon")
        await send(alex, f"{page}/replay", key="w4", since="2026-01-01")
        await send(alex, f"{page}/switch", key="w5", version="1", on="false")
        assert "Out of use" in await read(alex, "/settings/webhooks")
        await send(alex, f"{page}/delete", 422, key="w6", version="1")
        await send(alex, f"{page}/delete", key="w7", version="2")
        await read(alex, page, 404)


async def test_a_webhook_into_the_own_network_is_refused_beside_its_address(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 12") as alex:
        for url in ("http://127.0.0.1/x", "ftp://example.com", "nonsense", ""):
            assert 'id="n-url"' in await send(alex, "/settings/new-webhook", 422, key="w8", url=url)


async def test_mail_says_whether_it_leaves_and_never_the_password(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with signed_in(dsn, "admin", "Alex 13") as alex:
        assert "No mail server is set" in await read(alex, "/settings/mail")
        monkeypatch.setenv("SOLDE_SMTP_URL", "smtp://me:geheim@mail.example:2525")
        monkeypatch.setenv("SOLDE_MAIL_FROM", "solde@example.com")
        text = await read(alex, "/settings/mail")
        assert "mail.example:2525" in text
        assert "geheim" not in text
        monkeypatch.setenv("SOLDE_SMTP_URL", "http://me:geheim@mail.example")
        text = await read(alex, "/settings/mail")
        assert "SOLDE_SMTP_URL is not of the form" in text
        assert "geheim" not in text


async def test_numbers_that_are_none_are_not_found(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 14") as alex:
        for path in (
            "/settings/webhooks/999",
            "/settings/tokens/999/revoke",
            "/settings/types/NOPE",
            "/settings/balances/nope/edit",
        ):
            await read(alex, path, 404)
        await read(alex, "/settings/webhooks/9999999999999999999999", 404)


async def test_a_webhook_or_delivery_that_is_not_there_is_not_found(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex 404") as alex:
        await send(alex, "/settings/webhooks/999/test", 404, key="n1")
        await send(alex, "/settings/deliveries/999/replay", 404, key="n2", webhook="0")


def test_what_the_settings_say_from_tables_is_said_in_french() -> None:
    said = [
        *(text for title, places in GROUPS for place in places for text in (title, place.label, place.words)),
        *(label for label, _ in webhooks.STATES.values()), *work_words.KINDS.values(), *features.GONE.values(),
        *differences.KINDS.values(), *SOURCE_WORDS.values(), *(kind.label for kind in KINDS), *types.SIDES.values(),
    ]  # fmt: skip
    assert [text for text in said if text not in i18n.catalogue("fr")] == []


async def test_the_address_of_a_seller_is_changed_once_and_kept_from_those_who_saw_another(dsn: str) -> None:
    async with signed_in(dsn, "admin", "Alex sells") as alex:
        version = re.search(r'name="version" value="(\d+)"', await read(alex, "/settings/sellers/MAIN"))
        assert version is not None
        fields = {
            "version": version.group(1),
            "name": "Main & Söhne",
            "address_1": "1 <b>Quai</b>",
            "city": "Lyon",
            "postcode": "69001",
        }
        refused = await send(alex, "/settings/sellers/MAIN", 422, key="s1", **{**fields, "name": " "})
        assert 'id="n-name"' in refused
        assert "Lyon" in refused
        await send(alex, "/settings/sellers/MAIN", key="s2", **fields)
        listed = await alex.get("/settings/sellers", headers={"accept": "text/html"})
        assert "1 &lt;b&gt;Quai&lt;/b&gt;, 69001 Lyon" in listed.text.replace("&#x2f;", "/")
        assert "your change was made from" in await send(alex, "/settings/sellers/MAIN", 422, key="s3", **fields)
        await read(alex, "/settings/sellers/NOPE", 404)
    async with signed_in(dsn, "viewer", "Vera sells") as vera:
        assert "/settings/sellers/MAIN" not in await read(vera, "/settings/sellers")
        await read(vera, "/settings/sellers/MAIN", 403)
