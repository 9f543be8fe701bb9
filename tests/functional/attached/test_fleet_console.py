"""The console on a fleet: one stream with the servers' names, and what the keys do to one of them."""

from pathlib import Path

import anyio
import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from evtui.core.records import Raised, server_of
from evtui.ui.detail.why_screen import WhyScreen
from evtui.ui.events.events_view import EventModule
from evtui.ui.fleet.server_choice import ServerChoice
from evtui.ui.fleet.servers_screen import ServersScreen
from evtui.ui.forms.subscribing.subscribe_dialog import SubscribeDialog
from evtui.ui.widgets.choice import ChoiceField
from tests.functional.attached.fleet_scene import AWAY, LIVE, FleetScene, calls
from tests.functional.console.console_scene import comes, settle, shown, told, work_done
from tests.limits import HANG


def servers_shown(scene: FleetScene) -> list[str]:
    """Return the servers of the raises in view."""
    return [server_of(row.record) for row in scene.screen.state.stream.view if isinstance(row.record, Raised)]


def sockets_at(scene: FleetScene, server: str) -> list[str]:
    """Return the sockets that are subscribed at a server."""
    return [str(state.subscription.socket) for state in scene.engines[server].subscription_states()]


async def test_the_stream_holds_the_records_of_all_servers_with_their_names() -> None:
    scene = FleetScene()
    async with scene.running(120, 40) as pilot:
        await calls(scene, pilot)
        assert set(servers_shown(scene)) == set(LIVE)
        assert scene.screen.state.counts.raised == 24


async def test_the_status_line_has_a_light_for_each_server(tmp_path: Path) -> None:
    scene = FleetScene(files=tmp_path)
    async with scene.running(200, 50) as pilot:
        await settle(scene, pilot)
        text = shown(scene)
        assert all(f"●{name}" in text for name in LIVE)
        assert f"↻{AWAY}" in text
        assert f"{AWAY} is away" in text


async def test_a_filter_shows_one_server_and_the_list_of_servers_sets_it() -> None:
    scene = FleetScene()
    async with scene.running(120, 40) as pilot:
        await calls(scene, pilot)
        await pilot.press("1", "f", *"server=edge2", "enter")
        await settle(scene, pilot)
        assert set(servers_shown(scene)) == {"edge2"}
        await pilot.press("escape", "V")
        assert isinstance(scene.app.screen, ServersScreen)
        await pilot.press("home", "down", "down", "enter")
        await comes(scene, pilot, lambda: set(servers_shown(scene)) == {"core"})


async def test_the_same_subscription_at_two_servers_is_two_subscribers_and_each_is_ended_alone() -> None:
    scene = FleetScene()
    async with scene.running(120, 40) as pilot:
        for name in LIVE:
            scene.engines[name].subscribe("E_CALL_START", "udp:127.0.0.1:9", 600)
        await comes(scene, pilot, lambda: scene.screen.state.subscribers.active == len(LIVE))
        await pilot.press("3", "home", "down", "down", "u")
        await ended(scene, pilot, "edge2")
        assert [sockets_at(scene, name) for name in LIVE] == [["udp:127.0.0.1:9"], [], ["udp:127.0.0.1:9"]]
        await pilot.press("U")
        with anyio.fail_after(HANG):
            while not sockets_at(scene, "edge2"):
                await settle(scene, pilot)
        assert [sockets_at(scene, name) for name in LIVE] == [["udp:127.0.0.1:9"]] * 3


async def ended(scene: FleetScene, pilot: Pilot[int], server: str) -> None:
    """Wait until nothing is subscribed at a server."""
    with anyio.fail_after(HANG):
        while sockets_at(scene, server):
            await work_done(scene)
            await settle(scene, pilot)


async def test_catalogue_and_subscribers_are_listed_by_server_when_asked_for() -> None:
    scene = FleetScene()
    async with scene.running(120, 40) as pilot:
        await calls(scene, pilot)
        await settle(scene, pilot)
        state = scene.screen.state
        merged = state.events.get("E_CALL_START")
        assert merged is not None
        assert merged.raised == sum(part.raised or 0 for part in merged.parts) == 20
        await pilot.press("2", "o", "o", "o")
        assert state.events.order == "server"
        groups = [each.name for each in state.events.entries if isinstance(each, EventModule)]
        assert groups == [*LIVE, AWAY]
        await pilot.press("3", "o", "o", "o", "o")
        assert state.subscribers.order == "server"
        headings = [entry.key for entry in state.subscribers.entries if hasattr(entry, "folded")]
        assert headings == [
            ("E_PIKE_BLOCKED", "edge1"), ("E_CALL_START", "edge1"), ("E_PIKE_BLOCKED", "edge2"),
            ("E_CALL_START", "edge2"), ("E_CALL_START", "core"),
        ]  # fmt: skip


