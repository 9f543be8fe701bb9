"""A recording as a backend: read from a file, at a place in time that moves."""
