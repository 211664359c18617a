"""Addresses of pages: what a page shows stands in its address, so that it can be shared. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlencode


class Address:
    """A path with its parameters; `with_` gives another with some of them changed."""

    __slots__ = ("_parameters", "path")

    def __init__(self, path: str, parameters: Iterable[tuple[str, str]] = ()) -> None:
        self.path = path
        self._parameters = tuple((name, value) for name, value in parameters if value)

    def with_(self, **changes: str | None) -> Address:
        """Set parameters, or leave out those that are None. Without a cursor given it is the first page."""
        replaced = {"cursor": None, **changes}
        kept = [(name, value) for name, value in self._parameters if name not in replaced]
        return Address(self.path, [*kept, *((name, value) for name, value in replaced.items() if value)])

    def without(self, name: str, value: str) -> Address:
        """Leave out one value of a parameter that may be given several times."""
        return Address(self.path, [(n, v) for n, v in self._parameters if (n, v) != (name, value) and n != "cursor"])

    def only(self, *names: str) -> Address:
        """Keep these parameters alone."""
        return Address(self.path, [(n, v) for n, v in self._parameters if n in names])

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The parameters in order."""
        return self._parameters

    def hidden(self, *but: str) -> list[tuple[str, str]]:
        """Parameters a form carries along besides its own fields."""
        return [(n, v) for n, v in self._parameters if n not in but and n != "cursor"]

    def __str__(self) -> str:
        return f"{self.path}?{urlencode(self._parameters)}" if self._parameters else self.path


def account_path(code: str, *more: str) -> str:
    """The path of an account's page, or of one below it."""
    return "/".join(["/accounts", quote(code, safe=""), *(quote(part, safe="") for part in more)])


def customer_path(code: str, *more: str) -> str:
    """The path of a customer's page, or of one below it."""
    return "/".join(["/customers", quote(code, safe=""), *(quote(part, safe="") for part in more)])


def is_own_path(text: str | None) -> bool:
    """Is this a path of ours, which a sign-in may lead back to?"""
    return (
        bool(text) and text is not None and text.startswith("/") and text[1:2] not in {"/", "\\"} and text.isprintable()
    )


def tab_path(customer: str, tab: str, account: str) -> str:
    """The address of a tab of a customer, with the account that is looked at."""
    return str(Address(customer_path(customer, tab), [("account", account)]))
