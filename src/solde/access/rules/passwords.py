"""Which passwords are taken."""

from __future__ import annotations

import unicodedata

from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say

PASSWORD_SHORT = declare("password_short", Kind.INVALID, "Take a longer password; a few words in a row are good.")
PASSWORD_LONG = declare("password_long", Kind.INVALID, "Take a shorter password.")
PASSWORD_IS_LOGIN = declare("password_is_login", Kind.INVALID, "Take a password that the login does not tell.")
PASSWORD_COMMON = declare("password_common", Kind.INVALID, "Take a password that nobody would try first.")
PASSWORD_WRONG = declare("password_wrong", Kind.FORBIDDEN, "Give the password you sign in with now.")

SHORTEST, LONGEST = 10, 200
FEWEST_DIFFERENT = 4

COMMON = frozenset(
    """
    0123456789 0987654321 1111111111 1122334455 123123123123 123456123456 1234567890 12345678910 123456789a 123456789q
    123456789z 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 9876543210 a123456789 abc1234567 abcd123456 abcdefghij abcdefghijkl
    administrator administrator1 asdfghjkl1 asdfghjkl123 basketball changeme123 charlie123 chocolate1 computer123
    football123 hello12345 iloveyou12 iloveyou123 internet123 letmein123 letmein1234 liverpool1 manchester michelle123
    motdepasse motdepasse1 password00 password01 password10 password11 password12 password123 password1234 password12345
    passw0rd123 p@ssw0rd123 passwort123 princess123 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxedcrfv qwerty1234 qwerty12345
    qwerty123456 qwertyuiop qwertyuiop1 qwertyuiop123 sunshine123 superman123 trustno1trustno1 welcome123 welcome1234
    zaq12wsxcde3 zxcvbnm123 azertyuiop azertyuiop1 bonjour123 soleil1234 soldesolde solde12345 solde123456
    """.split()
)
"""The commonest passwords of ten characters and more, in small letters."""


def as_password(text: str) -> str:
    """A password as it is hashed: the same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", text)


def check_password(password: str, login: str) -> list[Refusal]:
    """Every reason why a password is not taken."""
    refusals: list[Refusal] = []
    plain = as_password(password).lower()
    if len(plain) < SHORTEST:
        said = say("the password has {count} characters; it needs {shortest}", count=len(plain), shortest=SHORTEST)
        refusals.append(refuse(PASSWORD_SHORT, said, field="password"))
    if len(plain) > LONGEST:
        said = say("the password has {count} characters; {longest} are the most", count=len(plain), longest=LONGEST)
        refusals.append(refuse(PASSWORD_LONG, said, field="password"))
    if plain in {login, login.partition("@")[0], login[::-1]}:
        refusals.append(refuse(PASSWORD_IS_LOGIN, "the password is the login", field="password"))
    if plain in COMMON or (len(plain) >= SHORTEST and len(set(plain)) < FEWEST_DIFFERENT):
        refusals.append(refuse(PASSWORD_COMMON, "the password is one of those tried first", field="password"))
    return refusals
