"""Each form that a raise is copied in, run as it is against a running evtui: its subscriber gets the same bytes."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evtui.codecs.jsonrpc import encode_notification
from evtui.core.values import NO_PARAMS, Params
from evtui.raising.copy_forms import COPY_FORMS, CopyForm
from evtui.raising.raise_template import RaiseRequest
from tests.functional.mi.mi_world import free_port
from tests.functional.processes.evtui_process import Evtui, Receiver, Server
from tests.limits import HANG

WRITE = {choice.form: choice.write for choice in COPY_FORMS}
AWKWARD = 'it\'s "50%" of $5 `x` \\n & <a> {n} {"a":1} ü'


@pytest.fixture(scope="module")
def evtui() -> Iterator[Evtui]:
    with tempfile.TemporaryDirectory(prefix="evtui-t-") as directory:
        yield Evtui(Path(directory))


@pytest.fixture(scope="module")
def serve(evtui: Evtui) -> Iterator[Server]:
    datagram = f"unix:{evtui.directory}/mi"
    with evtui.serving("--event", "E_TEST", "--http", f"127.0.0.1:{free_port()}", "--datagram", datagram) as server:
        yield server


@pytest.fixture
def receiver(evtui: Evtui, serve: Server) -> Iterator[Receiver]:
    with closing(Receiver()) as receiver:
        evtui.run("subscribe", "E_TEST", receiver.socket, "--mi", f"unix:{evtui.directory}/mi")
        yield receiver
        evtui.run("unsubscribe", "E_TEST", receiver.socket, "--mi", f"unix:{evtui.directory}/mi")


def _shell(evtui: Evtui, command: str) -> None:
    environ = {
        **evtui.environ,
        "EVTUI_MI": f"unix:{evtui.directory}/mi",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    ran = subprocess.run(
        ["sh", "-c", command],
        env=environ,
        cwd=evtui.directory,
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ran.returncode == 0, (command, ran.stdout, ran.stderr)


def _perform(evtui: Evtui, server: Server, form: CopyForm, text: str, subscriber: str) -> None:
    match form:
        case "evtui":
            _shell(evtui, text)
        case "opensips-cli":
            options = f"-o communication_type=http -o url={server.place('http')}"
            _shell(evtui, text.replace("opensips-cli", f"opensips-cli {options}", 1))
        case "mi":
            with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as client:
                client.settimeout(HANG)
                client.bind(f"{evtui.directory}/client-{os.urandom(4).hex()}")
                client.sendto(text.encode(), f"{evtui.directory}/mi")
                assert b'"result":"OK"' in client.recv(65536)
        case "script":
            script = evtui.directory / "copied.cfg"
            script.write_text(
                f'startup_route {{\nsubscribe_event("E_TEST", "{subscriber}");\n{text}\n}}\nroute {{ exit; }}\n'
            )
            ran = evtui.run("script", "run", str(script))
            assert ran.status == 0, (text, ran)


@pytest.mark.parametrize("form", WRITE)
@pytest.mark.parametrize(
    "params",
    [
        Params(("192.0.2.1", 3, "two words"), ("ip", "count", "note")),
        Params((AWKWARD, "", "-x", "a=b"), ("text", "empty", "-dash", "an=sign")),
        Params(("first", "second", "third"), ("a", "a", "b")),
        Params(("one", AWKWARD)),
        NO_PARAMS,
    ],
    ids=["named", "awkward", "repeated", "unnamed", "none"],
)
def test_a_copied_raise_sends_the_same_bytes(
    evtui: Evtui, serve: Server, receiver: Receiver, params: Params, form: CopyForm
) -> None:
    request = RaiseRequest("E_TEST", params)
    with closing(Receiver()) as other:
        _perform(evtui, serve, form, WRITE[form](request), other.socket)
        got = (other if form == "script" else receiver).receive()
    assert got == encode_notification("E_TEST", params)


@pytest.mark.parametrize("form", ["evtui", "mi", "opensips-cli"])
def test_numbers_without_names_stay_numbers(evtui: Evtui, serve: Server, receiver: Receiver, form: CopyForm) -> None:
    params = Params((3, "3", None, 0.5))
    _perform(evtui, serve, form, WRITE[form](RaiseRequest("E_TEST", params)), "")
    assert receiver.receive() == encode_notification("E_TEST", params)


def test_a_script_says_what_it_sends_otherwise() -> None:
    text = WRITE["script"](RaiseRequest("E_TEST", Params((0.5, 1 << 40), ("a", "b"))))
    assert "# a is sent as 0: OpenSIPS has no fractions" in text
    assert "$avp(evi_values) = 2147483647;" in text


def test_an_event_whose_name_looks_like_an_option_is_no_option(evtui: Evtui, serve: Server) -> None:
    ran = evtui.run(*WRITE["evtui"](RaiseRequest("-x")).split()[1:], "--mi", f"unix:{evtui.directory}/mi")
    assert "unknown event '-x'" in ran.err or ran.status == 1
