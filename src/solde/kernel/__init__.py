"""Values every feature speaks: money, dates, refusals, paging. Imports the standard library only."""
