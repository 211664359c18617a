"""The lists of everyday work: what waits for a second person, and long work."""
