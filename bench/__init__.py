"""Benchmarks: each figure is shown as a ratio against a bare floor measured in the same run."""
