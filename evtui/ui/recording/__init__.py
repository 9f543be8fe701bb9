"""Recordings in the console: the key that begins and ends one, and the keys that move in one that is shown."""
