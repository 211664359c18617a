"""Texts as they stand in the books of a company: invoice numbers, references, IBANs, telephone numbers, lists of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

Maker = Callable[[Random], str]


def everyday_texts(count: int, seed: int) -> Iterator[str]:
    """So many texts, the same ones for the same seed."""
    chance = Random(seed)
    for _ in range(count):
        yield chance.choice(MAKERS)(chance)


def digits(chance: Random, count: int) -> str:
    return f"{chance.getrandbits(100) % 10**count:0{count}}"


def day(chance: Random, form: str) -> str:
    year, month, dom = chance.randint(2015, 2027), chance.randint(1, 12), chance.randint(1, 28)
    return form.format(y=year, m=month, d=dom)


def invoice_number(chance: Random) -> str:
    year = chance.randint(2015, 2027)
    forms = (
        f"INV-{year}-{digits(chance, 10)}", f"RE{year}{digits(chance, 6)}", f"{year}/{digits(chance, 5)}", digits(chance, 12),
        f"FA{year}-{chance.randint(1, 12):02}-{digits(chance, 4)}", f"{digits(chance, 4)}-{year}-{digits(chance, 6)}",
        f"R-{digits(chance, 7)}/{year}", f"{year}{digits(chance, 8)}", f"AB{digits(chance, 9)}X", f"SI{digits(chance, 8)}",
        f"{year}-{digits(chance, 4)}-{digits(chance, 4)}", f"{digits(chance, 6)}.{chance.randint(1, 99)}",
    )  # fmt: skip
    return chance.choice(forms)


def reference(chance: Random) -> str:
    forms = (
        f"KD-NR. {digits(chance, 8)} RE {invoice_number(chance)}", f"EREF+{day(chance, '{y}{m:02}{d:02}')}{digits(chance, 7)}",
        f"MREF+M{digits(chance, 10)}", "NOTPROVIDED", f"+++{digits(chance, 3)}/{digits(chance, 4)}/{digits(chance, 5)}+++",
        f"{invoice_number(chance)} {day(chance, '{d:02}.{m:02}.{y}')} {chance.randint(1, 99999)},{digits(chance, 2)} EUR",
        f"Order {digits(chance, 10)} of {day(chance, '{y}-{m:02}-{d:02}')}", f"LOCKBOX {digits(chance, 6)} BATCH {digits(chance, 4)}",
        day(chance, "{y}{m:02}{d:02}") + f"{chance.randint(0, 23):02}{digits(chance, 4)}",
        f"{day(chance, '{y}-{m:02}-{d:02}')} {chance.randint(10, 23)}:{chance.randint(10, 59)}:{chance.randint(10, 59)}.{digits(chance, 6)}",
    )  # fmt: skip
    return chance.choice(forms)


def iban(chance: Random) -> str:
    country, count = chance.choice(
        (("DE", 18), ("FR", 23), ("ES", 20), ("BE", 12), ("AT", 16), ("CH", 17), ("PL", 24), ("IT", 23))
    )
    rest = digits(chance, count)
    if country == "IT":
        rest = "X" + rest[1:]
    if country == "FR":
        rest = rest[:10] + "M" + rest[11:]
    number = "".join(str(int(sign, 36)) for sign in f"{rest}{country}00")
    plain = f"{country}{98 - int(number) % 97:02}{rest}"
    grouped = " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))
    return chance.choice((plain, grouped, f"IBAN: {grouped}", plain.lower(), f"{grouped} {reference(chance)}"))


def creditor_reference(chance: Random) -> str:
    rest = digits(chance, chance.randint(12, 21))
    plain = f"RF{98 - int(rest + '271500') % 97:02}{rest}"
    return chance.choice((plain, " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))))


def swiss_reference(chance: Random) -> str:
    table, carry, plain = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5), 0, digits(chance, 26)
    for digit in plain:
        carry = table[(carry + int(digit)) % 10]
    plain += str((10 - carry) % 10)
    return chance.choice((plain, " ".join([plain[:2], *(plain[i : i + 5] for i in range(2, 27, 5))])))


def telephone(chance: Random) -> str:
    forms = (
        f"+49 15{digits(chance, 2)} {digits(chance, 7)}", f"+49{digits(chance, 10)}", f"0049 30 {digits(chance, 8)}",
        f"+33 6 {digits(chance, 2)} {digits(chance, 2)} {digits(chance, 2)} {digits(chance, 2)}", f"+44 20 7{digits(chance, 3)} {digits(chance, 4)}",
        f"01 {digits(chance, 2)} {digits(chance, 2)} {digits(chance, 2)} {digits(chance, 2)}", f"(212) 555-{digits(chance, 4)}",
        f"+1-{digits(chance, 3)}-{digits(chance, 3)}-{digits(chance, 4)}", f"491{chance.choice('567')}{digits(chance, 9)}",
        f"Tel. 030/{digits(chance, 7)}-0, Fax 030/{digits(chance, 7)}-99",
    )  # fmt: skip
    return chance.choice(forms)


def number_of_things(chance: Random) -> str:
    twelve = f"{chance.choice(('40', '50', '30', '87'))}{digits(chance, 10)}"
    check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve)) % 10
    forms = (
        f"EAN {twelve}{check}", f"pays {', '.join(digits(chance, 4) for _ in range(6))}", f"VAT DE{digits(chance, 9)}",
        f"{chance.randint(1, 999)},{digits(chance, 3)},{digits(chance, 3)}.{digits(chance, 2)} USD", f"#{chance.getrandbits(40)}",
        "-".join(f"{chance.getrandbits(4 * size):0{size}x}" for size in (8, 4, 4, 4, 12)), f"{chance.getrandbits(256):064x}",
        f"{chance.getrandbits(64):016x}", f"SIREN {digits(chance, 3)} {digits(chance, 3)} {digits(chance, 3)}",
    )  # fmt: skip
    return chance.choice(forms)


MAKERS: tuple[Maker, ...] = (
    invoice_number, invoice_number, invoice_number, reference, reference, reference, iban, iban, telephone, telephone,
    creditor_reference, swiss_reference, number_of_things, number_of_things,
)  # fmt: skip
