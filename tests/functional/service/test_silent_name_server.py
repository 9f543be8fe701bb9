"""A name server that never answers: the start, other subscriptions, the state file and the end do not wait for it."""

import json
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, Receiver, Server
from tests.functional.processes.waiting import until
from tests.functional.service.silent_names import silence

NAMES = 60


@contextmanager
def serving(evtui: Evtui, *lines: str) -> Generator[tuple[Server, Path]]:
    """Serve with a state file, subscriptions of the configuration and the silent resolver."""
    state, config = evtui.directory / "state.json", evtui.directory / "evtui.toml"
    config.write_text(f"subscribe = {json.dumps(lines)}\n[engine]\nstate = {json.dumps(str(state))}\n")
    folder = evtui.directory / "resolver"
    environ = {"PYTHONPATH": str(folder)} if folder.exists() else silence(folder)
    with evtui.serving("--config", str(config), **environ) as server:
        yield server, state


async def test_subscriptions_of_silent_names_hinder_no_other_and_nothing_else(evtui: Evtui) -> None:
    with serving(evtui) as (server, state), ExitStack() as stack:
        askers = [stack.enter_context(DatagramClient(evtui.mi_sock)) for _ in range(NAMES)]
        for number, asker in enumerate(askers):
            asker.send("event_subscribe", "E_PIKE_BLOCKED", f"udp:h{number}.silent:9000", 600)
        receiver = Receiver()
        stack.callback(receiver.close)
        with DatagramClient(evtui.mi_sock) as other:
            assert other.ask("event_subscribe", "E_PIKE_BLOCKED", receiver.socket, 600) == "OK"
            assert other.ask("event_subscribe", "E_PIKE_BLOCKED", "udp:localhost:9", 600) == "OK"
            other.ask("raise_event", "E_PIKE_BLOCKED", ["203.0.113.7"])
        assert b"203.0.113.7" in receiver.receive()
        await until(lambda: state.exists() and "localhost" in state.read_text())
        ended = server.stop()
    assert (ended.status, "Traceback" in ended.err) == (0, False)
    assert "not stopped" not in ended.err


def test_a_start_with_silent_names_listens_subscribes_the_others_and_keeps_what_it_could_not_make(
    evtui: Evtui,
) -> None:
    with closing(Receiver()) as receiver:
        _check_start(evtui, receiver)


def _check_start(evtui: Evtui, receiver: Receiver) -> None:
    lines = [
        *(f"E_PIKE_BLOCKED udp:c{number}.silent:9000" for number in range(NAMES)),
        "E_PIKE_BLOCKED udp:localhost:9",
    ]
    with serving(evtui, f"E_PIKE_BLOCKED {receiver.socket}") as (server, state), DatagramClient(evtui.mi_sock) as asker:
        for number in range(13):
            asker.ask("event_subscribe", "E_PIKE_BLOCKED", f"udp:localhost:{9000 + number}", 3600)
        assert server.stop().status == 0
    state.write_text(state.read_text().replace("localhost", "saved.silent"))
    with serving(evtui, *lines, f"E_PIKE_BLOCKED {receiver.socket}") as (server, state):
        with DatagramClient(evtui.mi_sock) as asker:
            asker.ask("raise_event", "E_PIKE_BLOCKED", ["198.51.100.1"])
            assert b"198.51.100.1" in receiver.receive()
            listed = json.dumps(asker.ask("subscribers_list"))
            assert "udp:localhost:9" in listed
            assert "silent" not in listed
        ended = server.stop()
    assert ended.status == 0
    assert "subscribe[7]: not subscribed yet, trying again: bad socket 'udp:c7.silent:9000'" in ended.err
    assert "Traceback" not in ended.err
    assert "not stopped" not in ended.err
    assert state.read_text().count("saved.silent") == 13


def test_a_configured_name_that_does_not_resolve_is_told_and_does_not_hinder_the_start(evtui: Evtui) -> None:
    with serving(evtui, "E_PIKE_BLOCKED udp:nobody.invalid:9000") as (server, _):
        ended = server.stop()
    assert ended.status == 0
    assert "subscribe[0]: not subscribed yet, trying again: bad socket 'udp:nobody.invalid:9000': host:" in ended.err


def test_a_configured_socket_that_is_wrong_is_still_refused(evtui: Evtui) -> None:
    config = evtui.directory / "evtui.toml"
    for line, said in (("E_PIKE_BLOCKED udp:", "host"), ("E_NOBODY udp:127.0.0.1:9", "unknown event")):
        config.write_text(f"subscribe = {json.dumps([line])}\n")
        refused = evtui.run("serve", "--config", str(config))
        assert refused.status == 2
        assert "subscribe[0]" in refused.err
        assert said in refused.err
