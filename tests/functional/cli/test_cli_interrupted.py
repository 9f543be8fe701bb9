"""Client commands that wait for a server that does not answer."""

import os
import select
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui
from tests.limits import HANG


def _silent(scheme: str, directory: Path, owner: ExitStack) -> tuple[str, int]:
    """Open what takes requests and answers none: how a command names it, and the descriptor that shows a request."""
    if scheme == "fifo":
        os.mkfifo(directory / "mi.fifo")
        reader = os.open(directory / "mi.fifo", os.O_RDWR | os.O_NONBLOCK)
        owner.callback(os.close, reader)
        return f"fifo:{directory}/mi.fifo?reply_dir={directory}", reader
    family = socket.AF_UNIX if scheme == "unix" else socket.AF_INET
    kind = socket.SOCK_STREAM if scheme == "http" else socket.SOCK_DGRAM
    sock = owner.enter_context(socket.socket(family, kind))
    sock.bind(str(directory / "mi.sock") if scheme == "unix" else ("127.0.0.1", 0))
    if scheme == "http":
        sock.listen()
    place = f"{directory}/mi.sock" if scheme == "unix" else f"127.0.0.1:{sock.getsockname()[1]}"
    return f"http://{place}/mi" if scheme == "http" else f"{scheme}:{place}", sock.fileno()


@pytest.mark.parametrize("scheme", ["fifo", "unix", "udp", "http"])
def test_ctrl_c_ends_a_command_that_waits_and_leaves_nothing_behind(evtui: Evtui, scheme: str) -> None:
    directory = evtui.directory / "server"
    directory.mkdir(0o700)
    with ExitStack() as owner:
        mi, asked = _silent(scheme, directory, owner)
        before = sorted(directory.iterdir())
        process = evtui.start("events", "--json", "--mi", mi)
        assert select.select([asked], [], [], HANG)[0]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANG)
        assert (process.returncode, out, err) == (130, "", "")
        assert sorted(directory.iterdir()) == before


def test_a_server_that_does_not_answer_is_given_up_with_the_reason(evtui: Evtui) -> None:
    with ExitStack() as owner:
        mi, _ = _silent("udp", evtui.directory, owner)
        ran = evtui.run("mi", "pwd", "--mi", mi)
    assert (ran.status, ran.out, ran.err) == (1, "", f"evtui: {mi}: no answer within 5 s\n")
