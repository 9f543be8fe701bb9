"""The console on a fleet: one stream with the servers' names, and what the keys do to one of them."""

from pathlib import Path

import anyio
from textual.pilot import Pilot

from evtui.core.records import Raised, server_of
from evtui.ui.detail.why_screen import WhyScreen
from evtui.ui.events.events_view import EventModule
from evtui.ui.fleet.servers_screen import ServersScreen
from tests.functional.attached.fleet_scene import AWAY, LIVE, FleetScene, calls
from tests.functional.console.console_scene import comes, settle, shown, work_done
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
