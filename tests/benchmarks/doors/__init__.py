"""Benchmarks of what others than clients of OpenSIPS come in by: the watch feed, SSH, the browser."""
