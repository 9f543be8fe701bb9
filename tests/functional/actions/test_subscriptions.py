"""Several events at once, another expiry, and all subscriptions of a socket renewed."""

import pytest
from textual.pilot import Pilot

from evtui.core.ports import SubscriptionState
from evtui.ui.forms.subscribing.expiry_dialog import ExpiryDialog
from evtui.ui.forms.subscribing.subscribe_dialog import SubscribeDialog
from tests.functional.console.console_scene import Scene, comes, settle, shown, told

SOCKET = "unix:/tmp/evtui-test-nobody.sock"


def members(scene: Scene) -> dict[str, SubscriptionState]:
    return {state.subscription.event: state for state in scene.engine.subscription_states()}


async def opened(scene: Scene, pilot: Pilot[int], dialog: type, *keys: str) -> None:
    await pilot.press(*keys)
    await comes(scene, pilot, lambda: isinstance(scene.app.screen, dialog) and scene.app.focused is not None)


async def closed(scene: Scene, pilot: Pilot[int]) -> None:
    await comes(scene, pilot, lambda: scene.app.screen is scene.screen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_socket_is_subscribed_to_several_events_and_a_wildcard_at_once(size: tuple[int, int]) -> None:
    scene = Scene()
    async with scene.running(*size) as pilot:
        await opened(scene, pilot, SubscribeDialog, "s")
        await pilot.press(*SOCKET, "shift+tab", "end", *" E_PIKE_BLOCKED E_ACC_", "asterisk", "f5")
        await closed(scene, pilot)
        assert set(members(scene)) == {"E_MINE", "E_PIKE_BLOCKED", "E_ACC_CDR", "E_ACC_EVENT", "E_ACC_MISSED_EVENT"}
        assert f"Subscribed {SOCKET} to 5 events." in told(scene)


async def test_what_was_refused_of_several_events_is_said_and_the_others_are_subscribed() -> None:
    scene = Scene()
    async with scene.running(80, 24) as pilot:
        await opened(scene, pilot, SubscribeDialog, "s")
        await pilot.press(*SOCKET, "shift+tab", "end", *" E_NOPE", "f5")
        await comes(scene, pilot, lambda: "✗ E_NOPE: no such event" in shown(scene))
        assert "✓ E_MINE" in shown(scene)
        assert set(members(scene)) == {"E_MINE"}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_a_subscription_gets_another_expiry(size: tuple[int, int]) -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", SOCKET, 60)
    async with scene.running(*size) as pilot:
        await pilot.press("3")
        await settle(scene, pilot, 20)
        await opened(scene, pilot, ExpiryDialog, "E")
        assert "E_MINE" in shown(scene)
        await pilot.press("end", "backspace", "backspace", *"600")
        await comes(scene, pilot, lambda: "seconds: 10:00" in shown(scene))
        await pilot.press("enter")
        await closed(scene, pilot)
        assert members(scene)["E_MINE"].subscription.expire == 600
        assert f"{SOCKET} to E_MINE expires in 600 s." in told(scene)


async def test_an_expiring_subscription_does_not_become_permanent_and_0_ends_it() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", SOCKET, 60)
    async with scene.running(80, 24) as pilot:
        await opened(scene, pilot, ExpiryDialog, "3", "E")
        await pilot.press("end", "backspace", "backspace", "enter")
        await comes(scene, pilot, lambda: "it cannot become permanent" in shown(scene))
        assert members(scene)["E_MINE"].subscription.expire == 60
        await pilot.press("0", "enter")
        await closed(scene, pilot)
        assert members(scene) == {}
        assert "Unsubscribed" in told(scene)


async def test_a_refusal_of_another_expiry_is_said_in_the_dialog() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", SOCKET)
    async with scene.running(80, 24) as pilot:
        await opened(scene, pilot, ExpiryDialog, "3", "E")
        scene.refuse("the server is away")
        await pilot.press("6", "0", "enter")
        await comes(scene, pilot, lambda: "the server is away" in shown(scene))
        scene.refuse(None)
        await pilot.press("enter")
        await closed(scene, pilot)
        assert members(scene)["E_MINE"].subscription.expire == 60


async def test_all_subscriptions_of_a_socket_are_renewed_and_no_others() -> None:
    scene = Scene()
    for event in ("E_MINE", "E_PIKE_BLOCKED"):
        scene.engine.subscribe(event, SOCKET, 60)
    scene.engine.subscribe("E_ACC_CDR", SOCKET)
    scene.engine.subscribe("E_ACC_EVENT", "unix:/tmp/evtui-test-other.sock", 60)
    async with scene.running(120, 40) as pilot:
        await pilot.press("3")
        await settle(scene, pilot, 30)
        while (subscriber := scene.screen.panes.subscribers.selected) is None or str(
            subscriber.state.subscription.socket
        ) != SOCKET:
            await pilot.press("down")
        await pilot.press("asterisk")
        await comes(scene, pilot, lambda: "Renewed" in told(scene))
        assert f"Renewed 2 of 2 subscriptions of {SOCKET}." in told(scene)
        left = {event: state.ttl for event, state in members(scene).items()}
        assert left["E_MINE"] == left["E_PIKE_BLOCKED"]
        assert (left["E_MINE"] or 0) > (left["E_ACC_EVENT"] or 0) + 25
        assert left["E_ACC_CDR"] is None


async def test_a_socket_without_an_expiry_has_nothing_to_renew_and_a_refusal_is_counted() -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", SOCKET)
    async with scene.running(80, 24) as pilot:
        await pilot.press("3", "asterisk")
        await comes(scene, pilot, lambda: "has no subscription that expires" in told(scene))
        scene.engine.subscribe("E_MINE", SOCKET, 60)
        scene.refuse("the server is away")
        await pilot.press("asterisk")
        await comes(scene, pilot, lambda: "Renewed 0 of 1 subscriptions" in told(scene))
        assert "the server is away" in told(scene)


@pytest.mark.parametrize("key", ["u", "E"])
async def test_a_subscription_that_has_expired_is_said_to_have_and_how_it_is_made_again(key: str) -> None:
    scene = Scene()
    scene.engine.subscribe("E_MINE", SOCKET, 10)
    async with scene.running(80, 24) as pilot:
        await pilot.press("3")
        await settle(scene, pilot, 12)
        await pilot.press(key)
        await settle(scene, pilot)
        assert "It has expired; + subscribes it again." in told(scene)
        await pilot.press("plus")
        await comes(scene, pilot, lambda: members(scene))
