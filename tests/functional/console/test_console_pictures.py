"""How the console looks at three sizes, stored as SVG; `just shots` stores them, and the README's pictures, anew."""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot
from textual.widgets import Input

from evtui.core.transport import TransportInfo
from evtui.transports.datagram.settings import INFOS
from tests.fakes.engine_fakes import FakeTransport
from tests.functional.console import picture_files
from tests.functional.console.console_scene import Scene, work_done
from tests.functional.processes.outage import OutageTransport, outage
from tests.functional.scripts.script_scene import script
from tests.paths import ROOT

pytestmark = pytest.mark.usefixtures("all_paintings")

SCREENSHOTS = ROOT / "screenshots"
SIZES = [(80, 24), (120, 40), (200, 50)]

Draw = Callable[..., None]
Story = Callable[[Scene, Pilot[int]], Awaitable[None]]


class PictureTransport(FakeTransport):
    """Stands for udp and unix without a network: ports and latencies are the same in every picture."""

    @property
    def infos(self) -> tuple[TransportInfo, ...]:
        udp, unix = INFOS
        described = "a datagram each"  # short: the pictures do not change with the real text
        return replace(udp, description=described), replace(unix, description=described)


@pytest.fixture(autouse=True)
def same_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take out of the pictures what differs between two machines."""
    for name in ("NO_COLOR", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def scene(**options: str | bool) -> Scene:
    transport = PictureTransport()
    transport.broken["/run/billing/events.sock"] = "ENOENT: No such file or directory"
    made = Scene(
        transport=transport, theme=str(options.get("theme", "evtui-dark")), read_only=bool(options.get("read_only")),
        script=script() if options.get("script") else None, files=Path("/home/alice/.local/state/evtui"),
    )  # fmt: skip
    clock = made.monotonic  # not the scene: records, which no garbage collection searches, would keep it
    transport.on_send = lambda address: clock.pass_by(0.000031 + len(address) * 0.000002)
    for name in ("E_CALL_START", "E_CALL_END"):
        made.engine.publish(name)
    return made


async def traffic(scene: Scene, pilot: Pilot[int]) -> None:
    """Let half a minute of believable traffic pass."""
    subscribe, raise_event = scene.engine.subscribe, scene.engine.raise_event
    subscribe("E_CALL_END", "udp:127.0.0.1:9000", 3600)
    subscribe("E_CALL_END", "unix:/run/billing/events.sock")
    subscribe("E_CALL_START", "udp:127.0.0.1:9000", 600)
    subscribe("E_PIKE_BLOCKED", "udp:192.0.2.10:5070?payload=text", 70)
    subscribe("E_UL_CONTACT_INSERT", "udp:127.0.0.1:9001", 33)
    subscribe("E_PIKE_BLOCKED", "udp:127.0.0.1:9001", 15)
    for number in range(60):
        scene.pass_by((0.11, 0.5, 0.2, 0.1, 0.6)[number * number % 5])
        match number % 6:
            case 0:
                raise_event("E_PIKE_BLOCKED", {"ip": f"203.0.113.{number}"})
            case 1 | 4:
                raise_event(
                    "E_CALL_START", {"callid": f"{number * 7919:06x}@192.0.2.7", "caller": "sip:alice@example.com"}
                )
            case 2:
                aor = ("alice", "bob", "carol")[number % 3]
                raise_event("E_UL_CONTACT_INSERT", {"domain": "location", "aor": f"{aor}@example.com", "qval": 500})
            case 5:
                raise_event(
                    "E_CALL_END", {"callid": f"{number * 7907:06x}@192.0.2.7", "sip_code": 200, "duration": number}
                )
            case _:
                raise_event("E_ACC_CDR", {"method": "INVITE", "duration": number})
        if number % 2:
            await look(scene, pilot)


async def look(scene: Scene, pilot: Pilot[int]) -> None:
    """Let the console take a look, and hear and fold what the backend answers; nothing is painted."""
    for _ in range(2):
        scene.screen.look()
        await work_done(scene, "poll", "watch")
        await pilot.pause(0)


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """Compare a scene with its picture after some keys; when pictures are stored anew, save it under a name too."""

    def compare(
        scene: Scene, size: tuple[int, int], *keys: str, busy: bool = True, name: str = "", story: Story = traffic
    ) -> None:
        compare_or_store(request, drawn(scene, size, keys, story if busy else None), name, size)

    return compare


def compare_or_store(request: pytest.FixtureRequest, svg: str, name: str, size: tuple[int, int]) -> None:
    """Compare a picture with the stored one; when pictures are stored anew, store it, and under a name too."""
    if not request.config.getoption("store_pictures"):
        assert picture_files.mismatch(request.node.name, svg) is None
        return
    picture_files.store(request.node.name, svg)
    if name:
        save(f"{name}-{size[0]}x{size[1]}", svg)


def drawn(scene: Scene, size: tuple[int, int], keys: Sequence[str], story: Story | None) -> str:
    """Run the console, let a story happen, press some keys, and return the screen as SVG."""
    pictures: list[str] = []

    async def act(pilot: Pilot[Any]) -> None:
        scene.pass_by(1.1)
        await look(scene, pilot)
        if story is not None:
            # Nothing is painted meanwhile: only the last of these moments is seen.
            with scene.app.batch_update():
                await story(scene, pilot)
        pictures.append(await picture_after(scene, pilot, keys))
        scene.app.exit(0)

    scene.app.run(headless=True, size=size, auto_pilot=act)
    return pictures[0]


async def picture_after(scene: Scene, pilot: Pilot[Any], keys: Sequence[str], rest: float = 0.1) -> str:
    """Press some keys, let the console come to rest for so many seconds of its clock, and return the screen as SVG."""
    for key in keys:
        await pilot.press(key)
        scene.pass_by(0.1)
        await look(scene, pilot)
        await pilot.pause()  # a countdown is painted as it is at this moment, until its next second
    for field in scene.app.screen.query(Input):
        field.cursor_blink = False
    scene.pass_by(rest)
    # Twice: what the forms hear from the backend makes rows, and they ask again for the event they were given.
    for _ in range(2):
        await look(scene, pilot)
        await work_done(scene)
        await pilot.pause()
    await pilot.wait_for_scheduled_animations()
    await pilot.pause()
    return scene.app.export_screenshot(title="evtui", simplify=True)


def save(name: str, svg: str) -> None:
    """Write a picture for the README, as SVG and as PNG."""
    SCREENSHOTS.mkdir(exist_ok=True)
    (SCREENSHOTS / f"{name}.svg").write_text(svg, encoding="utf-8")
    picture_files.write_png(SCREENSHOTS / f"{name}.png", svg)


@pytest.mark.parametrize("size", SIZES)
def test_the_console_at_work(draw: Draw, size: tuple[int, int]) -> None:
    draw(scene(), size, "1", "up", "up", name="console")


@pytest.mark.parametrize("size", SIZES)
def test_the_first_start(draw: Draw, size: tuple[int, int]) -> None:
    draw(scene(), size, busy=False)


@pytest.mark.parametrize("size", SIZES)
def test_the_raise_form(draw: Draw, size: tuple[int, int]) -> None:
    draw(scene(), size, "2", "home", "down", "down", "r", name="raise" if size == (120, 40) else "")


def test_the_subscribers(draw: Draw) -> None:
    draw(scene(), (80, 24), "3", "down", name="subscribers")


async def missed(scene: Scene, pilot: Pilot[int]) -> None:
    """Let a subscriber miss an event for several reasons: too soon, no such path, ended, expired."""
    socket = "unix:/run/billing/events.sock"
    raise_event = partial(scene.engine.raise_event, "E_CALL_END", {"callid": "7f3a@192.0.2.7", "sip_code": 200})
    raise_event()
    scene.engine.subscribe("E_CALL_END", "udp:127.0.0.1:9000", 3600)
    scene.pass_by(12.0)
    scene.engine.subscribe("E_CALL_END", socket, 60)
    for _ in range(3):
        scene.pass_by(7.0)
        raise_event()
    scene.engine.apply("E_CALL_END", scene.engine.parse(socket), 0, by="the script")
    scene.pass_by(5.0)
    raise_event()
    scene.engine.subscribe("E_CALL_END", socket, 60)
    scene.pass_by(61.0)
    for _ in range(4):
        scene.pass_by(2.0)
        raise_event()
    scene.engine.subscribe("E_CALL_END", socket, 60)
    await look(scene, pilot)


@pytest.mark.parametrize("size", SIZES)
def test_why_a_subscriber_got_no_event(draw: Draw, size: tuple[int, int]) -> None:
    draw(scene(), size, "3", "W", story=missed, name="why" if size == (120, 40) else "")


def test_the_subscribe_dialog(draw: Draw) -> None:
    draw(scene(), (120, 40), "2", "s", name="subscribe")


@pytest.mark.parametrize("size", SIZES)
def test_the_export_dialog(draw: Draw, size: tuple[int, int]) -> None:
    draw(scene(), size, "1", "up", "e")


def test_the_dialog_that_changes_an_expiry(draw: Draw) -> None:
    draw(scene(), (80, 24), "3", "down", "E")


def test_the_wire_in_the_detail(draw: Draw) -> None:
    draw(scene(), (120, 40), "1", "up", "up", "enter", "d", name="wire")


def test_the_bytes_in_the_detail(draw: Draw) -> None:
    draw(scene(), (80, 24), "1", "up", "up", "enter", "h")


@pytest.mark.parametrize("size", SIZES)
def test_the_letters_that_lead_to_lines(draw: Draw, size: tuple[int, int]) -> None:
    draw(scene(), size, "1", "apostrophe", name="letters" if size == (120, 40) else "")


def test_a_search(draw: Draw) -> None:
    draw(scene(), (120, 40), "1", "slash", "a", "l", "i", "c", "e", "enter")


def test_a_filter_that_is_wrong(draw: Draw) -> None:
    draw(scene(), (80, 24), "1", "f", *"event~CALL and not outcome=faild")


def test_the_list_of_filters(draw: Draw) -> None:
    keys = ("1", "f", *"event~CALL", "enter", "F", "a", *"outcome=failed", "enter", "o")
    draw(scene(), (120, 40), *keys)


def test_the_help(draw: Draw) -> None:
    draw(scene(), (80, 24), "question_mark", busy=False)


def test_the_light_theme(draw: Draw) -> None:
    draw(scene(theme="evtui-light"), (120, 40), "3", "down", name="light")


@pytest.mark.parametrize("size", SIZES)
def test_deliveries_that_are_queued_acknowledged_refused_and_retried(draw: Draw, size: tuple[int, int]) -> None:
    transport = OutageTransport()
    draw(Scene(transport=transport, theme="evtui-dark"), size, "1", "up", "up", story=outage(transport), name="queues")


def test_subscribers_that_wait_and_why(draw: Draw) -> None:
    transport = OutageTransport()
    draw(Scene(transport=transport, theme="evtui-dark"), (120, 40), "3", "down", "z", story=outage(transport))


@pytest.mark.parametrize("size", SIZES)
def test_the_detail_of_a_subscriber_with_its_timeline(draw: Draw, size: tuple[int, int]) -> None:
    draw(scene(), size, "3", "end", "up", "enter", name="subscriber" if size == (120, 40) else "")


def test_the_detail_of_a_subscriber_that_waits(draw: Draw) -> None:
    transport = OutageTransport()
    draw(Scene(transport=transport, theme="evtui-dark"), (80, 24), "3", "down", "enter", story=outage(transport))


def test_read_only(draw: Draw) -> None:
    draw(scene(read_only=True), (200, 50), "3")


@pytest.mark.parametrize("size", SIZES)
def test_the_script(draw: Draw, size: tuple[int, int]) -> None:
    draw(scene(script=True), size, "6", *["down"] * 4, "enter", *["down"] * 4, name="script")


def test_the_routes_of_a_script(draw: Draw) -> None:
    draw(scene(script=True), (80, 24), "6", *["down"] * 4)


def test_the_script_in_the_light_theme(draw: Draw) -> None:
    draw(scene(script=True, theme="evtui-light"), (120, 40), "8", "end")


def test_no_script(draw: Draw) -> None:
    draw(scene(), (80, 24), "6", busy=False)
