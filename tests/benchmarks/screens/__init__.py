"""Benchmarks of the console under load."""
