"""flatstore: lines of a file, with rotation."""
