"""Peers that benchmarks deliver to."""
