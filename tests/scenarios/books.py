"""Ledger text: what happened to an account, day by day, and what must be so. Read here; played by the rules alone and by the database.

    account in EUR
    2026-01-10  invoice F-1 100 due 2026-02-09
    2026-02-15  payment P-1 60 pays oldest          (or: pays F-1 F-2, or: pays nothing)
    2026-02-15  = F-1 open 40
    2026-02-15  = default 40 DR, dunning 40 DR
    2026-03-01  deposit D-1 100                     (asks for a security deposit)
    2026-03-02  fund D-1 100; 2026-03-03  use D-1 80 for F-1; refund-deposit D-1 20; cancel-deposit D-1; bounce D-1
    2026-03-03  = D-1 held 20, D-1 asked 0, security_deposit 20 CR

Other lines: `credit-note C-1 20`, `refund R-1 10`, `match P-1 with F-1 F-2`, `unmatch A`, `dispute F-1 [40] because late`,
`redispute F-1 20`, `undispute F-1`, `write-off W-1 of F-1 [30]`, `credit C-1 of F-1 [30]`, `take-back X-1 of W-1`,
`plan 1 puts-off F-1 [F-2] in 3 from 2026-04-01` (a draft, monthly), `activate 1`, `break 1 because late`; each may end in
`refused CODE`. `deposit D-1 100 until 2026-05-31` ends, and `expire D-1` is what the run makes of it; `bounce` is of the last
payment for the deposit. The operations of plan 1 are called PLAN-1 and PLAN-1/1, PLAN-1/2, …; `plan-1 state ACTIVE` and
`D-1 state LOCKED` are claims. `limit 50` is the most that is written off alone: `write-off W-1 of F-1 60 by anna waits`, then
`approve W-1 by berta` or `reject W-1 by berta`. Lines that begin with # are remarks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from solde.deposits.model import Deposit

TYPES = {"invoice": "INV_STD", "payment": "PAY_WIRE", "credit-note": "INV_CRN", "refund": "REF_WIRE"}
PLACES = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a scenario, cut into words."""

    number: int
    on: date
    words: tuple[str, ...]
    outcome: str | None = None
    """The code of the refusal, or `waits`; none where it is done."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as read."""

    name: str
    currency: str
    lines: tuple[Line, ...]


class Book(Protocol):
    """Something that plays scenarios. Operations are named by their references; a refusal is given as its code."""

    async def post(self, on: date, type_code: str, name: str, amount: Decimal, due: date) -> str | None:
        """Post an operation."""

    async def pay(self, on: date, name: str, amount: Decimal, what: Sequence[str] | str) -> str | None:
        """Register a payment of the oldest, of named invoices, or of nothing."""

    async def match(self, on: date, debits: Sequence[str], credits: Sequence[str]) -> str | None:
        """Match operations."""

    async def unmatch(self, on: date, code: str) -> str | None:
        """Reverse a match."""

    async def dispute(self, on: date, name: str, amount: Decimal | None, reason: str) -> str | None:
        """Enter litigation."""

    async def redispute(self, on: date, name: str, amount: Decimal) -> str | None:
        """Update litigation."""

    async def write_off(self, on: date, name: str, what: str, amount: Decimal | None) -> str | None:
        """Give up a debit, or a part of it, by an operation of this name."""

    async def limit(self, most: Decimal) -> None:
        """Set what is written off alone at the most."""

    async def propose(self, on: date, name: str, what: str, amount: Decimal, actor: str) -> str | None:
        """Write off within the limit, or let it wait for a second person: then `waits`."""

    async def decide(self, on: date, name: str, actor: str, *, approve: bool) -> str | None:
        """Approve or reject what waits."""

    async def credit(self, on: date, name: str, what: str, amount: Decimal | None) -> str | None:
        """Credit an invoice, or a part of it, by a credit note of this name."""

    async def take_back(self, on: date, name: str, what: str) -> str | None:
        """Take a write-off or a credit note back by an operation of this name."""

    async def undispute(self, on: date, name: str) -> str | None:
        """Remove litigation."""

    async def plan(self, on: date, plan: int, debits: Sequence[str], count: int, first_on: date) -> str | None:
        """Draft an instalment plan."""

    async def activate(self, on: date, plan: int) -> str | None:
        """Put a plan into force."""

    async def break_plan(self, on: date, plan: int, reason: str) -> str | None:
        """Break a plan."""

    async def state_of(self, plan: int) -> str:
        """How far a plan is now."""

    async def open_of(self, name: str) -> tuple[Decimal, Decimal]:
        """What is open and disputed of an operation now."""

    async def move_deposit(
        self, on: date, verb: str, name: str, amount: Decimal | None, what: str | date | None
    ) -> str | None:
        """Ask for a deposit (until a day), fund it, pay an operation with it, give it back, cancel it, take its last payment back."""

    async def deposit_of(self, name: str) -> Deposit:
        """A deposit as it stands."""

    async def balances(self, on: date) -> dict[str, Decimal]:
        """`default`, `dunning`, `security_deposit`, and in the database every other balance now; positive is owed."""


