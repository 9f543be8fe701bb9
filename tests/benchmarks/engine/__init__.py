"""Benchmarks of the engine: raises, transports in place, outboxes, scripts, and how costs grow."""
