"""Why a subscriber got no event, as the command and the console tell it."""

from tests.functional.console.console_scene import Scene, comes, settle, shown
from tests.functional.processes.evtui_process import Evtui, Receiver, Server

GONE = "unix:/tmp/evtui-test-gone.sock"


def test_the_command_tells_the_timeline_of_a_socket(evtui: Evtui, serve: Server, receiver: Receiver) -> None:
    never = evtui.run("why", "E_TEST")
    assert never.out == "no socket: No socket was ever subscribed to E_TEST.\nWhat to do: subscribe one.\n"
    evtui.run("subscribe", "E_TEST", GONE)
    evtui.run("raise", "E_TEST")
    evtui.run("unsubscribe", "E_TEST", GONE)
    evtui.run("raise", "E_TEST")
    told = evtui.run("why", "E_TEST", GONE, "--json").json
    assert [(step["what"], step["count"]) for step in told["timeline"]] == [
        ("subscribed", 1), ("missed", 1), ("unsubscribed", 1), ("missed", 1),
    ]  # fmt: skip
    assert told["timeline"][1]["cause"].startswith("ENOENT")
    assert told["timeline"][2]["cause"] == "by a client of the management interface"
    assert "had been ended by a client" in told["timeline"][3]["cause"]
    text = evtui.run("why", "E_TEST").out
    assert text.startswith(f"{GONE}: It is not subscribed to E_TEST: its subscription was ended. It missed 2 raises.")
    unknown = evtui.run("why", "E_NOPE", GONE)
    assert (unknown.status, "unknown event 'E_NOPE'" in unknown.err) == (1, True)


async def test_the_key_tells_it_of_a_row_and_of_an_event() -> None:
    scene = Scene(demo=True)
    scene.engine.subscribe("E_MINE", GONE)
    async with scene.running(120, 40) as pilot:
        scene.engine.raise_event("E_MINE")
        await settle(scene, pilot)
        await pilot.press("W")
        await comes(scene, pilot, lambda: "It is subscribed to E_MINE and missed 1 raise." in shown(scene))
        assert "ENOENT" in shown(scene)
        await pilot.press("escape", "2")
        await settle(scene, pilot)
        assert "Timeline" not in shown(scene)
