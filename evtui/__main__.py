"""Run the command line: `python -m evtui`."""

import gc
import os
import sys
from types import TracebackType


def main() -> None:
    """Run evtui with the arguments of this process."""
    # What is imported stays: to look through it for garbage takes 3 % of the time until the first paint, and at the end
    # of the process, which frees everything, a tenth of the time of a client command.
    gc.disable()
    from evtui.cli.commands import app

    gc.freeze()
    gc.enable()
    sys.excepthook = _print_traceback
    if "_EVTUI_COMPLETE" in os.environ:
        from evtui.cli.shell.shell_completion import register

        register()
    try:
        app(prog_name="evtui")
    finally:
        gc.freeze()


def _print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the traceback of an error that nothing caught, made safe to show and without passwords."""
    # Imported here, because a command that has no bug needs none of it.
    import traceback

    from evtui.codecs.display_text import display_lines
    from evtui.core.redact import redact_text

    written = "".join(traceback.format_exception(kind, error, trace)).rstrip("\n")
    sys.stderr.write(display_lines(redact_text(written)) + "\n")


if __name__ == "__main__":
    main()
