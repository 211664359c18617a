"""JSON routes of litigation."""

from . import disputing, reasons
from .disputing import operation_number
from .shapes import EventShape, LitigationShape, event_shape

route_handlers = [*disputing.route_handlers, *reasons.route_handlers]
__all__ = ["EventShape", "LitigationShape", "event_shape", "operation_number", "route_handlers"]
