"""How a fleet looks at three sizes, stored as SVG; `just shots` stores the pictures anew."""

from collections.abc import Awaitable, Callable

import pytest

from evtui.ui.fleet.servers_screen import ServersScreen
from tests.functional.attached.fleet_scene import FleetScene, calls, deliveries_known
from tests.functional.console.test_console_pictures import SIZES, compare_or_store, picture_after, same_everywhere

pytestmark = pytest.mark.usefixtures("all_paintings")

__all__ = ["same_everywhere"]

Draw = Callable[..., Awaitable[None]]


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """Compare a fleet after some keys with its picture; when pictures are stored anew, save it under a name too."""

    async def compare(scene: FleetScene, size: tuple[int, int], *keys: str, name: str = "") -> None:
        async with scene.running(*size) as pilot:
            await calls(scene, pilot)
            await picture_after(scene, pilot, keys, rest=1.1)
            await deliveries_known(scene, pilot)
            scene.screen.panes.subscribers.redraw()  # it draws counters anew at its own pace
            if isinstance(listed := scene.app.screen, ServersScreen):
                listed.list.redraw()  # the list draws itself twice a second, before or after the last poll
            await pilot.pause()
            svg = scene.app.export_screenshot(title="evtui", simplify=True)
        compare_or_store(request, svg, name, size)

    return compare


@pytest.mark.parametrize("size", SIZES)
async def test_a_fleet(draw: Draw, size: tuple[int, int]) -> None:
    await draw(FleetScene(), size, "1", name="fleet")


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_of_servers(draw: Draw, size: tuple[int, int]) -> None:
    await draw(FleetScene(read_only="core"), size, "1", "V", name="servers" if size == (120, 40) else "")


async def test_catalogue_and_subscribers_by_server(draw: Draw) -> None:
    await draw(FleetScene(), (120, 40), "2", "o", "o", "o", "3", "o", "o", "o", "o")


async def test_a_fleet_in_the_light_theme(draw: Draw) -> None:
    await draw(FleetScene(theme="evtui-light"), (120, 40), "1")
