"""`kill -9` of evtui: a subscription that was answered with OK a second before is made again at the next start."""

import json
import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from evtui.core.transport import SavedSubscription
from evtui.storage.state_file import read_state, write_state
from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, Server

WINDOW = 1.0
"""Seconds after which a change is in the file, as docs/sockets.md says."""

KILLS = int(os.environ.get("EVTUI_KILLS", "5"))
"""How often evtui is killed in a loop; `EVTUI_KILLS=50` makes a long run."""


class Asker:
    """Subscribes and unsubscribes; notes when each answer came."""

    def __init__(self, client: DatagramClient) -> None:
        self._client = client
        self._last = time.monotonic()
        self._longest = 0.0

    def ask(self, socket: str, expire: int = 1000) -> float:
        """Return when the answer was there."""
        self._client.ask("event_subscribe", "E_T", socket, expire)
        now = time.monotonic()
        self._longest, self._last = max(self._longest, now - self._last), now
        return now

    @property
    def window(self) -> float:
        """Return the window; a busy machine, which keeps an answer waiting, keeps a writing waiting too."""
        return WINDOW + 20 * self._longest


@pytest.fixture
def config(evtui: Evtui) -> str:
    file = evtui.directory / "evtui.toml"
    file.write_text(f'events = ["E_T"]\n[engine]\nstate = "{evtui.directory}/state.json"\n')
    return str(file)


def _killed(server: Server) -> None:
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


def _kept(evtui: Evtui) -> list[str]:
    return [each.source for each in read_state(evtui.directory / "state.json", time.time(), time.monotonic())]


def test_two_thousand_subscriptions_are_kept_when_evtui_is_killed_soon_after(evtui: Evtui, config: str) -> None:
    sockets = [f"udp:127.0.0.1:{10_000 + n}" for n in range(2000)]
    with evtui.serving("--config", config) as server, DatagramClient(evtui.mi_sock) as client:
        asker = Asker(client)
        for socket in sockets:
            asker.ask(socket)
        for socket in sockets[::50]:
            asker.ask(socket, 0)
        time.sleep(asker.window)
        _killed(server)
    assert _kept(evtui) == [socket for number, socket in enumerate(sockets) if number % 50]
    with evtui.serving("--config", config), DatagramClient(evtui.mi_sock) as client:
        assert sockets[1] in json.dumps(client.ask("subscribers_list", "E_T", sockets[1]))


def test_a_change_among_fifty_thousand_subscriptions_is_kept_as_soon(evtui: Evtui, config: str) -> None:
    state = evtui.directory / "state.json"
    before = [SavedSubscription("E_T", f"unix:/tmp/evtui-nobody-{n}") for n in range(50_000)]
    write_state(state, before, time.time())
    with evtui.serving("--config", config) as server, DatagramClient(evtui.mi_sock) as client:
        asker = Asker(client)
        for n in range(200):
            asker.ask(f"udp:127.0.0.1:{10_000 + n}")
            asker.ask(before[n].source, 0)
        time.sleep(asker.window)
        _killed(server)
    kept = _kept(evtui)
    assert kept[:49_800] == [each.source for each in before[200:]]
    assert kept[49_800:] == [f"udp:127.0.0.1:{10_000 + n}" for n in range(200)]


def test_kills_at_any_moment_leave_every_subscription_that_is_older_than_the_window(
    evtui: Evtui, config: str, record_property: Callable[[str, object], None]
) -> None:
    chosen, number, answered, losses = random.Random(9), 0, dict[str, float](), list[int]()
    for _ in range(KILLS):
        with evtui.serving("--config", config) as server, DatagramClient(evtui.mi_sock) as client:
            asker, end = Asker(client), time.monotonic() + chosen.uniform(0.2, 2.0)
            while time.monotonic() < end and len(answered) < 5000:
                socket = f"udp:127.0.0.1:{10_000 + number % 50_000}"
                answered[socket], number = asker.ask(socket), number + 1
                if number % 3 == 0:
                    ended = chosen.choice(list(answered)[-100:])
                    del answered[ended]
                    asker.ask(ended, 0)
            killed_at = time.monotonic()
            _killed(server)
        kept = set(_kept(evtui))
        lost = [socket for socket in answered if socket not in kept]
        assert [socket for socket in lost if killed_at - answered[socket] > asker.window] == []
        assert lost == list(answered)[len(answered) - len(lost) :]  # only the newest
        losses.append(len(lost))
        for socket in lost:
            del answered[socket]
    assert len(answered) > 100
    record_property("figure", f"{KILLS} kills, subscriptions lost by each: {losses}")
