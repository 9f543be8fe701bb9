"""Subscribe, raise, renew, unsubscribe and undo by keys, over a real UDP socket."""

import select
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from textual.pilot import Pilot

from evtui.core.ports import SubscriptionState
from tests.functional.console.console_scene import Scene, active, comes, settle, shown, told, work_done
from tests.limits import HANG


@pytest.fixture
def inbox() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(HANG)
        yield receiver


def address(inbox: socket.socket) -> str:
    return f"udp:127.0.0.1:{inbox.getsockname()[1]}"


def has_come(inbox: socket.socket) -> bool:
    return bool(select.select([inbox], [], [], 0)[0])


def members(scene: Scene) -> list[SubscriptionState]:
    return list(scene.engine.subscription_states())


async def all_done(scene: Scene, pilot: Pilot[int]) -> None:
    await work_done(scene)
    await settle(scene, pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_subscribe_and_raise_by_keys_and_the_datagram_arrives(
    size: tuple[int, int], inbox: socket.socket
) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        await pilot.press("s")
        await comes(scene, pilot, lambda: scene.app.focused is not None and scene.app.focused.id == "socket")
        await pilot.press(*address(inbox), "enter")
        await comes(scene, pilot, lambda: members(scene) and told(scene))
        (member,) = members(scene)
        assert (str(member.subscription.socket), member.subscription.expire) == (address(inbox), 3600)
        assert f"Subscribed {address(inbox)} to E_MINE." in told(scene)
        await pilot.press("r")
        await settle(scene, pilot)
        await pilot.press("f5")
        await comes(scene, pilot, lambda: has_come(inbox))
        assert inbox.recv(65536) == b'{"jsonrpc":"2.0","method":"E_MINE"}'
        await pilot.press("escape", "1")
        await settle(scene, pilot)
        assert "✓" in shown(scene)


async def test_a_subscription_is_renewed_ended_and_made_again_by_one_key_each(inbox: socket.socket) -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", address(inbox), 60)
    async with scene.running(120, 40) as pilot:
        await pilot.press("3")
        await settle(scene, pilot, 20)
        await pilot.press("plus")
        await all_done(scene, pilot)
        assert [round(state.ttl or 0) for state in members(scene)] == [59]
        await pilot.press("u")
        await all_done(scene, pilot)
        assert members(scene) == []
        assert "U makes it again." in told(scene)
        await pilot.press("U")
        await all_done(scene, pilot)
        assert [str(state.subscription.socket) for state in members(scene)] == [address(inbox)]


async def test_the_subscriber_in_the_detail_is_renewed_and_ended_there(inbox: socket.socket) -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", address(inbox), 60)
    async with scene.running(80, 24) as pilot:
        await pilot.press("3", "enter")
        await settle(scene, pilot, 20)
        assert "u unsubscribe" in shown(scene)
        await pilot.press("plus")
        await all_done(scene, pilot)
        assert [round(state.ttl or 0) for state in members(scene)] == [59]
        await pilot.press("u")
        await all_done(scene, pilot)
        assert members(scene) == []


async def test_what_was_done_is_told_in_the_hint_line_and_covers_nothing(inbox: socket.socket) -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", address(inbox), 60)
    async with scene.running(80, 24) as pilot:
        await pilot.press("3", "plus")
        await all_done(scene, pilot)
        hint, keys = shown(scene).splitlines()[-2:]
        assert hint.strip() == f"Renewed {address(inbox)} to E_MINE for 60 s."
        assert "renew" in keys
        assert not list(scene.app._notifications)  # pyright: ignore[reportPrivateUsage]


async def test_what_was_not_done_stays_in_sight_as_a_toast() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", "unix:/nonexistent/a", 60)
    async with scene.running(80, 24) as pilot:
        scene.refuse("the server is away")
        await pilot.press("3", "plus")
        await all_done(scene, pilot)
        assert [each.message for each in scene.app._notifications] == ["the server is away"]  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("field", ["#mode", ".kind", "#line", ".name"])
async def test_what_is_typed_in_the_form_is_no_key_of_the_console(field: str) -> None:
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await pilot.press("r")
        await settle(scene, pilot)
        scene.screen.panes.form.query(field).first().focus()
        await pilot.pause()
        await pilot.press("q", "z", "1", "s", "u", "T", "question_mark", "colon")
        await settle(scene, pilot)
        assert active(scene) == "raise"
        assert scene.app.screen is scene.screen
        assert scene.app.is_running
        assert not scene.screen.has_class("-zoom")


async def test_a_narrow_screen_shows_only_the_last_notice(inbox: socket.socket) -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", address(inbox), 60)
    async with scene.running(80, 24) as pilot:
        for key in ("3", "plus", "u", "U"):
            await pilot.press(key)
            await all_done(scene, pilot)
        assert told(scene) == f"Subscribed {address(inbox)} to E_MINE again."


async def test_a_countdown_ticks_and_an_expired_subscription_is_seen_for_thirty_seconds(inbox: socket.socket) -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", address(inbox), 90)
    async with scene.running(120, 40) as pilot:
        assert "1:29" in shown(scene)
        await settle(scene, pilot, 0.9)
        assert "1:27" in shown(scene)
        await settle(scene, pilot, 85)
        scene.engine.unsubscribe("E_MINE", address(inbox))
        scene.engine.subscribe("E_MINE", address(inbox), 1)
        await settle(scene, pilot)
        scene.pass_by(2)
        scene.engine.raise_event("E_MINE")
        await settle(scene, pilot)
        assert "expired" in shown(scene)
        assert "3 Subscribers 0" in shown(scene)
        await settle(scene, pilot, 31)
        assert "No subscribers." in shown(scene)


async def test_a_notification_is_taken_into_the_form_and_raised_again(inbox: socket.socket) -> None:
    scene = Scene(demo=True)
    scene.engine.subscribe("E_MINE", address(inbox), 60)
    async with scene.running(120, 40) as pilot:
        scene.engine.raise_event("E_MINE", {"ip": "192.0.2.7", "count": 3})
        await settle(scene, pilot)
        first = inbox.recv(65536)
        await pilot.press("R")
        await settle(scene, pilot)
        await pilot.press("f5")
        await comes(scene, pilot, lambda: has_come(inbox))
        assert inbox.recv(65536) == first


async def test_a_read_only_console_changes_nothing_and_says_so(inbox: socket.socket) -> None:
    scene = Scene(read_only=True)
    scene.engine.subscribe("E_MINE", address(inbox), 60)
    async with scene.running(200, 50) as pilot:
        await pilot.press("3", "u", "plus", "U", "s", "r", "4", "R")
        await all_done(scene, pilot)
        assert len(members(scene)) == 1
        assert scene.screen.active == "subscribers"
        assert scene.app.screen is scene.screen
        text = shown(scene)
        assert "READ-ONLY" in text
        assert "unsubscribe" not in text
        assert "4 Raise" not in text


async def test_a_refused_change_is_reported_and_changes_nothing(inbox: socket.socket) -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", address(inbox), 60)
    async with scene.running(120, 40) as pilot:
        await pilot.press("3")
        await settle(scene, pilot)
        scene.screen.panes.subscribers.move_to(1)
        scene.refuse("the server is away")
        await pilot.press("u")
        await all_done(scene, pilot)
        assert "the server is away" in told(scene)
        assert len(members(scene)) == 1
