"""The browser door by its protocol: who comes in, what a page sees, and what it finds again."""

import aiohttp
import anyio
import pytest

from evtui.core.values import Params
from evtui.serve.terminal.viewer_settings import ViewersConfig
from evtui.serve.web.browser_end import WINDOW
from tests.functional.doors.web.web_world import OPERATOR_TOKEN, VIEWER_TOKEN, WebPage, WebWorld, web_world

pytestmark = pytest.mark.usefixtures("old_objects_exempt")


async def test_a_viewer_sees_what_happens_and_may_change_nothing() -> None:
    async with web_world() as world, world.console() as page:
        assert page.said[0]["role"] == "viewer"
        await page.shows("READ-ONLY")
        world.engine.raise_event("E_MINE", Params(("hello",), ("greeting",)))
        await page.shows("Stream 1")
        await page.type(b"1\r")
        await page.shows("hello")
        await page.type(b"q")
        assert await page.read_to_end() == 1000
        assert page.said[-1] == {"is": "end", "why": ""}


async def test_an_operator_raises_an_event() -> None:
    async with web_world() as world, world.console(OPERATOR_TOKEN) as page:
        assert page.said[0]["role"] == "operator"
        await page.type(b"r")
        await page.shows("4 Raise")
        await page.type(b"\x1b[15~")  # F5 sends
        await page.until(lambda: world.engine.totals().raised)
        assert "READ-ONLY" not in page.text


async def test_the_size_follows_the_page() -> None:
    async with web_world() as world, world.console(size=(120, 40)) as page:
        assert "6 Script" not in page.text
        page.screen.resize(24, 80)
        await page.say(**{"is": "size"}, columns=80, lines=24)
        await page.shows("6 Script")


@pytest.mark.parametrize("token", ["", "wrong", VIEWER_TOKEN.upper(), "ü\x00"])
async def test_a_wrong_token_is_refused_and_counted(token: str) -> None:
    async with web_world() as world, world.page() as page:
        answer = await page.hello(token=token)
        assert answer == {"is": "refused", "cause": "token", "why": "the token is wrong"}
        assert await page.read_to_end() == 1008
        assert dict(world.sessions.refused) == {"token": 1}
        assert len(world.sessions) == 0


async def test_many_wrong_tokens_of_an_address_are_answered_late() -> None:
    async with web_world() as world:
        for _ in range(3):
            async with world.page() as page:
                await page.hello(token="guess")
        began = anyio.current_time()
        async with world.page() as page:
            await page.hello(token="guess")
        assert anyio.current_time() - began > 0.9
        async with world.console():  # the right one is never late, nor refused
            pass


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "rebound.example"}, 421),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_a_foreign_page_or_host_opens_no_websocket(headers: dict[str, str], status: int) -> None:
    async with web_world() as world:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with world.page(headers=headers):
                pass
        assert refused.value.status == status


async def test_the_own_page_opens_a_websocket() -> None:
    async with web_world() as world, world.page(headers={"Origin": f"http://127.0.0.1:{world.port}"}) as page:
        assert (await page.hello(token=VIEWER_TOKEN))["is"] == "welcome"


async def test_a_page_that_comes_back_finds_its_session_as_it_was() -> None:
    async with web_world() as world:
        async with world.console() as page:
            await page.type(b"?")
            await page.shows("Help")
            resume = page.said[0]["resume"]
        async with world.page() as again:
            answer = await again.hello(resume=resume)
            assert answer["is"] == "welcome"
            assert answer["again"]
            await again.shows("Help")
            assert len(world.sessions) == 1
            assert world.sessions.opened == 1


async def test_a_second_page_takes_the_place_of_the_first_one() -> None:
    async with web_world() as world, world.console() as first, world.page() as second:
        await second.hello(resume=first.said[0]["resume"])
        await second.shows("LIVE")
        assert await first.read_to_end() == 1000
        assert first.said[-1]["why"] == "another page shows this session now"
        await second.type(b"?")
        await second.shows("Help")


async def test_a_page_that_stays_away_ends_its_session_and_its_console() -> None:
    async with web_world(grace=0.3) as world:
        async with world.console() as page:
            resume = page.said[0]["resume"]
        await world.until(lambda: not world.sessions)
        await world.until(lambda: not world.apps_alive)
        async with world.page() as late:
            answer = await late.hello(resume=resume)
            assert (answer["is"], answer["cause"]) == ("refused", "resume")


async def test_pages_that_come_and_go_do_not_end_a_session_early() -> None:
    async with web_world(grace=4.0) as world:  # a page opens within it on a busy machine too
        async with world.console() as page:
            resume = page.said[0]["resume"]
        for _ in range(4):
            await anyio.sleep(1.1)
            async with world.page() as again:
                assert (await again.hello(resume=resume))["is"] == "welcome"
                await again.shows("LIVE")
        assert world.sessions.opened == 1


async def test_a_session_that_an_operator_ends_says_why() -> None:
    async with web_world() as world, world.console() as page:
        (state,) = world.sessions.states()
        assert (state.door, state.role, state.address) == ("web", "viewer", "127.0.0.1")
        world.sessions.end(state.number, "an operator ended it")
        assert await page.read_to_end() == 1000
        assert page.said[-1]["why"] == "an operator ended it"


async def test_an_idle_session_ends() -> None:
    async with web_world(limits=ViewersConfig(idle=1.5)) as world, world.console() as page:
        await page.read_to_end()
        assert "nothing was typed" in page.said[-1]["why"]


@pytest.mark.parametrize("limits", [ViewersConfig(sessions=1), ViewersConfig(sessions_per_address=1)])
async def test_a_session_too_many_is_refused_and_the_others_go_on(limits: ViewersConfig) -> None:
    async with web_world(limits=limits) as world, world.console() as first:
        async with world.page() as second:
            answer = await second.hello(token=VIEWER_TOKEN)
            assert (answer["is"], answer["cause"]) == ("refused", "sessions")
        await first.type(b"?")
        await first.shows("Help")
        assert world.sessions.refused.total() == 1


async def test_a_page_that_paints_nothing_pauses_only_its_own_console() -> None:
    async with web_world() as world, world.console() as slow, world.console() as quick:
        slow.acknowledges = False
        await _flood(world, slow)
        before = slow.painted
        assert before <= 3 * WINDOW
        world.engine.raise_event("E_MINE", Params(("after",), ("when",)))
        await quick.type(b"1\r")
        await quick.shows("after")
        await slow.say(**{"is": "ack"}, bytes=slow.painted)
        slow.acknowledges = True
        await slow.until(lambda: slow.painted > before)


async def _flood(world: WebWorld, page: WebPage) -> None:
    """Let a console paint until its page has more than the window to acknowledge, and take all of it."""
    with anyio.move_on_after(60):
        while page.painted <= WINDOW:
            await page.type(b"?")
            with anyio.move_on_after(0.05):
                await page.read()
    with anyio.move_on_after(1.0):
        while await page.read():
            pass
