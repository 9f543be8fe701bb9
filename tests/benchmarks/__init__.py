"""Benchmarks: run by `just bench`, never by the test suite. Each prints ratios inside one run: machines are shared."""
