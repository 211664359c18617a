"""The pages: each composes what features answer."""
