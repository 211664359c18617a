"""Statement of account: what was open before, every movement, what is open after; as values, PDF and Excel."""

from .model import Addressee, Movement, OpenLine, Statement
from .pdf import PDF_ROWS_MOST, render_statement
from .reading import make_statement, page_of_movements, stream_movements
from .workbook import write_statement

__all__ = [
    "PDF_ROWS_MOST",
    "Movement",
    "OpenLine",
    "Addressee",
    "Statement",
    "make_statement",
    "page_of_movements",
    "render_statement",
    "stream_movements",
    "write_statement",
]
