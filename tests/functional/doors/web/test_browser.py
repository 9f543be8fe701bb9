"""The page of the console in a real Chromium."""

import json
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiohttp
import anyio
import pytest
from aiohttp import web

from evtui.core.values import Params
from tests.contract.proxy import Proxy
from tests.functional.doors.web.chromium import CHROMIUM, Tab, chromium
from tests.functional.doors.web.web_world import OPERATOR_TOKEN, VIEWER_TOKEN, WebWorld, web_world
from tests.paths import ROOT

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.usefixtures("old_objects_exempt"),
]

_FONT = "window.getComputedStyle(document.querySelector('.xterm-rows')).fontSize"


@asynccontextmanager
async def _opened(
    profile: Path, *, token: str = VIEWER_TOKEN, grace: float = 30.0
) -> AsyncGenerator[tuple[WebWorld, Tab]]:
    """Show the console of a world in a tab."""
    async with web_world(grace=grace) as world, chromium(profile) as browser, browser.tab() as tab:
        await tab.go(f"{world.url}#token={token}")
        await tab.shows("LIVE")
        yield world, tab


async def test_the_page_asks_no_other_host_and_keeps_to_its_policy(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (world, tab):
        world.engine.raise_event("E_MINE", Params(("hello",), ("greeting",)))
        await tab.shows("Stream 1")
        places = {request.split("://", 1)[1].split("/", 1)[0] for request in tab.requests}
        assert places == {f"127.0.0.1:{world.port}"}
        assert len(tab.requests) > 8  # page, script, terminal, fonts, WebSocket …
        assert tab.complaints == []
        assert await tab.value("document.fonts.check('15px Console') && document.fonts.size") == 2


async def test_the_token_is_sent_in_no_address_and_leaves_the_address_bar(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (world, tab):
        assert await tab.value("location.href") == world.url
        assert not [request for request in tab.requests if VIEWER_TOKEN in request]
        assert json.loads(tab.sent[0])["token"] == VIEWER_TOKEN
        assert VIEWER_TOKEN not in await tab.value("JSON.stringify({...sessionStorage, ...localStorage})")


async def test_keys_the_mouse_and_a_new_size_arrive(tmp_path: Path) -> None:
    async with _opened(tmp_path, token=OPERATOR_TOKEN) as (world, tab):
        await tab.press("?")
        await tab.shows("Help")
        await tab.press("Escape")
        await tab.shows_no("Help: ")
        await tab.resize(700, 500)
        await tab.shows("6 Script")
        await tab.resize(1280, 800)
        await tab.shows_no("6 Script")
        await tab.press("r")
        await tab.shows("4 Raise")
        await tab.press("F5")  # raises, and does not load the page anew
        await world.until(lambda: world.engine.totals().raised)
        assert world.sessions.opened == 1
        await tab.press("Escape")
        await tab.shows_no("4 Raise")
        await _click_on(tab, "palette")
        await tab.shows("Search")


async def test_a_wrong_token_leads_to_the_login_and_the_right_one_in(tmp_path: Path) -> None:
    async with web_world() as world, chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.go(f"{world.url}#token=wrong")
        await tab.until("document.querySelector('#login-text').textContent.includes('wrong')")
        assert world.sessions.refused["token"] == 1
        assert len(world.sessions) == 0
        for character in VIEWER_TOKEN:
            await tab.press(character)
        await tab.press("Enter")
        await tab.shows("LIVE")
        assert await tab.value("location.href") == world.url
        assert tab.complaints == []


async def test_a_page_of_another_origin_opens_no_websocket(tmp_path: Path) -> None:
    async with web_world() as world, _other_site() as other, chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.go(other)
        await tab.until("document.title === 'other'")
        ended = await tab.value(
            f"new Promise(done => {{ const s = new WebSocket('ws://127.0.0.1:{world.port}/terminal', 'evtui.terminal');"
            " s.onopen = () => done('open'); s.onerror = () => done('refused') })"
        )
        assert ended == "refused"
        read = f"fetch('{world.url}console.js').then(() => 'read', () => 'refused')"
        assert await tab.value(read) == "refused"
        assert len(world.sessions) == 0
        # A link to it may be followed.
        await tab.value(f"location.href = '{world.url}#token={VIEWER_TOKEN}'; 1")
        await tab.shows("LIVE")


async def test_a_wrong_host_is_refused(tmp_path: Path) -> None:
    async with web_world() as world, aiohttp.ClientSession() as http:
        async with http.get(world.url, headers={"Host": "rebound.example"}) as answer:
            assert answer.status == 421
        async with http.get(world.url) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'; script-src 'self';" in policy
            assert "<script>" not in await answer.text()


async def test_a_closed_tab_ends_its_session_and_its_console(tmp_path: Path) -> None:
    async with web_world(grace=0.5) as world, chromium(tmp_path) as browser:
        async with browser.tab() as tab:
            await tab.go(f"{world.url}#token={VIEWER_TOKEN}")
            await tab.shows("LIVE")
            assert len(world.sessions) == 1
        await world.until(lambda: not world.sessions)
        await world.until(lambda: not world.apps_alive)


async def test_a_page_that_is_loaded_again_finds_its_session(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (world, tab):
        await tab.press("?")
        await tab.shows("Help")
        await tab.ask("Page.reload")
        await tab.shows("Help")
        assert world.sessions.opened == 1
        assert "token" not in tab.sent[-1]


async def test_a_lost_connection_is_opened_again(tmp_path: Path) -> None:
    async with web_world() as world, chromium(tmp_path) as browser, browser.tab() as tab:
        proxy = Proxy(world.port)
        await tab.go(f"http://127.0.0.1:{proxy.port}/#token={VIEWER_TOKEN}")
        await tab.shows("LIVE")
        await tab.press("?")
        await tab.shows("Help")
        proxy.down()
        await tab.until("document.querySelector('#bar').innerText.includes('Connection lost')")
        proxy.up()
        await tab.until("document.querySelector('#bar').hidden")
        await tab.shows("Help")
        assert world.sessions.opened == 1
        proxy.down()


async def test_a_session_that_is_over_says_why_and_begins_again_at_a_click(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (world, tab):
        (state,) = world.sessions.states()
        world.sessions.end(state.number, "an operator ended it")
        await tab.until("document.querySelector('#bar').innerText.includes('an operator ended it')")
        await tab.value("document.querySelector('#bar-button').click()", gesture=True)
        await tab.until("document.querySelector('#bar').hidden")
        await tab.shows("LIVE")
        assert world.sessions.opened == 2


async def test_what_is_copied_is_in_the_clipboard(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (world, tab):
        await tab.ask(
            "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"], origin=world.url
        )
        await _copy_a_row(world, tab)
        await tab.until("navigator.clipboard.readText().then(text => text.includes('grüß'))")


async def test_where_the_browser_wants_a_click_a_button_copies(tmp_path: Path) -> None:
    async with _opened(tmp_path) as (world, tab):
        await tab.value("navigator.clipboard.writeText = () => Promise.reject(new Error('no gesture')); 1")
        await _copy_a_row(world, tab)
        await tab.until("document.querySelector('#bar').innerText.includes('characters to copy')")
        await tab.value(
            "window.copied = ''; document.addEventListener('copy', () => { copied = document.activeElement.value }); 1"
        )
        await tab.value("document.querySelector('#bar-button').click()", gesture=True)
        await tab.until("window.copied.includes('grüß')")


async def test_the_narrowest_layout_fits_on_a_phone(tmp_path: Path) -> None:
    async with web_world() as world, chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.resize(360, 740, scale=2, mobile=True)
        await tab.go(f"{world.url}#token={VIEWER_TOKEN}")
        await tab.shows("LIVE")
        hello = json.loads(tab.sent[0])
        assert 60 <= hello["columns"] <= 70
        assert float(str(await tab.value(_FONT)).removesuffix("px")) >= 9
        assert await tab.value("document.documentElement.scrollWidth <= innerWidth")
        await tab.shows("6 Script")
        await tab.value(
            "document.querySelector('#keys button[data-keys=\"?\"]')"
            ".dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, cancelable: true })); 1"
        )
        await tab.shows("Help")


@pytest.mark.parametrize(("name", "width", "height", "scale"), [("1280x800", 1280, 800, 1), ("phone", 390, 844, 2)])
async def test_the_picture_of_the_page(
    tmp_path: Path, name: str, width: int, height: int, scale: int, request: pytest.FixtureRequest
) -> None:
    picture = ROOT / "screenshots" / f"browser-{name}.png"
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        async with web_world() as world, chromium(tmp_path) as browser, browser.tab() as tab:
            await tab.resize(width, height, scale=scale, mobile=name == "phone")
            await tab.go(f"{world.url}#token={OPERATOR_TOKEN}")
            await tab.shows("LIVE")
            _raise_some(world, f"udp:127.0.0.1:{receiver.getsockname()[1]}")
            await tab.press("1")
            await tab.shows("Stream 13")
            taken = await tab.picture()
    if request.config.getoption("store_pictures"):
        picture.write_bytes(taken)
    assert _png_size(picture.read_bytes()) == _png_size(taken) == (scale * width, scale * height)


def _raise_some(world: WebWorld, socket_: str) -> None:
    world.engine.subscribe("E_MINE", socket_, 3600)
    for number in range(1, 13):
        user = ("alice", "bob", "carol")[number % 3]
        world.engine.raise_event("E_MINE", Params((user, f"192.0.2.{number}", number), ("user", "ip", "count")))


def _png_size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


async def _copy_a_row(world: WebWorld, tab: Tab) -> None:
    world.engine.raise_event("E_MINE", Params(("grüß",), ("greeting",)))
    await tab.shows("Stream 1")
    await tab.press("1")
    await tab.press("y")


async def _click_on(tab: Tab, text: str) -> None:
    """Click on a text that the terminal shows."""
    place = await tab.value(
        "(() => { const walk = document.createTreeWalker(document.querySelector('.xterm-rows'), NodeFilter.SHOW_TEXT);"
        f" while (walk.nextNode()) {{ const at = walk.currentNode.data.indexOf({json.dumps(text)}); if (at >= 0) {{"
        " const range = document.createRange(); range.setStart(walk.currentNode, at);"
        f" range.setEnd(walk.currentNode, at + {len(text)}); const box = range.getBoundingClientRect();"
        " return [box.x + box.width / 2, box.y + box.height / 2] } } return null })()"
    )
    assert place is not None, await tab.text()
    await tab.click(*place)


@asynccontextmanager
async def _other_site() -> AsyncGenerator[str]:
    """Serve an empty page at another origin."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<title>other</title><body></body>", content_type="text/html")

    application = web.Application()
    application.router.add_get("/", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (address,) = runner.addresses
    try:
        yield f"http://127.0.0.1:{address[1]}/"
    finally:
        with anyio.CancelScope(shield=True):
            await runner.cleanup()
