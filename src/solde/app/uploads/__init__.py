"""Files that a person brings by the import wizard: kept from the upload until they are imported, or two days."""

from .actions import add_upload, begin_check, begin_import, choose_mapping, file_of, get_upload
from .columns import SORTS, Sort, empty_file
from .heads import AMOUNT_FORMATS, DATE_FORMATS, ENCODINGS, read_head
from .mapping import Reading, doubled, guess, lacking, read_back, written
from .model import Head, NewUpload, Occasion, Upload

__all__ = [
    "Head",
    "NewUpload",
    "Occasion",
    "Upload",
    "AMOUNT_FORMATS",
    "DATE_FORMATS",
    "ENCODINGS",
    "SORTS",
    "Reading",
    "Sort",
    "doubled",
    "empty_file",
    "guess",
    "lacking",
    "read_back",
    "written",
    "add_upload",
    "begin_check",
    "begin_import",
    "choose_mapping",
    "file_of",
    "get_upload",
    "read_head",
]
