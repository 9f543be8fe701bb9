"""The forms of the lines of a log: text for people, JSON for programs, and text with priorities for journald.

Each lets no password and no control character into a log, tracebacks included: a log is read on a terminal, and a
terminal obeys control characters that a stranger sent.
"""

import logging
from typing import Final, Literal, TypeAlias

from evtui.codecs.display_text import display_lines
from evtui.core.redact import redact_text

LogForm: TypeAlias = Literal["text", "json", "journal"]

TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
"""The parts of a line of text."""

_JOURNAL: Final = "%(name)s: %(message)s"
_CONTINUED: Final = "\n  "
_PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""The priorities of syslog, by the lowest level that has them; what is below is 7."""


class SafeFormatter(logging.Formatter):
    """Writes text. Further lines of a record are indented, so that no text can look like a record of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        return display_lines(redact_text(super().format(record).rstrip("\n"))).replace("\n", _CONTINUED)


class JournalFormatter(SafeFormatter):
    """Writes text with the priority before each line, as journald reads it: `<4>`. It adds the time itself."""

    def __init__(self) -> None:
        super().__init__(_JOURNAL)

    def format(self, record: logging.LogRecord) -> str:
        """Format a record. Each line of it is a record for journald, and has the priority."""
        prefix = f"<{_priority(record.levelno)}>"
        return prefix + super().format(record).replace("\n", f"\n{prefix}")


class JsonFormatter(logging.Formatter):
    """Writes an object of JSON in one line: time (UTC), level, logger, message and, with one, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        import json  # on first use: client commands log text, and begin quickly
        from datetime import UTC, datetime

        members = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _safe(record.getMessage()),
        }
        if record.exc_info:
            members["traceback"] = _safe(self.formatException(record.exc_info))
        return json.dumps(members)


def formatter_of(form: LogForm) -> logging.Formatter:
    """Make what writes the lines of a form."""
    if form == "json":
        return JsonFormatter()
    return JournalFormatter() if form == "journal" else SafeFormatter(TEXT)


def _priority(level: int) -> int:
    return next((priority for lowest, priority in _PRIORITIES if level >= lowest), 7)


def _safe(text: str) -> str:
    return display_lines(redact_text(text))