def read(file: Path) -> Scenario:
    """A scenario file."""
    currency, lines = "EUR", []
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        said, _, refused = text.partition(" refused ")
        words = said.split("#")[0].split()
        waits = bool(words) and words[-1] == "waits"
        if not words:
            continue
        if words[0] == "account":
            currency = words[2]
            continue
        lines.append(
            Line(
                number,
                date.fromisoformat(words[0]),
                tuple(words[1 : len(words) - waits]),
                "waits" if waits else refused.strip() or None,
            )
        )
    return Scenario(file.stem, currency, tuple(lines))


async def play(scenario: Scenario, book: Book) -> None:
    """Play every line; fails at the first that does not come out as it says."""
    for line in scenario.lines:
        place = f"{scenario.name}, line {line.number}: {' '.join(line.words)}"
        if line.words[0] == "=":
            await _compare(book, line, place)
        else:
            assert await _act(book, line) == line.outcome, place


async def _act(book: Book, line: Line) -> str | None:
    on, (verb, name, *rest) = line.on, line.words
    match verb:
        case "limit":
            await book.limit(Decimal(name))
            return None
        case "approve" | "reject":
            return await book.decide(on, name, rest[1], approve=verb == "approve")
        case "write-off" if "by" in rest:
            return await book.propose(on, name, rest[1], Decimal(rest[2]), rest[4])
        case "payment":
            what = rest[rest.index("pays") + 1 :] if "pays" in rest else ["oldest"]
            return await book.pay(on, name, Decimal(rest[0]), what[0] if what[0] in ("oldest", "nothing") else what)
        case "match":
            split = rest.index("with") if "with" in rest else len(rest)
            return await book.match(on, rest[split + 1 :], [name, *rest[:split]])
        case "unmatch":
            return await book.unmatch(on, name)
        case "dispute":
            amount = Decimal(rest[0]) if rest and rest[0] != "because" else None
            return await book.dispute(on, name, amount, " ".join(rest[rest.index("because") + 1 :]))
        case "redispute":
            return await book.redispute(on, name, Decimal(rest[0]))
        case "undispute":
            return await book.undispute(on, name)
        case "deposit" | "fund" | "use" | "refund-deposit" | "cancel-deposit" | "expire" | "bounce":
            paid = rest[rest.index("for") + 1] if "for" in rest else None
            until = date.fromisoformat(rest[rest.index("until") + 1]) if "until" in rest else None
            amount = Decimal(rest[0]) if rest and rest[0] != "for" else None
            return await book.move_deposit(on, verb, name, amount, paid or until)
        case "plan":
            debits = rest[rest.index("puts-off") + 1 : rest.index("in")]
            count, first_on = int(rest[rest.index("in") + 1]), date.fromisoformat(rest[rest.index("from") + 1])
            return await book.plan(on, int(name), debits, count, first_on)
        case "activate":
            return await book.activate(on, int(name))
        case "break":
            return await book.break_plan(on, int(name), " ".join(rest[1:]))
        case "write-off":
            return await book.write_off(on, name, rest[1], Decimal(rest[2]) if len(rest) > 2 else None)
        case "credit":
            return await book.credit(on, name, rest[1], Decimal(rest[2]) if len(rest) > 2 else None)
        case "take-back":
            return await book.take_back(on, name, rest[1])
    due = date.fromisoformat(rest[2]) if len(rest) > 1 else on
    return await book.post(on, TYPES[verb], name, Decimal(rest[0]), due)


async def _compare(book: Book, line: Line, place: str) -> None:
    for claim in " ".join(line.words[1:]).split(","):
        name, *said = claim.split()
        if said[0] == "state":
            planned = name.startswith("plan-")
            found_state = (
                await book.state_of(int(name.removeprefix("plan-"))) if planned else (await book.deposit_of(name)).state
            )
            assert found_state == said[1], f"{place}: {name} {found_state}"
        elif said[0] in ("open", "disputed"):
            still_open, disputed = await book.open_of(name)
            found = still_open if said[0] == "open" else disputed
            assert found == Decimal(said[1]), f"{place}: {name} {said[0]} {found}"
        elif said[0] in ("held", "asked"):
            deposit = await book.deposit_of(name)
            found = deposit.balance if said[0] == "held" else deposit.asked
            assert found == Decimal(said[1]), f"{place}: {name} {said[0]} {found}"
        else:
            found = (await book.balances(line.on))[name]
            said_amount = Decimal(said[0]) * (-1 if said[-1] == "CR" else 1)
            assert found == said_amount, f"{place}: {name} {found}"
