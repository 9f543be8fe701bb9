"""Processes of evtui that are copies of one that has imported it already: a third of the suite's time was imports.

A process without threads (`fork_server.py`) imports evtui once for all tests of a worker, and makes a copy of itself
for each command. The copy gets the arguments, environment, directory and descriptors that a new process would get, and
runs `evtui` as `python -m` does. What depends on the start of the interpreter needs a new process: see `can_fork`.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.paths import ROOT

_OF_THE_INTERPRETER: Final = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_")
"""How variables begin that the interpreter or the loader reads when a process starts."""

_MAX_ANSWER: Final = 100


def can_fork(environ: Mapping[str, str]) -> bool:
    """Say whether a process with these variables is the same as a copy of one without them."""
    return not any(name.startswith(_OF_THE_INTERPRETER) for name in environ)


class ForkedProcess(subprocess.Popen[str]):
    """A process of evtui, used like any other; its parent is the fork server, which tells its exit status."""

    _answers: socket.socket
    """Where the server tells the process id, and later the exit status."""

    def _execute_child(self, args: Any, *rest: Any) -> None:
        # The order of these arguments is the same in Python 3.11 to 3.14.
        (_executable, _preexec, _close, _pass, cwd, env, _startup, _flags, _shell, *pipes) = rest
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = pipes[:6]
        self._answers, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            wanted = {"args": list(args), "cwd": str(cwd), "env": dict(env)}
            files = [p2cread, c2pwrite, errwrite]
            descriptors = [own if given == -1 else given for own, given in enumerate(files)]
            _server().start(wanted, [*descriptors, theirs.fileno()])
        self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]
        self.pid = int(self._answers.recv(_MAX_ANSWER))
        self._child_created = True

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        try:
            answer = self._answers.recv(_MAX_ANSWER, socket.MSG_DONTWAIT if wait_flags & os.WNOHANG else 0)
        except BlockingIOError:
            return 0, 0
        self._answers.close()
        return self.pid, int(answer)

    def _internal_poll(self, *_: object, **__: object) -> int | None:
        if self.returncode is None and self._answers.fileno() != -1:
            with self._waitpid_lock:  # type: ignore[attr-defined]
                if self.returncode is None:
                    pid, status = self._try_wait(os.WNOHANG)
                    if pid == self.pid:
                        self._handle_exitstatus(status)  # type: ignore[attr-defined]
        return self.returncode


class _ForkServer:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("fork_server.py")), str(theirs.fileno())],
                stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], cwd=ROOT,
            )  # fmt: skip
        self._process.returncode = 0  # it ends when this process ends: nobody waits for it

    def start(self, wanted: Mapping[str, object], descriptors: list[int]) -> None:
        """Start a process; its descriptors are those of input, output, errors, and of answers."""
        with self._lock:
            size = json.dumps(wanted).encode()
            socket.send_fds(self._socket, [size], descriptors)


@cache
def _server() -> _ForkServer:
    return _ForkServer()
