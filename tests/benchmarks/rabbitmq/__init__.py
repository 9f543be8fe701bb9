"""Benchmarks beside aio-pika, at a real broker."""
