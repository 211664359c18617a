"""Payments: register what a customer paid, and what it pays."""

from .actions import Cashier, register
from .model import Allocate, PaymentRequest, Registered

__all__ = ["Allocate", "Cashier", "PaymentRequest", "Registered", "register"]
