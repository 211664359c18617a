"""Does a text hold what looks like the number of a payment card? Such a number is never kept, whoever writes it.

A card number is found however it is written: in full-width or Arabic digits, with blanks, dashes, points or signs that
nobody sees between the digits, glued to letters, with zeros or eight further digits (a date) before it. It has the
length and the first digits of a scheme that issues cards, and a right check digit. What is proven to be something else
is left: IBANs, creditor references and Swiss payment references by their own check digits, telephone numbers by their
plus sign, article numbers (EAN-13), UUIDs and digests.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice

from .refusals import Kind, Refusal, declare, refuse

CARD_NUMBER_IN_TEXT = declare(
    "card_number_in_text", Kind.INVALID, "Leave the card number out; add the card on the gateway's page instead."
)
HIDDEN = "(hidden: it looks like a card number)"

FEWEST = 13
_LONG = tuple(range(16, 20))
_SCHEMES: tuple[tuple[str, tuple[int, ...]], ...] = (
    (r"4", (13, 16, 19)),  # Visa
    (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),  # Mastercard
    (r"3[47]", (15,)),  # American Express
    (r"30[0-5]|3095|36|3[89]", (14,)),  # Diners Club
    (r"6011|64[4-9]|65|62|81|220[0-4]|35(?:2[89]|[3-8])|636", _LONG),  # Discover, UnionPay, Mir, JCB, InterPayment
    (r"50(?:18|20|38)|5893|6304|6759|676[123]", _LONG),  # Maestro
    (r"5019|508|60|82|63[789]|9792|506[01]", (16,)),  # Dankort, RuPay, InstaPayment, Troy, Verve
    (r"1", (15,)),  # UATP
)
_ISSUED = re.compile("|".join(f"({prefix})" for prefix, _ in _SCHEMES))
_LENGTHS = tuple(lengths for _, lengths in _SCHEMES)
TRIED_MOST = 1000
"""Nobody writes a text with more digits in groups like those of cards; one is refused unread."""
GROUPS_MOST = 5000
"""Nor one with more groups of digits in rows as long as a card number; one is refused unread, so that none costs much."""
IBANS_MOST = 300
"""So many IBANs of one text are left; further ones are looked at like any digits."""

_GROUPED = {(4, 6, 5), (4, 6, 4), (4, 5, 6), (4, 4, 5), (6, 10), (6, 13), (6, 6, 4), (5, 5, 5), (5, 5, 6), (6, 4, 6)}

_BLANK = r"[\s\-\u00ad\u2010-\u2015\u2212]"
# A sign, or blanks in a row: one way to read each, so that no text is tried in many ways.
_SIGN = rf"(?:[^0-9A-Za-z]|{_BLANK}{{2,4}})"
_LONG_ENOUGH = rf"[0-9](?:{_SIGN}?[0-9]){{12}}"
_GATE = re.compile(_LONG_ENOUGH)
_GATE_OF_BYTES = re.compile(rb"[0-9](?:[^0-9A-Za-z]{0,4}[0-9]){12}")
_PARTED = re.compile(rf"(?={_LONG_ENOUGH})[0-9]+(?:{_SIGN}[0-9]+){{0,{GROUPS_MOST}}}")
_GROUP = re.compile(r"[0-9]+")
_IBAN_BEGIN = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{2} ?[0-9]{2}(?=[ \-.]?[0-9A-Za-z])")
_IBAN_LENGTHS = {
    place[:2]: int(place[2:])
    for place in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27"
        " GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27"
        " MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19"
        " SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
    ).split()
}
_IBAN_BODY = re.compile(r"[A-Za-z]{2} ?[0-9]{2}(?:[ \-.]?[0-9A-Za-z]){4,30}")
_IBAN_SIGNS = str.maketrans("", "", " -.")
_CREDITOR_REFERENCE = range(8, 26)
_SWISS = re.compile(r"(?<![0-9])[0-9](?: ?[0-9]){26}(?![0-9])")
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z])"
)
_SWISS_TABLE = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def holds_card_number(text: str) -> bool:
    """Is there a number that a payment card could have?"""
    if len(text) < FEWEST:
        return False
    if not text.isascii():
        text = _plain(text)
    if _GATE.search(text) is None:
        return False
    if _has_too_many_groups(text):
        return True
    text = _without_known(text)
    return any(_stands_in(text, found.start(), found.group()) for found in _PARTED.finditer(text))


def may_hold_card_number(text: bytes) -> bool:
    """Is it worth while to look at a document closely? Quick, and never wrongly no."""
    return not text.isascii() or b"\\" in text or _GATE_OF_BYTES.search(text) is not None


def check_no_card_number(text: str | None, field: str | None = None) -> Refusal | None:
    """Refuses card_number_in_text; the number itself is not repeated."""
    if text is None or not holds_card_number(text):
        return None
    return refuse(
        CARD_NUMBER_IN_TEXT, "{name} holds what looks like a card number", name=field or "the text", field=field
    )


def find_card_number(value: object, place: str = "") -> Refusal | None:
    """Refuses card_number_in_text for the first text of a JSON-able value that holds one, with its place in the value."""
    if isinstance(value, str):
        return check_no_card_number(value, place or None)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10 ** (FEWEST - 1):
        return check_no_card_number(str(value), place or None)
    if isinstance(value, Mapping):
        # A name may hold one as well; it is not repeated in the place.
        named = (check_no_card_number(str(name), place or None) for name in value)
        parts = (find_card_number(part, f"{place}.{name}".lstrip(".")) for name, part in value.items())
        return next((bad for bad in (*named, *parts) if bad is not None), None)
    if isinstance(value, list | tuple):
        found = (find_card_number(part, f"{place}.{n}".lstrip(".")) for n, part in enumerate(value))
        return next((bad for bad in found if bad is not None), None)
    return None


def without_card_number(text: str) -> str:
    """A text that may be logged, shown or kept: the text, or a note in its place where it holds a card number."""
    return HIDDEN if holds_card_number(text) else text


def _plain(text: str) -> str:
    """The text in plain digits, without signs that take no place; each sign is looked at once."""
    return text.translate({ord(sign): _plain_sign(sign) for sign in set(text) if not sign.isascii()})


def _plain_sign(sign: str) -> str:
    """A sign in plain letters and digits; one that has none stays, so that no sign becomes long."""
    plain = "".join(map(_plain_digit, unicodedata.normalize("NFKC", sign)))
    return plain if not plain or any(one.isascii() for one in plain) else sign


def _plain_digit(sign: str) -> str:
    if unicodedata.category(sign) in {"Cf", "Mn", "Me"}:
        return ""
    digit = unicodedata.digit(sign, None)
    return sign if digit is None else str(digit)


def _has_too_many_groups(text: str) -> bool:
    groups = 0
    for found in _PARTED.finditer(text):
        groups += len(_GROUP.findall(found.group()))
        if groups > GROUPS_MOST:
            return True
    return False


def _without_known(text: str) -> str:
    """The text without what its own check digits, or its form, prove to be something else."""
    text = _HEX.sub(lambda found: found.group() if found.group().replace("-", "").isdigit() else " x ", text)
    text = _without_ibans(text)
    return _SWISS.sub(lambda found: " x " if _is_swiss_reference(found.group()) else found.group(), text)


def _without_ibans(text: str) -> str:
    """The text without IBANs and creditor references, the last ones first."""
    parts, right = [], len(text)
    begins = [found.start() for found in islice(_IBAN_BEGIN.finditer(text), IBANS_MOST)]
    for begin in reversed(begins):
        if (end := _end_of_iban(text, begin, right)) is not None:
            parts += [text[end:right], " x "]
            right = begin
    return "".join((text[:right], *reversed(parts)))


def _end_of_iban(text: str, begin: int, right: int) -> int | None:
    """Where an IBAN, or the longest creditor reference, that begins here ends, before `right` at the latest; None where
    its check digits are wrong.
    """
    found = _IBAN_BODY.match(text, begin, right)
    country = text[begin : begin + 2].upper()
    lengths = reversed(_CREDITOR_REFERENCE) if country == "RF" else (_IBAN_LENGTHS.get(country, 99),)
    written = found.group() if found else ""
    plain = written.translate(_IBAN_SIGNS).upper()
    for length in lengths:
        if length <= len(plain) and _is_checked(plain[:length]):
            sizes = accumulate(sign not in " -." for sign in written)
            end = begin + next(place for place, size in enumerate(sizes, 1) if size == length)
            return None if end < right and text[end].isalnum() else end
    return None


def _is_checked(iban: str) -> bool:
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1


def _is_swiss_reference(text: str) -> bool:
    carry = 0
    digits = [int(sign) for sign in text if sign != " "]
    for digit in digits[:-1]:
        carry = _SWISS_TABLE[(carry + digit) % 10]
    return (10 - carry) % 10 == digits[-1]


def _stands_in(text: str, place: int, part: str) -> bool:
    """Are there whole groups of digits in a row that make a card number? `part` stands at this place of the text."""
    groups, tried = _GROUP.findall(part), 0
    digits = "".join(groups)
    if len(digits) < FEWEST or (len(digits) <= 15 and text[place - 1 : place] == "+"):
        return False
    between = _GROUP.split(part)[1:-1]
    begins = list(accumulate(map(len, groups), initial=0))
    numbers = {begin: number for number, begin in enumerate(begins)}
    is_amount = re.match(r"[.,][0-9]", text[place + len(groups[0]) :]) is not None
    for first, begin in _starts(groups, begins):
        issued = _ISSUED.match(digits, begin)
        for length in _LENGTHS[issued.lastindex - 1] if issued and issued.lastindex else ():
            last = numbers.get(begin + length)
            if last is None or (length == FEWEST and (last > first + 1 or (is_amount and begin == 0))):
                continue
            tried += 1
            if tried > TRIED_MOST:
                return True
            if _is_card(digits[begin : begin + length]) and _is_written_so(
                groups[first:last], between[first : last - 1]
            ):
                return True
    return False


def _starts(groups: Sequence[str], begins: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where a card number may begin: with a group, behind its zeros, behind eight digits such as a date."""
    for number, (group, begin) in enumerate(zip(groups, begins, strict=False)):
        yield number, begin
        if len(group) == 24 and group[8] in "245":
            yield number, begin + 8
        elif len(group) > 16 and group[0] == "0" and (zeros := len(group) - len(group.lstrip("0"))) <= len(group) - 16:
            yield number, begin + zeros


def _is_written_so(groups: Sequence[str], between: Sequence[str]) -> bool:
    """One number, digits parted evenly or as cards part them, or parted by blanks alone."""
    sizes = tuple(map(len, groups))
    if len(sizes) == 1 or sizes in _GROUPED:
        return True
    if sum(sizes) == 15 and groups[0][0] == "1":
        return False
    if len(set(between)) == 1 and between[0].isspace():
        return max(sizes) <= 8
    return len(set(sizes[:-1])) == 1 and sizes[-1] <= sizes[0] <= 5


def _is_card(digits: str) -> bool:
    """Is the check digit right? Of thirteen digits more are of an article (EAN-13) or a German mobile."""
    if len(digits) == FEWEST:
        weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
        if weighed % 10 == 0 or re.match("491[567]", digits):
            return False
    return _is_luhn(digits)


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def _is_luhn(text: str) -> bool:
    backwards = [int(sign) for sign in reversed(text)]
    return (sum(backwards[::2]) + sum(_DOUBLED[digit] for digit in backwards[1::2])) % 10 == 0
