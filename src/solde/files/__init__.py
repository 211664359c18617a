"""Files that come in: read in a child program of small rights, their header found, their formats judged on whole columns.

What a file holds is the business of the features that import it.
"""

from .called import check_one_file, file_called
from .mapping import parse_mapping, read_mapping
from .model import Cell, FileMapping, Line, RawCell, Shape, Survey, Wanted, cell_of
from .reading import opened

__all__ = [
    "Cell",
    "FileMapping",
    "Line",
    "RawCell",
    "Shape",
    "Survey",
    "Wanted",
    "cell_of",
    "check_one_file",
    "file_called",
    "opened",
    "parse_mapping",
    "read_mapping",
]
