"""The form of the lines of a log."""

import logging
from typing import Final

from evtui.codecs.display_text import display_lines
from evtui.core.redact import redact_text

TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
"""The parts of a line of text."""

_CONTINUED: Final = "\n  "


class SafeFormatter(logging.Formatter):
    """Lets no password and no control character into a log, tracebacks included.

    A log is read on a terminal, and a terminal obeys control characters that a stranger sent. Further lines of a record
    are indented, so that no text can look like a record of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        return display_lines(redact_text(super().format(record).rstrip("\n"))).replace("\n", _CONTINUED)
