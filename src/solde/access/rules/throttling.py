"""How long a sign-in waits after others that failed."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import Text, counted

from ..model import Throttle

SIGN_IN_WRONG = declare(
    "sign_in_wrong", Kind.FORBIDDEN, "Check both, and whether the keyboard writes capitals; or ask an administrator."
)
SIGN_IN_WAITS = declare(
    "sign_in_waits", Kind.CONFLICT, "Wait as long as the message says; each failure makes it longer."
)

FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures cost no waiting, and the longest wait; from the last free one on it doubles, from one second."""

    free: int
    longest: timedelta


OF_LOGIN = Patience(5, timedelta(minutes=15))
"""Of one login from one place, or from a browser that signed in with it before."""
OF_STRANGERS = Patience(100, timedelta(minutes=15))
"""Of one login from all places together where nobody signed in with it: a guesser of many addresses is slowed down, and the
browsers that signed in before are not."""
OF_ADDRESS = Patience(30, timedelta(minutes=5))
"""One office has many people behind one address."""


def login_subject(login: str) -> bytes:
    """What stands for a login from all unknown places together among those that failed."""
    return hashlib.sha256(b"login\0" + login.encode()).digest()


def place_subject(login: str, address: str) -> bytes:
    """What stands for a login from one network address."""
    return hashlib.sha256(b"place\0" + login.encode() + b"\0" + address_subject(address)).digest()


def device_subject(login: str, device: str) -> bytes:
    """What stands for a login from one browser; also what is kept of a browser that signed in."""
    return hashlib.sha256(b"device\0" + login.encode() + b"\0" + device.encode()).digest()


def subjects_of(login: str, address: str, device: str | None) -> list[tuple[bytes, Patience]]:
    """What a try is counted for; `device` is the id of a browser that signed in with this login before."""
    of_address = (address_subject(address), OF_ADDRESS)
    if device is not None:
        return [(device_subject(login, device), OF_LOGIN), of_address]
    return [(place_subject(login, address), OF_LOGIN), (login_subject(login), OF_STRANGERS), of_address]


def address_subject(address: str) -> bytes:
    """What stands for a network address; of a long one the first half, which one household or office has to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        found = None
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        address = str(mapped) if mapped else str(ipaddress.ip_network((found, 64), strict=False))
    return hashlib.sha256(b"address\0" + address.encode()).digest()


def after_failure(kept: Throttle, patience: Patience, now: datetime) -> Throttle:
    """One failure more; those of long ago are forgotten."""
    failures = 1 + (0 if now - kept.last_failed_at >= FORGOTTEN_AFTER else kept.failures)
    return replace(kept, failures=failures, last_failed_at=now, open_at=now + _wait(failures, patience))


def _wait(failures: int, patience: Patience) -> timedelta:
    beyond = failures - patience.free
    if beyond < 0:
        return timedelta(0)
    return min(patience.longest, timedelta(seconds=2 ** min(beyond, 20)))


def wait_of(throttles: Sequence[Throttle], now: datetime) -> timedelta:
    """How long until the next try is looked at."""
    return max([timedelta(0), *(throttle.open_at - now for throttle in throttles)])


def must_wait(wait: timedelta) -> Refusal:
    """A try that comes too early."""
    return refuse(SIGN_IN_WAITS, "too many sign-ins failed; try again in {wait}", wait=in_words(wait))


def wrong(what: Text, wait: timedelta) -> Refusal:
    """A try that failed; tells nothing about which part was wrong, but how long to wait."""
    if not wait:
        return refuse(SIGN_IN_WRONG, what)
    return refuse(SIGN_IN_WRONG, "{what}; try again in {wait}", what=what, wait=in_words(wait))


def in_words(wait: timedelta) -> Text:
    """`8 seconds`, `3 minutes`; rounded up, so that who waits so long is let try."""
    seconds = -(-wait // timedelta(seconds=1))
    number, unit = (-(-seconds // 60), "minute") if seconds >= 120 else (seconds, "second")
    if unit == "minute":
        return counted("{count} minute", "{count} minutes", number)
    return counted("{count} second", "{count} seconds", number)
