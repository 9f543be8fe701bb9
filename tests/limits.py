"""How long a test waits: long enough for a busy machine. A bound is there against hangs, not for speed."""

from typing import Final

HANG: Final = 120.0
"""Seconds after which something that a test waits for hangs: a reply, a process, a record, a text on a screen."""
