"""Gateways that Solde speaks to."""
