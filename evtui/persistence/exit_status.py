"""The exit status of the program, and the error that is printed with it."""

import signal
from collections.abc import Callable
from typing import Final

from evtui.core.errors import BadSettingError, EvtuiError

FAILED: Final = 1
"""Exit status: evtui cannot run, for example because another server listens at its place."""

WRONG: Final = 2
"""Exit status: the configuration is wrong."""

INTERRUPTED: Final = 128 + signal.SIGINT


def exit_status(work: Callable[[], int], print_error: Callable[[str], None]) -> int:
    """Do the work of the program and return its exit status; print the error that ended it, which may have lines."""
    try:
        return work()
    except BadSettingError as error:
        print_error(f"evtui: {error}")
        return WRONG
    except (EvtuiError, OSError) as error:
        first, *rest = error.lines if isinstance(error, EvtuiError) else (str(error),)
        for line in (f"evtui: {first}", *rest):
            print_error(line)
        return FAILED
    except KeyboardInterrupt:  # before signals are handled, or the console has the terminal
        return INTERRUPTED
