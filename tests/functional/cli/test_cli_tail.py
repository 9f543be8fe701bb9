"""`evtui tail`: its own socket, subscribed, renewed and unsubscribed."""

import csv
import json
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, Server
from tests.limits import HANG
from tests.processes import read_all, read_line


class Tail:
    """A running `evtui tail`."""

    def __init__(self, process: "subprocess.Popen[str]", said: str) -> None:
        self.process = process
        self.said = said
        """The line it says when it is subscribed."""

    @property
    def socket(self) -> str:
        """The socket it receives on."""
        return self.said.split()[-1]

    def line(self) -> str:
        """Wait for one line."""
        return read_line(self.process, self.process.stdout)

    def json(self) -> Any:
        """Wait for one line of JSON."""
        return json.loads(self.line())

    def stop(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal; returns the exit status and what else it said."""
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=HANG)
        return self.process.returncode, err


@contextmanager
def tailing(evtui: Evtui, *arguments: str) -> Generator[Tail]:
    """Run `evtui tail` from the moment it is subscribed until the block ends."""
    process = evtui.start("tail", *arguments)
    try:
        yield Tail(process, read_line(process, process.stderr))
    finally:
        process.kill()
        process.communicate(timeout=HANG)


def subscribed(evtui: Evtui) -> list[Any]:
    """List the subscribers."""
    return list(evtui.run("subscribers", "--json").json)


def test_it_prints_a_table_for_a_spreadsheet(evtui: Evtui, serve: Server) -> None:
    with tailing(evtui, "E_TEST", "--csv") as tail:
        evtui.run("raise", "E_TEST", "a==1,2")
        assert tail.line().rstrip("\r\n") == "time,event,params,source,bytes,serial,subscribers,failed"
        (cells,) = csv.reader([tail.line()])
        assert cells[1] == "E_TEST"
        assert json.loads(cells[2]) == {"a": "=1,2"}
        evtui.run("raise", "E_TEST", "a=2")
        assert ",E_TEST," in tail.line()
    both = evtui.run("tail", "--csv", "--json")
    assert (both.status, "give --json or --csv, not both" in both.err) == (2, True)


def test_it_prints_an_object_per_line(evtui: Evtui, serve: Server) -> None:
    with tailing(evtui, "E_TEST", "--json") as tail:
        evtui.run("raise", "E_TEST", "a=1", "a:=2")
        line = tail.line()
        assert '"params":{"a":"1","a":2}' in line
        told = json.loads(line)
        assert told["event"] == "E_TEST"
        assert told["time"] > 1e9
        assert (told["source"], told["bytes"], told["subscribers"], told["failed"]) == (None, 0, 0, 0)


def test_subscribed_it_tells_the_source(evtui: Evtui, serve: Server) -> None:
    with tailing(evtui, "--expire", "60", "E_TEST", "--json") as tail:
        evtui.run("raise", "E_TEST", "a=1")
        told = tail.json()
        assert list(told) == ["time", "event", "params", "source", "bytes"]
        assert told["source"].startswith("udp:127.0.0.1:")


def test_for_people_it_prints_time_event_and_parameters_made_safe(evtui: Evtui, serve: Server) -> None:
    with tailing(evtui, "E_TEST") as tail:
        evtui.run("raise", "E_TEST", "ip=192.0.2.1", "x=\x1b[31m", "count:=3")
        time, event, *params = tail.line().split()
        assert len(time) == len("12:34:56.789")
        assert event == "E_TEST"
        assert params[0] == "ip=192.0.2.1"
        assert params[-1] == "count:=3"
        assert "\x1b" not in " ".join(params)


def test_without_a_name_it_follows_all_events(evtui: Evtui, serve: Server) -> None:
    with tailing(evtui, "--json") as tail:
        evtui.run("raise", "E_TEST")
        evtui.run("raise", "E_PIKE_BLOCKED", "ip=192.0.2.1")
        assert [tail.json()["event"] for _ in range(2)] == ["E_TEST", "E_PIKE_BLOCKED"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_unsubscribes_and_ends_it_quietly(evtui: Evtui, serve: Server, number: signal.Signals) -> None:
    with tailing(evtui, "--expire", "60", "E_TEST", "E_PIKE_*") as tail:
        assert {item["event"] for item in subscribed(evtui)} == {"E_TEST", "E_PIKE_BLOCKED"}
        assert {item["socket"] for item in subscribed(evtui)} == {tail.socket}
        assert tail.stop(number) == (0, "")
    assert subscribed(evtui) == []


def test_it_renews_its_subscription_before_the_time_is_over(evtui: Evtui, serve: Server) -> None:
    with tailing(evtui, "E_TEST", "--expire", "3", "--json") as tail:
        # Another subscription runs out and so tells that more than the tail's own time is over.
        evtui.run("subscribe", "E_PIKE_BLOCKED", tail.socket, "4")
        with DatagramClient(evtui.mi_sock) as client:
            while str(client.ask("subscribers_list")).count(tail.socket) > 1:
                time.sleep(0.05)
        assert [item["event"] for item in subscribed(evtui)] == ["E_TEST"]
        evtui.run("raise", "E_TEST")
        assert tail.json()["event"] == "E_TEST"


def test_it_can_receive_on_a_unix_socket_and_removes_it(evtui: Evtui, serve: Server) -> None:
    path = evtui.mi_sock.parent / "tail.sock"
    with tailing(evtui, "E_TEST", "--socket", f"unix:{path}", "--json") as tail:
        evtui.run("raise", "E_TEST")
        assert tail.json()["event"] == "E_TEST"
        tail.stop(signal.SIGINT)
    assert not path.exists()


def test_a_socket_that_is_taken_is_named_and_left_alone(evtui: Evtui, serve: Server) -> None:
    refused = evtui.run("tail", "E_TEST", "--socket", f"unix:{evtui.mi_sock}")
    assert refused.status == 1
    assert "path: Address already in use" in refused.err
    assert evtui.mi_sock.exists()


def test_a_reader_that_leaves_ends_it_quietly_and_unsubscribes(evtui: Evtui, serve: Server) -> None:
    with tailing(evtui, "--expire", "60", "E_TEST") as tail:
        assert tail.process.stdout is not None
        tail.process.stdout.close()
        evtui.run("raise", "E_TEST")
        assert tail.process.wait(HANG) == 0
        assert read_all(tail.process, tail.process.stderr) == ""
    assert subscribed(evtui) == []


def test_a_classic_payload_is_understood(evtui: Evtui, serve: Server) -> None:
    with tailing(evtui, "--expire", "60", "E_PIKE_BLOCKED", "--json") as tail:
        evtui.run("subscribe", "E_TEST", f"{tail.socket}?payload=text")
        evtui.run("raise", "E_TEST", "ip=192.0.2.1")
        told = tail.json()
        assert (told["event"], told["params"]) == ("E_TEST", {"ip": "192.0.2.1"})


def test_datagrams_that_are_no_notification_are_counted_and_logged(evtui: Evtui, serve: Server) -> None:
    with (
        tailing(evtui, "--expire", "60", "E_TEST") as tail,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        host, _, port = tail.socket.removeprefix("udp:").rpartition(":")
        stranger.sendto(b"\xff\x00garbage", (host, int(port)))
        assert "are not a notification" in read_line(tail.process, tail.process.stderr)
        status, err = tail.stop(signal.SIGINT)
        assert status == 0
        assert "1 were not notifications" in err


def test_its_lines_can_be_raised_again(evtui: Evtui, serve: Server) -> None:
    evtui.run("subscribe", "E_TEST", "udp:127.0.0.1:9", "60")
    with tailing(evtui, "E_TEST", "--json") as tail:
        evtui.run("raise", "E_TEST", "a=1")
        line = tail.line()
        assert evtui.run("raise", "--stdin-jsonl", stdin=line).status == 0
        assert tail.json()["params"] == {"a": "1"}


def test_after_a_restart_of_the_server_it_subscribes_again_and_logs_the_gap(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_TEST") as first, tailing(evtui, "--expire", "60", "E_TEST", "--json") as tail:
        first.stop()
        with evtui.serving("--event", "E_TEST"):
            assert "was started again" in read_line(tail.process, tail.process.stderr)
            while not subscribed(evtui):
                pass
            evtui.run("raise", "E_TEST", "a=1")
            assert tail.json()["params"] == {"a": "1"}


def test_a_filter_leaves_out_what_it_does_not_show(evtui: Evtui, serve: Server) -> None:
    with tailing(
        evtui, "--expire", "60", "--filter", "event~test and (ip=192.0.2.* or count>=3) to=udp:*", "--json"
    ) as tail:
        for params in (["ip=198.51.100.1"], ["ip=192.0.2.7"], ["count:=2"], ["count:=3"]):
            evtui.run("raise", "E_TEST", *params)
        assert tail.json()["params"] == {"ip": "192.0.2.7"}
        assert tail.json()["params"] == {"count": 3}


def test_a_wrong_filter_is_a_wrong_command_line_and_names_the_column(evtui: Evtui) -> None:
    done = evtui.run("tail", "--filter", "event~test and count>many")
    assert done.status == 2
    assert "bad filter: column 22: > compares numbers" in done.err
