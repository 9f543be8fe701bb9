"""The files of recordings: written in a thread, rotated by size, compressed by name."""
