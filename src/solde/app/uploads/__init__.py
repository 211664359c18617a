"""Files that a person brings by the import wizard: kept from the upload until they are imported, or two days."""

from .actions import add_upload, begin_check, begin_import, choose_mapping, file_of, get_upload, read_again
from .columns import SORTS, Sort, empty_file
from .heads import ENCODINGS, read_head
from .mapping import (
    FileReading,
    Verdicts,
    doubled,
    guess,
    is_plain,
    judge,
    lacking,
    open_questions,
    read_back,
    unused,
    written,
)
from .model import NewUpload, Occasion, Upload

__all__ = [
    "NewUpload",
    "Occasion",
    "Upload",
    "ENCODINGS",
    "SORTS",
    "FileReading",
    "Verdicts",
    "Sort",
    "doubled",
    "empty_file",
    "guess",
    "is_plain",
    "judge",
    "lacking",
    "open_questions",
    "read_back",
    "unused",
    "written",
    "add_upload",
    "begin_check",
    "begin_import",
    "choose_mapping",
    "file_of",
    "get_upload",
    "read_again",
    "read_head",
]
