"""Benchmarks of the start of commands and of the console."""
