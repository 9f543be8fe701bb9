"""Random whole numbers for placeholders, of the system's own source."""

import os


def pick(low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, both included, each as likely (to 1 in 2**64 for ranges up to it)."""
    return low + int.from_bytes(os.urandom(24)) % (high - low + 1)
