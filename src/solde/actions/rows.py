"""Which rows of a list an action is for: kinds of rows, each with the reason shown where a row is not of it. Pure.

A kind is a word that says what a row is; `!kind` wants that no chosen row is of it.
"""

DEBIT = ("debit", "Choose at least one debit")
CREDIT = ("credit", "Choose at least one credit")
NOT_DISPUTED = ("!disputed", "In litigation: nothing available")
NOT_MATCHED = ("!shut", "Already matched")
NOT_DEPOSIT = ("!deposit", "A security deposit has its own actions")
NOT_REVERSED = ("!taken_back", "Reversed already")
AVAILABLE = (NOT_DISPUTED, NOT_MATCHED, NOT_DEPOSIT)
ONE = "Choose one row only"
