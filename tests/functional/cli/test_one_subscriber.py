"""`evtui test` and the console's key send one notification to one subscriber alone, and say what became of it."""

import json
from contextlib import closing

import pytest

from tests.functional.console.console_scene import Scene, comes, settle, shown, told
from tests.functional.processes.evtui_process import Evtui, Receiver, Server, free_port

GONE = "unix:/tmp/evtui-test-gone.sock"


def test_the_command_tests_one_subscriber(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    with closing(Receiver()) as other:
        for socket in (other.socket, receiver.socket):
            evtui.run("subscribe", "E_TEST", socket)
        plain = evtui.run("test", receiver.socket)
        assert plain.status == 0
        assert plain.out.startswith(f"E_TEST to {receiver.socket}: sent after ")
        assert json.loads(receiver.receive()) == {"jsonrpc": "2.0", "method": "E_TEST", "params": {"evtui": "test"}}
        found = evtui.run("test", receiver.socket, "a=1", "--event", "E_TEST", "--json").json
        assert (found["outcome"], found["reason"], found["serial"]) == ("sent", None, 2)
        assert json.loads(receiver.receive())["params"] == {"a": "1"}
        evtui.run("raise", "E_TEST", "last")
        assert json.loads(other.receive())["params"] == ["last"]
        (event,) = evtui.run("events", "E_TEST", "--json").json
        assert (event["raised"], event["sent"]) == (1, 2)
    statistics = evtui.run("mi", "get_statistics", "evi:tests", "--json").json
    assert statistics == {"evi:tests": 2}
    assert "test notification: sent" in evtui.run("why", "E_TEST", receiver.socket).out


def test_what_failed_or_waits_ends_with_status_1_and_the_reason(evtui: Evtui, serve: Server) -> None:
    evtui.run("subscribe", "E_TEST", GONE)
    failed = evtui.run("test", GONE)
    assert (failed.status, "failed" in failed.out, "ENOENT" in failed.out) == (1, True, True)
    silent = f"tcp:127.0.0.1:{free_port()}"
    evtui.run("subscribe", "E_TEST", silent)
    waits = evtui.run("test", silent, "--json")
    assert (waits.status, waits.json["outcome"], waits.json["latency"]) == (1, "queued", None)
    assert "ECONNREFUSED" in waits.json["reason"]


def test_a_wrong_subscriber_and_an_event_to_choose_are_told(evtui: Evtui) -> None:
    with evtui.serving("--event", "E_ONE", "--event", "E_TWO"), closing(Receiver()) as receiver:
        nobody = evtui.run("test", receiver.socket)
        assert (nobody.status, "is subscribed to no event" in nobody.err) == (1, True)
        for event in ("E_ONE", "E_TWO"):
            evtui.run("subscribe", event, receiver.socket)
        several = evtui.run("test", receiver.socket)
        assert (several.status, "choose one with --event: E_ONE, E_TWO" in several.err) == (1, True)
        assert evtui.run("test", receiver.socket, "--event", "E_TWO").status == 0
        assert json.loads(receiver.receive())["method"] == "E_TWO"
        assert evtui.run("test", receiver.socket, "--event", "E_NOPE").status == 1
        assert evtui.run("test", "udp:nowhere").status == 2


def test_a_read_only_server_refuses_it(evtui: Evtui, receiver: Receiver) -> None:
    with evtui.serving("--read-only", "--event", "E_TEST", "--subscribe", f"E_TEST {receiver.socket}"):
        refused = evtui.run("test", receiver.socket)
        assert (refused.status, refused.err) == (1, "evtui: read-only: test is refused\n")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_the_key_says_what_became_of_it_and_the_stream_marks_it(size: tuple[int, int]) -> None:
    scene = Scene()
    with closing(Receiver()) as receiver, closing(Receiver()) as other:
        scene.engine.subscribe("E_MINE", receiver.socket, 3600)
        scene.engine.publish("E_OTHER")
        scene.engine.subscribe("E_OTHER", other.socket, 3600)
        async with scene.running(*size) as pilot:
            await pilot.press("3", "home", "down", "v")
            await comes(scene, pilot, lambda: f"Test of {receiver.socket} with E_MINE: sent" in told(scene))
            assert json.loads(receiver.receive())["params"] == {"evtui": "test"}
            await pilot.press("1")
            await settle(scene, pilot)
            assert "test notification" in shown(scene)
            assert scene.screen.state.counts.raised == 0
            await pilot.press("f", *"kind=test", "enter")
            await settle(scene, pilot)
            assert len(scene.screen.state.stream.view) == 1


async def test_a_failed_test_is_told_as_an_error_and_read_only_offers_none() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", GONE, 3600)
    async with scene.running(120, 40) as pilot:
        await pilot.press("3", "home", "down", "v")
        await comes(scene, pilot, lambda: "ENOENT" in told(scene))
        assert f"Test of {GONE} with E_MINE: failed" in told(scene)
    scene = Scene(read_only=True)
    scene.engine.subscribe("E_MINE", GONE, 3600)
    async with scene.running(120, 40) as pilot:
        await pilot.press("3", "home", "down", "v")
        await settle(scene, pilot)
        assert scene.engine.totals().tests == 0
