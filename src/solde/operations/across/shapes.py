"""An operation of any account as JSON shows it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..shapes import OperationShape, operation_shape
from .model import ListedOperation


class ListedShape(OperationShape, frozen=True, kw_only=True):
    """An operation with whose it is."""

    customer: Annotated[str, Meta(description="Code of the customer.")]
    customer_name: Annotated[str, Meta(description="Name of the account, or of its customer.")]
    seller: Annotated[str, Meta(description="Code of the seller.")]


def listed_shape(listed: ListedOperation) -> ListedShape:
    """An operation of any account as JSON shows it."""
    shape = operation_shape(listed.operation, listed.account)
    fields = {name: getattr(shape, name) for name in shape.__struct_fields__}
    return ListedShape(**fields, customer=listed.customer, customer_name=listed.name, seller=listed.seller)
