"""`evtui statistics` against a real server: its counters since the start and over a time, as tables and as JSON."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from evtui.cli.tables.statistics_tables import Figures, Reading
from tests.functional.attached.opensips_like import opensips_like
from tests.functional.processes.evtui_process import Evtui, Server


@pytest.fixture
def receiver() -> Iterator[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        yield f"udp:127.0.0.1:{opened.getsockname()[1]}"


@pytest.fixture
def server(evtui: Evtui, receiver: str) -> Iterator[Server]:
    with evtui.serving(
        "--event", "E_MINE", "--event", "E_QUIET", "--subscribe", f"E_MINE {receiver}",
        "--subscribe", "E_MINE unix:/tmp/evtui-test-missing.sock",
    ) as running:  # fmt: skip
        for number in range(5):
            evtui.run("raise", "E_MINE", f"n:={number}")
        evtui.run("raise", "E_QUIET")
        yield running


@pytest.mark.usefixtures("server")
def test_it_tells_what_the_server_counted_since_its_start(evtui: Evtui, receiver: str) -> None:
    told = evtui.run("statistics", "--json").json
    assert told["since"] == "start"
    wanted = {"raised": 6, "sent": 5, "failed": 5, "dropped": 0, "no_subscribers": 1, "refused": 0, "queued": 0}
    assert {name: told[name] for name in wanted} == wanted
    assert told["talkers"] == [
        {"event": "E_MINE", "raised": 5, "sent": 5}, {"event": "E_QUIET", "raised": 1, "sent": 0},
    ]  # fmt: skip
    (failing,) = told["failing"]
    assert (failing["socket"], failing["failed"], failing["dropped"]) == ("unix:/tmp/evtui-test-missing.sock", 5, 0)
    assert failing["last_error"].startswith("ENOENT")
    assert {slow["socket"] for slow in told["slowest"]} >= {receiver}
    assert told["queues"] == []
    lines = evtui.run("statistics").lines
    assert lines[0].startswith("since the start: 0:")
    assert [line.split()[:2] for line in lines if line.startswith(("raised", "delivered", "failed "))] == [
        ["raised", "6"], ["delivered", "5"], ["failed", "5"],
    ]  # fmt: skip
    assert any(line.split()[:3] == ["E_MINE", "5", "5"] for line in lines)
    # Within its first second a server has no rate.
    assert [line.split()[1:] for line in lines if line.startswith("lost ")] in ([["0", "0.0/s"]], [["0"]])


@pytest.mark.usefixtures("server")
def test_over_a_time_it_tells_only_what_happened_in_it(evtui: Evtui) -> None:
    told = evtui.run("statistics", "--over", "0.2", "--json", "--top", "3").json
    assert told["since"] == "request"
    assert told["seconds"] >= 0.2
    assert [told[name] for name in ("raised", "sent", "failed", "no_subscribers")] == [0, 0, 0, 0]
    assert told["rates"]["raised"] == 0.0
    assert (told["talkers"], told["failing"]) == ([], [])


def test_a_server_that_has_no_counters_is_named(evtui: Evtui) -> None:
    with opensips_like(Path(evtui.directory, "mi.sock")) as other:
        ran = evtui.run("statistics", "--mi", f"unix:{other.path}")
    assert ran.status == 1
    assert "only evtui has" in ran.err


@pytest.mark.parametrize("words", [("--over", "0"), ("--over", "x"), ("--top", "0")])
def test_a_wrong_option_is_named(evtui: Evtui, words: tuple[str, str]) -> None:
    ran = evtui.run("statistics", *words)
    assert ran.status == 2
    assert words[0] in ran.err


def reading(raised: int, subscription: tuple[int, int]) -> Reading:
    return Reading(10, {"raised": raised}, {"E_ONE": (raised, 0)}, {("E_ONE", "udp:x"): subscription}, {}, {}, ())


def test_what_grew_between_two_readings_is_told_and_a_new_subscription_begins_at_zero() -> None:
    figures = Figures(2.0, reading(10, (9, 9)), reading(14, (3, 0)))
    assert (figures.total("raised"), figures.rate("raised")) == (4, 2.0)
    assert figures.talkers(5) == [("E_ONE", (4, 0))]
    assert figures.failing(5) == [(("E_ONE", "udp:x"), (3, 0))]
    assert Figures(0.0, reading(0, (0, 0)), reading(1, (0, 0))).rate("raised") is None
