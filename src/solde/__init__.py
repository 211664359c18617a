"""Solde: customer balances and receivables, exact and explained.

A Python program begins with `open`:

    async with solde.open() as ledger:
        await ledger.register_payment("ACME", "120.00", payment_method="WIRETRANSFER")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from solde.kernel.release import VERSION

if TYPE_CHECKING:
    from solde.app.ledger import Ledger, open
    from solde.kernel.refusals import Refusal, Refused

__version__ = VERSION
__all__ = ["Ledger", "Refusal", "Refused", "__version__", "open"]

_WHERE = {
    "Ledger": "solde.app.ledger",
    "open": "solde.app.ledger",
    "Refusal": "solde.kernel.refusals",
    "Refused": "solde.kernel.refusals",
}


def __getattr__(name: str) -> Any:
    """A public name; what it stands on is imported when it is first asked for, so that a command starts without it."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
