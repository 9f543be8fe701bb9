"""Consoles and commands that watch a server from processes of their own: what they leave there, what they show."""

import json
import re
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from evtui.storage.state_file import read_state
from tests.functional.cli.test_cli_tail import tailing
from tests.functional.processes.evtui_process import Evtui, Receiver
from tests.functional.processes.pty_process import PtyProcess
from tests.limits import HANG

CONSOLES = 5


@contextmanager
def attached(evtui: Evtui, number: int, place: str) -> Generator[Sequence[PtyProcess]]:
    """Attach so many read-only consoles, and wait until each is live."""
    command = [sys.executable, "-m", "evtui", "--read-only", "--mi", place]
    with ExitStack() as stack:
        made = [stack.enter_context(closing(PtyProcess(command, evtui.environ, 120, 40))) for _ in range(number)]
        for console in made:
            console.read_until(b"LIVE")
        yield made


def traces(evtui: Evtui, state: Path) -> tuple[str, int, dict[str, bytes]]:
    """Return what viewers must not change: the list of subscribers, the place of the stream, the state files."""
    listed = re.sub(r'"ttl":\d+', '"ttl":0', evtui.run("mi", "subscribers_list", "--json").out)
    place = int(evtui.run("mi", "watch_feed", "--json").json["place"])
    return listed, place, {file.name: file.read_bytes() for file in state.parent.glob(f"{state.name}*")}


def test_five_consoles_and_three_tails_leave_no_trace_and_show_a_raise_without_subscribers(evtui: Evtui) -> None:
    state = evtui.directory / "state.json"
    named = ("--event", "E_TWO", "--event", "E_NOBODY")
    with (
        closing(Receiver()) as one,
        closing(Receiver()) as two,
        evtui.serving(*named, EVTUI_ENGINE_STATE=str(state)) as server,
    ):
        for receiver in (one, two):
            assert evtui.run("subscribe", "E_TWO", receiver.socket, "86400").status == 0
        end = time.monotonic() + HANG
        while len(read_state(state, time.time(), time.monotonic())) < 2:
            assert time.monotonic() < end, "the state file has not both subscriptions"
            time.sleep(0.05)
        before = traces(evtui, state)
        assert before[0].count('"socket"') == 2
        with (
            attached(evtui, CONSOLES, server.place("unix")) as consoles,
            tailing(evtui, "--json") as tail,
            tailing(evtui, "E_*"),
            tailing(evtui, "E_NOBODY", "E_TWO", "--filter", "not scheme=route"),
        ):
            assert traces(evtui, state) == before
            for console in consoles:
                console.read_available()
                assert b"no subscribers" not in console.written
            raised = evtui.run("raise", "E_TWO", "n:=1", "--json").json
            assert [(each["socket"], each["outcome"]) for each in raised["subscribers"]] == [
                (receiver.socket, "sent") for receiver in (two, one)
            ]
            assert [json.loads(receiver.receive())["params"] for receiver in (one, two)] == [{"n": 1}] * 2
            refused = evtui.run("raise", "E_NOBODY", "n:=2")
            assert (refused.status, "no subscribers" in refused.err) == (1, True)
            assert [tail.json()["subscribers"] for _ in range(2)] == [2, 0]
            for console in consoles:
                console.read_until(b"no subscribers")
            counted = evtui.run("mi", "get_statistics", "evi:sent", "evi:subscriptions", "evi:no_subscribers", "--json")
            assert counted.json == {"evi:sent": 2, "evi:subscriptions": 2, "evi:no_subscribers": 1}
        listed, place, files = traces(evtui, state)
        assert (listed, files) == (before[0], before[2])
        assert place == before[1] + 2  # the two raises, and nothing of the viewers
