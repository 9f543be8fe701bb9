"""Where the log goes; no password and no control character gets into it."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from evtui.core.errors import BadSettingError
from evtui.core.redact import redact_text
from evtui.storage.log_format import LogForm, SafeFormatter, formatter_of

if TYPE_CHECKING:  # client commands use the log, and need no settings
    from evtui.config.config_loader import LoadedConfig

_log = logging.getLogger(__name__)


def warn_on_stderr() -> None:
    """Print warnings and errors of a client command on standard error."""
    _log_with(logging.StreamHandler(sys.stderr), SafeFormatter("evtui: %(message)s"), logging.WARNING)


def log_to_stderr(form: LogForm = "text") -> None:
    """Log to standard error."""
    _log_with(logging.StreamHandler(sys.stderr), formatter_of(form))


def start_log(loaded: "LoadedConfig", otherwise: Callable[[], None]) -> None:
    """Log to the configured file; without one, call `otherwise`.

    raises BadSettingError: the file cannot be written.
    """
    path = loaded.config.log_file
    if path is None:
        otherwise()
        return
    try:
        log_to_file(path, loaded.config.log_format)
    except OSError as error:
        raise BadSettingError("log_file", f"{path}: {error.strerror or error}", loaded.origin("log_file")) from error


def log_to_file(path: str, form: LogForm = "text") -> None:
    """Log to the end of a file; one that was moved away meanwhile is made anew.

    raises OSError.
    """
    _log_with(logging.FileHandler(Path(path), encoding="utf-8", errors="backslashreplace"), formatter_of(form))


def log_nowhere() -> None:
    """Keep the log off the terminal while the console owns it."""
    _log_with(logging.NullHandler(), formatter_of("text"))


def report_crashes(print_error: Callable[[str], None]) -> None:
    """Log an error that is not caught, with its traceback and without local variables; print one line about it."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.critical("evtui crashed", exc_info=(kind, error, trace))
        print_error(f"evtui crashed: {kind.__name__}: {redact_text(str(error))} (--log-file FILE keeps the traceback)")

    sys.excepthook = report


def _log_with(handler: logging.Handler, formatter: logging.Formatter, level: int = logging.INFO) -> None:
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for file in [each for each in root.handlers if isinstance(each, logging.FileHandler)]:
        file.close()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # What a script logs is decided by its own levels: xlog_level, log_level.
    logging.getLogger("evtui.script").setLevel(logging.DEBUG if level <= logging.INFO else logging.NOTSET)
    for library in ("aio_pika", "aiormq", "aiokafka"):  # they log each failed attempt; evtui has records of those
        logging.getLogger(library).setLevel(logging.CRITICAL)
