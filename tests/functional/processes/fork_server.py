"""A process that has imported evtui and makes copies of itself, each of which runs evtui; see `forked_process.py`.

It is run as a script, with the descriptor of the socket from which it is told what to start.
"""

import atexit
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

ROOMS: Final = ("cli", "scripting", "persistence", "backends.remote", "mi.listeners", "script")
"""The packages of evtui that are imported, with all that they import; not the console and not consuming from AMQP."""

LOADED_LATE: Final = (
    "evtui.bootstrap.serve",
    "evtui.bootstrap.remote_server",
    "anyio._backends._asyncio",
    "aiohttp.web",
    "subprocess",
    "ssl",
)
"""What is loaded at its first use by most commands."""

_MAX_REQUEST: Final = 1 << 20


def serve_until_told(requests: socket.socket) -> dict[str, Any]:
    """Make copies until the socket is closed, which ends the process; in each copy, return what it shall run."""
    running: dict[int, tuple[int, socket.socket]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(requests, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is not requests:
                    pid, answers = running.pop(key.fd)
                    selector.unregister(key.fileobj)
                    os.close(key.fd)
                    _tell(answers, os.waitpid(pid, 0)[1])
                    answers.close()
                    continue
                data, descriptors, _, _ = socket.recv_fds(requests, _MAX_REQUEST, 4)
                if not data:
                    raise SystemExit
                pid = os.fork()
                if not pid:
                    for place, descriptor in enumerate(descriptors[:3]):
                        os.dup2(descriptor, place)
                    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
                    return dict(json.loads(data))
                for descriptor in descriptors[:3]:
                    os.close(descriptor)
                answers = socket.socket(fileno=descriptors[3])
                _tell(answers, pid)
                watched = os.pidfd_open(pid)
                running[watched] = pid, answers
                selector.register(watched, selectors.EVENT_READ)


def _tell(answers: socket.socket, number: int) -> None:
    with suppress(OSError):  # the test has ended
        answers.send(str(number).encode())


def import_all() -> None:
    """Import what a new process of evtui would import for its command."""
    for room in ROOMS:
        package = importlib.import_module(f"evtui.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"evtui.{room}."):
            importlib.import_module(found.name)
    for name in LOADED_LATE:
        importlib.import_module(name)


def run_and_leave() -> NoReturn:
    """Run evtui to its end, without taking the interpreter apart: that would copy what all processes share."""
    try:
        runpy.run_module("evtui", run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            sys.stderr.write(error.code + "\n")
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        raise
    except BaseException:  # noqa: BLE001 - told as the interpreter does
        sys.excepthook(*sys.exc_info())  # pyright: ignore[reportArgumentType]
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    gc.collect()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def become(wanted: dict[str, Any]) -> None:
    """Take the arguments, environment, directory and descriptors of the process that is wanted."""
    os.chdir(wanted["cwd"])
    os.environ.clear()
    os.environ.update(wanted["env"])
    time.tzset()
    sys.path[0] = wanted["cwd"]
    sys.argv[:] = wanted["args"]
    sys.stdin = _text(0, "r", "strict")
    sys.stdout = _text(1, "w", "strict")
    sys.stderr = _text(2, "w", "backslashreplace")
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))


def _text(descriptor: int, mode: str, errors: str) -> io.TextIOWrapper:
    binary = open(descriptor, f"{mode}b", closefd=False)  # noqa: SIM115 - the process ends with it
    lines = descriptor == 2 or binary.isatty()
    return io.TextIOWrapper(binary, encoding=sys.getfilesystemencoding(), errors=errors, line_buffering=lines)


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())
    import_all()
    gc.collect()
    gc.freeze()
    become(serve_until_told(socket.socket(fileno=int(sys.argv[1]))))
    run_and_leave()
