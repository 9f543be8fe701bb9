"""The functions that a script may call."""