async def test_one_server_has_no_order_by_server_and_no_column() -> None:
    scene = FleetScene()
    async with scene.running(120, 40) as pilot:
        scene.screen.state.take_servers(type(scene.screen.state.stream.servers)())
        scene.screen.state.events.next_order()
        scene.screen.state.events.next_order()
        scene.screen.state.events.next_order()
        assert scene.screen.state.events.order == "activity"
        await settle(scene, pilot)


async def test_why_is_asked_of_the_server_that_the_subscriber_is_at() -> None:
    scene = FleetScene()
    async with scene.running(120, 40) as pilot:
        scene.engines["core"].subscribe("E_CALL_START", "udp:127.0.0.1:9", 600)
        scene.engines["edge1"].subscribe("E_CALL_START", "udp:127.0.0.1:9", 600)
        await scene.raised(pilot, "core", "E_CALL_START", {"n": 1})
        await comes(scene, pilot, lambda: scene.screen.state.subscribers.active == 2)
        await pilot.press("3", "home", "down", "W")
        await comes(scene, pilot, lambda: "subscribed" in shown_why(scene))
        assert "delivered" not in shown_why(scene)
        await pilot.press("escape", "down", "W")
        await comes(scene, pilot, lambda: "delivered" in shown_why(scene))


def shown_why(scene: FleetScene) -> str:
    """Return the text of the screen that says why; empty while another one is in front."""
    return shown(scene) if isinstance(scene.app.screen, WhyScreen) else ""


async def choose(scene: FleetScene, pilot: Pilot[int], letter: str) -> None:
    """Choose a server in the form or the dialog in front, by its first letter."""
    field = scene.app.screen.query_one("#server", ChoiceField)
    scene.app.screen.set_focus(field)
    await pilot.press(letter)


def raises_at(scene: FleetScene) -> dict[str, int]:
    """Count the raises of each server."""
    return {
        name: sum(isinstance(record, Raised) for record in engine.journal.since(0)[0])
        for name, engine in scene.engines.items()
    }


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_raise_is_for_the_server_that_is_chosen_or_for_all_with_a_result_of_each(size: tuple[int, int]) -> None:
    scene = FleetScene()
    async with scene.running(*size) as pilot:
        scene.engines["edge1"].subscribe("E_CALL_START", "udp:127.0.0.1:9", 600)
        await settle(scene, pilot)
        await pilot.press("2", "home", "r")
        await comes(scene, pilot, lambda: scene.screen.panes.form.fields.servers.display)
        await choose(scene, pilot, "c")
        await pilot.press("f5")
        await comes(scene, pilot, lambda: raises_at(scene)["core"] == 1)
        assert raises_at(scene) == {"edge1": 0, "edge2": 0, "core": 1}
        await choose(scene, pilot, "a")
        await pilot.press("f5")
        await comes(scene, pilot, lambda: "raised at 3 of 4 servers" in result(scene))
        assert raises_at(scene) == {"edge1": 1, "edge2": 1, "core": 2}
        assert "edge1  #1 at" in result(scene)
        assert "edge2  no subscribers" in result(scene)
        assert f"{AWAY}  unix:/run/backup/mi.sock: No such file" in result(scene)


def result(scene: FleetScene) -> str:
    """Return what the form says of the last raise."""
    return str(scene.screen.panes.form.fields.query_one("#result", Static).content)


async def test_a_socket_is_subscribed_at_one_server_or_at_all_with_a_result_of_each() -> None:
    scene = FleetScene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("2", "home", "s")
        await comes(scene, pilot, lambda: scene.app.screen.query_one(ServerChoice).display)
        await pilot.press(*"udp:127.0.0.1:9")
        await choose(scene, pilot, "c")
        await pilot.press("f5")
        await comes(scene, pilot, lambda: sockets_at(scene, "core"))
        assert [sockets_at(scene, name) for name in LIVE] == [[], [], ["udp:127.0.0.1:9"]]
        await comes(scene, pilot, lambda: "at core." in told(scene))
        await pilot.press("s")
        await comes(
            scene, pilot,
            lambda: isinstance(scene.app.screen, SubscribeDialog) and scene.app.screen.query_one(ServerChoice).display,
        )  # fmt: skip
        await pilot.press(*"udp:127.0.0.1:8", "f5")
        await comes(scene, pilot, lambda: "backup: unix:/run/backup/mi.sock" in note(scene))
        assert "subscribed at edge1, edge2, core; " in note(scene)
        assert all("udp:127.0.0.1:8" in sockets_at(scene, name) for name in LIVE)


def note(scene: FleetScene) -> str:
    """Return what the subscribe dialog says as a whole."""
    return str(scene.app.screen.query_one("#whole-note", Static).content)
