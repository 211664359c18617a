"""Who may what, which passwords are taken, how long a sign-in waits: without a database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solde.access import LABELS, PEOPLE, PERMISSIONS, WORDS, Caller, NewUser, Permission, Role, User
from solde.access.model import Throttle, UserState
from solde.access.rules import throttling
from solde.access.rules.passwords import COMMON, SHORTEST, check_password
from solde.access.rules.users import as_login, check_chiefs, check_new_user, check_scope
from solde.kernel.refusals import Refused

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

MAY = {
    "viewer": "read",
    "agent": "read customers operations matching litigation adjustments",
    "cashier": "read operations matching payments deposits refunds transfers adjustments cards",
    "controller": "read customer_close matching litigation deposits instalments write_offs credit_notes approvals"
    " adjustments cards",
    "accountant": "read operations matching payments deposits instalments write_offs credit_notes transfers imports verify jobs"
    " periods late_posting accounting journal adjustments",
    "admin": " ".join(Permission),
    "auditor": "read audit verify journal",
    "program": (
        "read customers customer_close operations any_type matching litigation payments deposits instalments refunds"
        " write_offs credit_notes transfers imports jobs late_posting accounting journal adjustments cards webhooks"
    ),
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_each_role_may_do_its_own_and_no_more(role: Role, permission: Permission) -> None:
    caller = Caller("anna", "Anna", role, PERMISSIONS[role])
    assert caller.may(permission) == (permission in MAY[role].split())
    if caller.may(permission):
        caller.require(permission)
        return
    with pytest.raises(Refused) as refused:
        caller.require(permission)
    (refusal,) = refused.value.refusals
    assert refusal.code == "forbidden"
    assert (permission.value in refusal.message, LABELS[Role.ADMIN] in refusal.message) == (True, True)


def test_everybody_may_read_and_only_an_administrator_may_do_all() -> None:
    assert all(Permission.READ in allowed for allowed in PERMISSIONS.values())
    assert [role for role, allowed in PERMISSIONS.items() if allowed == set(Permission)] == [Role.ADMIN]


def test_each_role_and_permission_is_told_in_words() -> None:
    assert (set(LABELS), set(WORDS)) == (set(Role), set(Permission))


def test_the_guide_shows_who_may_do_what() -> None:
    page = Path(__file__).resolve().parents[2] / "docs/guide/users.md"
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", page.read_text(encoding="utf-8"), re.MULTILINE))
    shown = {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows.items()}
    assert shown == {p.value: [WORDS[p], *("●" if p in PERMISSIONS[r] else "" for r in Role)] for p in Permission}


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("correct horse battery", []),
        ("ten chars!", []),
        ("nine char", ["password_short"]),
        ("", ["password_short"]),
        ("x" * 201, ["password_long", "password_common"]),
        ("anna@example.com", ["password_is_login"]),
        ("ANNA@Example.com", ["password_is_login"]),
        ("Password123", ["password_common"]),
        ("aaaaaaaaaaaa", ["password_common"]),
        ("1212121212", ["password_common"]),
        ("ｐａｓｓｗｏｒｄ１２３", ["password_common"]),
    ],
)
def test_a_password_is_long_and_not_easily_thought_of(password: str, codes: list[str]) -> None:
    assert [refusal.code for refusal in check_password(password, "anna@example.com")] == codes


def test_the_list_of_common_passwords_holds_only_what_its_length_lets_through() -> None:
    assert [password for password in COMMON if len(password) < SHORTEST or password != password.lower()] == []


@pytest.mark.parametrize("login", ["anna", "anna.keller@example.com", "a1", "o-x_y+z"])
def test_a_login_is_an_address_or_a_short_name(login: str) -> None:
    assert check_new_user(NewUser(login, "Anna", "viewer"), sellers=[]) == []


@pytest.mark.parametrize(
    "login", ["", "a", ".anna", "anna keller", "Anna", "änna", "cli:root", "a" * 101, "a\nb", "a\0b"]
)
def test_another_text_is_no_login(login: str) -> None:
    assert [r.code for r in check_new_user(NewUser(login, "Anna", "viewer"), sellers=[])] == ["login_unfit"]


def test_a_login_is_the_same_however_it_is_typed() -> None:
    assert as_login(" Anna@Example.COM ") == "anna@example.com"


def test_every_reason_against_a_user_is_told_at_once() -> None:
    new = NewUser("!", " ", "program", "MIAN")
    found = check_new_user(new, sellers=["MAIN"])
    assert [(r.code, r.field) for r in found] == [
        ("login_unfit", "login"), ("user_name_missing", "name"), ("unknown_role", "role"), ("user_seller_unknown", "seller"),
    ]  # fmt: skip
    assert "did you mean MAIN?" in found[3].message


def test_a_program_is_no_person() -> None:
    assert set(Role) - set(PEOPLE) == {Role.PROGRAM}


def test_who_is_kept_to_a_seller_gives_no_right_beyond_it() -> None:
    assert check_scope("MAIN", "MAIN") == check_scope(None, None) == check_scope("MAIN", None) == []
    assert [r.code for seller in (None, "OTHER") for r in check_scope(seller, "MAIN")] == ["forbidden"] * 2


def admin(user_id: int = 1, seller: str | None = None) -> User:
    role = Role.ADMIN
    return User(user_id, f"a{user_id}", "A", role, seller, True, False, NOW, NOW, None, 1)


@pytest.mark.parametrize(
    "after",
    [UserState("A", "viewer", None, True), UserState("A", "admin", "MAIN", True), UserState("A", "admin", None, False)],
)
def test_the_last_administrator_is_not_lowered(after: UserState) -> None:
    assert [r.code for r in check_chiefs([admin()], admin(), after)] == ["last_admin"]
    assert check_chiefs([admin(), admin(2)], admin(), after) == []
    assert check_chiefs([admin(2)], admin(1, "MAIN"), after) == []


def test_the_last_administrator_may_get_another_name() -> None:
    assert check_chiefs([admin()], admin(), UserState("B", "admin", None, True)) == []


def waits(patience: throttling.Patience, failures: int, now: datetime = NOW) -> timedelta:
    kept = Throttle(b"", failures - 1, now, now)
    return throttling.after_failure(kept, patience, now).open_at - now


def test_each_failure_past_the_free_ones_waits_twice_as_long() -> None:
    seconds = [waits(throttling.OF_LOGIN, n).total_seconds() for n in range(1, 9)]
    assert seconds == [0, 0, 0, 0, 1, 2, 4, 8]
    assert waits(throttling.OF_LOGIN, 1000) == timedelta(minutes=15)


def test_an_address_has_more_patience_than_a_login() -> None:
    assert waits(throttling.OF_ADDRESS, throttling.OF_ADDRESS.free - 1) == timedelta(0)
    assert waits(throttling.OF_ADDRESS, 1000) == timedelta(minutes=5)


def test_failures_of_yesterday_are_forgotten() -> None:
    kept = Throttle(b"", 50, NOW, NOW)
    assert throttling.after_failure(kept, throttling.OF_LOGIN, NOW + timedelta(days=1)).failures == 1


def test_addresses_of_one_household_are_one() -> None:
    subject = throttling.address_subject
    assert subject("2001:db8::1") == subject("2001:db8::ffff:2") != subject("2001:db8:0:1::1")
    assert subject("192.0.2.1") == subject("::ffff:192.0.2.1") != subject("192.0.2.2")
    assert subject("testclient") != subject("")


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (0.2, "1 second"),
        (8, "8 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (900, "15 minutes"),
    ],
)
def test_a_wait_is_told_in_words(wait: float, words: str) -> None:
    assert str(throttling.in_words(timedelta(seconds=wait))) == words
