"""The command that raises: once, many times, from files."""
