"""Wrong usage: exit status 2, and the wrong part named."""

from pathlib import Path

import pytest

from tests.functional.processes.evtui_process import Evtui, Server
from tests.limits import HANG


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("subscribe", "E_X"), "Missing argument 'SOCKET'"),
        (("subscribe", "E_X", "udp:127.0.0.1:0"), "port: not a number from 1 to 65535"),
        (("subscribe", "E_X", "udp:::1:9000"), "an IPv6 address goes in brackets"),
        (("subscribe", "E_X", "unix:relative"), "path: it must be absolute"),
        (("subscribe", "E_X", "nonsense"), "scheme"),
        (("subscribe", "E_X", "udp:127.0.0.1:9", "soon"), "bad expire 'soon'"),
        (("subscribe", "E_X", "udp:127.0.0.1:9", "-1"), "bad expire '-1': whole seconds, 0 or more"),
        (("subscribe", "E_X", "udp:127.0.0.1:9", "--", "-1"), "bad expire '-1': whole seconds, 0 or more"),
        (("subscribe", "E_X", "udp:127.0.0.1:9", "9" * 19), "at most 999999999999999999 seconds"),
        (("subscribe", "E_X", "udp:127.0.0.1:9", "--nonsense"), "--nonsense"),
        (("subscribe", "", "udp:127.0.0.1:9"), "bad event name ''"),
        (("events", "--mi", "carrier-pigeon:home"), "'carrier-pigeon' is not a known scheme"),
        (("events", "--mi", "udp:127.0.0.1"), "port: missing"),
        (("events", "--mi", "http://:80/mi"), "host"),
        (("events", "--mi", "http://user:secret@localhost/mi"), "EVTUI_MI_HTTP_TOKEN"),
        (("events", "--mi", "fifo:relative"), "path: it must be absolute"),
        (("mi", "which", "a=1", "b"), "some arguments have names and some have none"),
        (("mi", "which", "a:={"), "argument 1: not JSON"),
        (("tail", "--expire", "1"), "--expire"),
        (("tail", "--socket", "tcp"), "scheme"),
        (("nonsense",), "nonsense"),
        (("--nonsense",), "--nonsense"),
        (("--demo", "serve"), "the command 'serve' has no option --demo"),
        (("--http", "127.0.0.1:8888", "events"), "the command 'events' has no option --http"),
        (("--mi", "carrier-pigeon:home", "events"), "'carrier-pigeon' is not a known scheme"),
        (("--config", "/nonexistent.toml", "config", "show"), "/nonexistent.toml: No such file or directory"),
        (("--config=/nonexistent.toml", "serve"), "/nonexistent.toml: No such file or directory"),
        (("--mi", "unix:/tmp/x", "--event", "E_X"), "--mi attaches to a running server"),
        (("--mi", "unix:/tmp/x", "--demo"), "--mi attaches to a running server"),
        (("--mi", "pigeon:home"), "'pigeon' is not a known scheme"),
        ((), "the console needs a terminal"),
        (("serve", "--http", "8888"), "mi.http (command line --http): '8888'"),
        (("serve", "--datagram", "tcp:127.0.0.1:8888"), "mi.datagram[0] (command line --datagram)"),
        (("serve", "--payload", "xml"), "payload (command line --payload): 'xml'"),
        (("serve", "--event", "E_OK", "--event", "x" * 65), "events[1] (command line --event)"),
        (("serve", "--subscribe", "E_X"), "has no socket"),
        (("serve", "--subscribe", "E_X udp:127.0.0.1:9 0"), "an EXPIRE of 0 unsubscribes"),
        (("serve", "--config", "/nonexistent.toml"), "/nonexistent.toml: No such file or directory"),
    ],
)
def test_the_wrong_part_is_named(evtui: Evtui, arguments: tuple[str, ...], complaint: str) -> None:
    wrong = evtui.run(*arguments)
    assert wrong.status == 2, wrong
    assert complaint in " ".join(wrong.err.split())
    assert wrong.out == ""
    assert "Traceback" not in wrong.err
    assert "secret" not in wrong.err


def test_a_wrong_address_says_whether_the_option_or_the_variable_is_wrong(evtui: Evtui) -> None:
    assert evtui.run("events", EVTUI_MI="foo").err.startswith("evtui: EVTUI_MI: bad socket 'foo': scheme: ")
    assert evtui.run("events", "--mi", "foo", EVTUI_MI="bar").err.startswith("evtui: --mi: bad socket 'foo': scheme: ")


def test_the_version_is_printed_by_option_and_command(evtui: Evtui) -> None:
    assert evtui.run("version").out == evtui.run("--version").out == evtui.run("-V").out
    told = evtui.run("version", "--json").json
    assert evtui.run("version").out == f"evtui {told['evtui']}\n"
    assert told["python"].startswith("3.")
    assert {"anyio", "click", "textual"} <= set(told["libraries"])
    assert evtui.run("version").out.startswith("evtui 0.")


def test_help_lists_every_command(evtui: Evtui) -> None:
    shown = evtui.run("--help").out
    commands = (
        "serve",
        "events",
        "subscribers",
        "subscribe",
        "unsubscribe",
        "raise",
        "tail",
        "mi",
        "config",
        "version",
    )
    assert [name for name in commands if f"\n  {name} " not in shown] == []


@pytest.mark.parametrize("arguments", [("events",), ("config", "show"), ("version",), ("serve",)])
def test_output_that_cannot_be_written_is_reported_in_one_line(
    evtui: Evtui, serve: Server, arguments: tuple[str, ...]
) -> None:
    options = ("--fifo", str(evtui.directory / "other")) if arguments == ("serve",) else ()
    with Path("/dev/full").open("w") as full:
        process = evtui.start(*arguments, *options, stdout=full.fileno())
        _, err = process.communicate(timeout=HANG)
    assert (process.returncode, err) == (1, "evtui: standard output: No space left on device\n")
