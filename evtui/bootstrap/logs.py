"""Where the log goes, and the net that keeps passwords out of it."""

import logging
import re
import sys
from pathlib import Path

_SECRET = re.compile(r"(\b[a-z][a-z0-9+.-]*:(?://)?[^\s:@/]*):[^\s@/]+@", re.IGNORECASE)
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class MaskSecrets(logging.Filter):
    """Replaces the password in `scheme:user:password@host` wherever it is logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record's text; none is dropped."""
        text = record.getMessage()
        masked = mask(text)
        if masked != text:
            record.msg, record.args = masked, ()
        return True


def mask(text: str) -> str:
    """Replace passwords by stars."""
    return _SECRET.sub(r"\1:***@", text)


def log_to_stderr() -> None:
    """Log to standard error."""
    _log_with(logging.StreamHandler(sys.stderr))


def log_to_file(path: str) -> None:
    """Log to the end of a file.

    raises OSError.
    """
    _log_with(logging.FileHandler(Path(path), encoding="utf-8", errors="backslashreplace"))


def log_nowhere() -> None:
    """Keep the log off the terminal while the console owns it."""
    _log_with(logging.NullHandler())


def _log_with(handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.addFilter(MaskSecrets())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
