"""Solde: customer balances and receivables, exact and explained."""

__version__ = "0.1.0"
