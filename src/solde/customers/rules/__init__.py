"""Pure decisions about customers: what a form may hold, how codes are made, the words of the search, state changes."""
