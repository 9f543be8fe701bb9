"""Benchmarks of the management interface."""
