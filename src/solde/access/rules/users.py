"""What a person who signs in must have, and who must stay."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from solde.kernel.card_numbers import check_no_card_number
from solde.kernel.refusals import FORBIDDEN, Kind, Refusal, declare, refuse
from solde.kernel.texts import Text, say

from ..model import NewUser, User, UserState
from .permissions import PEOPLE, check_role

LOGIN_UNFIT = declare(
    "login_unfit", Kind.INVALID, "Use 2 to 100 of a-z, 0-9 and . _ @ + -, such as an e-mail address or a short name."
)
LOGIN_TAKEN = declare("login_taken", Kind.CONFLICT, "Choose another login; one is never given twice.")
USER_NAME_MISSING = declare("user_name_missing", Kind.INVALID, "Give the name by which colleagues know the person.")
USER_SELLER_UNKNOWN = declare(
    "user_seller_unknown", Kind.INVALID, "Use a code of GET /api/v1/sellers, or none for every seller."
)
LAST_ADMIN = declare(
    "last_admin", Kind.CONFLICT, "Make somebody else an administrator of every seller first; one must always be left."
)

LONGEST_NAME = 100
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,99}")


def as_login(text: str) -> str:
    """A login as it is kept: without blanks around it, in small letters."""
    return text.strip().lower()


def check_new_user(new: NewUser, *, sellers: Collection[str]) -> list[Refusal]:
    """Every reason why a person cannot be added."""
    refusals: list[Refusal] = []
    if _LOGIN.fullmatch(new.login) is None:
        refusals.append(refuse(LOGIN_UNFIT, "{login!r} cannot be a login", login=new.login, field="login"))
    if (bad := check_no_card_number(new.login, "login")) is not None:
        refusals.append(bad)
    return refusals + check_state(UserState(new.name, new.role, new.seller, is_active=True), sellers=sellers)


def check_state(state: UserState, *, sellers: Collection[str]) -> list[Refusal]:
    """Every reason why a person cannot be as wished."""
    refusals: list[Refusal] = []
    if not 0 < len(state.name.strip()) <= LONGEST_NAME or not state.name.isprintable():
        said = say("a user has a name of 1 to {longest_name} characters", longest_name=LONGEST_NAME)
        refusals.append(refuse(USER_NAME_MISSING, said, field="name"))
    if (bad := check_no_card_number(state.name, "name")) is not None:
        refusals.append(bad)
    refusals += check_role(state.role, PEOPLE)
    if state.seller is not None and state.seller not in sellers:
        hint = near(state.seller, sellers)
        said = say("there is no seller {seller!r}{hint}", seller=state.seller, hint=hint)
        refusals.append(refuse(USER_SELLER_UNKNOWN, said, field="seller"))
    return refusals


def check_scope(seller: str | None, within: str | None) -> list[Refusal]:
    """Who is kept to one seller gives no right beyond it."""
    if within is None or seller == within:
        return []
    return [
        refuse(
            FORBIDDEN, "you are kept to the seller {within} and give rights there only", within=within, field="seller"
        )
    ]


def check_chiefs(chiefs: Sequence[User], before: User, after: UserState) -> list[Refusal]:
    """The last administrator of every seller stays one."""
    stays = after.is_active and after.role == before.role and after.seller is None
    if not before.is_chief or stays or any(chief.user_id != before.user_id for chief in chiefs):
        return []
    return [refuse(LAST_ADMIN, "{login} is the last active administrator", login=before.login)]


def near(wanted: str, known: Collection[str]) -> Text | str:
    """A hint at the nearest of what is known."""
    found = get_close_matches(wanted, known, 1)
    return say("; did you mean {near}?", near=found[0]) if found else ""
