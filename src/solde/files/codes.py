"""Why a file cannot be read."""

from solde.kernel.refusals import Kind, declare

FILE_UNREADABLE = declare("file_unreadable", Kind.INVALID, "Give a CSV file with a header line, or an xlsx workbook.")
FILE_NOT_TEXT = declare(
    "file_not_in_encoding",
    Kind.INVALID,
    'Save the file as UTF-8, or name its encoding in the mapping, such as encoding = "cp1252".',
)
FILE_EMPTY = declare("file_empty", Kind.INVALID, "Give a file with a header line and rows.")
FILE_TOO_LARGE = declare("file_too_large", Kind.INVALID, "Save the workbook as CSV; a CSV file may be of any size.")
FILE_TOO_SLOW = declare("file_too_slow", Kind.INVALID, "Save the workbook as CSV, or import it in parts.")
SHEET_TOO_WIDE = declare(
    "sheet_too_large", Kind.INVALID, "Delete what stands far from the table, or save the sheet as CSV."
)
UNKNOWN_SHEET = declare("unknown_sheet", Kind.INVALID, "Name a sheet of the workbook, as its tab is written.")
FILE_TOO_WIDE = declare("file_too_wide", Kind.INVALID, "Keep the columns that are imported, and leave the others out.")
HEADER_NOT_FOUND = declare(
    "header_not_found", Kind.INVALID, 'Say header_row in the mapping: the number of the line, or "find".'
)
SEVERAL_FILES = declare("import_several_files", Kind.INVALID, "Send one file a request, with one mapping at most.")
