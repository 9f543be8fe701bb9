"""Consoles look for what is new one after the other, however many looks are due."""

from collections.abc import Callable
from typing import Any, cast

import anyio
import pytest
from anyio.lowlevel import checkpoint

from evtui.serve.terminal.frame_shares import MOST_LOOKS
from evtui.serve.terminal.look_turns import LookTurns

pytestmark = pytest.mark.anyio


class _Screen:
    """Looks at once when it is called."""

    def call_later(self, look: Callable[[], None]) -> None:
        look()


class _Turns:
    """Turns whose time passes when a test lets it; the looks of three screens."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.done: list[str] = []
        self.screens = {name: cast("Any", _Screen()) for name in "abc"}
        self._may_go_on = anyio.Semaphore(0)
        self.turns = LookTurns(self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self._may_go_on.acquire()

    def ask(self, names: str) -> None:
        for name in names:
            self.turns.ask(self.screens[name], lambda name=name: self.done.append(name))  # type: ignore[misc]

    async def pass_by(self) -> None:
        self._may_go_on.release()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await checkpoint()


async def test_screens_look_one_after_the_other_in_the_order_in_which_they_asked() -> None:
    world = _Turns()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.turns.run)
        world.ask("cab")
        await world.settle()
        assert world.done == ["c"]
        world.ask("cabb")
        await world.pass_by()
        assert world.done == ["c", "a"]
        for _ in range(5):
            await world.pass_by()
        assert world.done == ["c", "a", "b", "c"]
        assert world.slept == [1 / MOST_LOOKS] * 4
        world.ask("b")
        await world.settle()
        assert world.done[4:] == ["b"]
        tasks.cancel_scope.cancel()


async def test_a_screen_that_is_forgotten_looks_no_more() -> None:
    world = _Turns()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(world.turns.run)
        world.ask("abc")
        world.turns.forget(world.screens["b"])
        world.turns.forget(world.screens["b"])
        await world.settle()
        await world.pass_by()
        await world.pass_by()
        assert world.done == ["a", "c"]
        tasks.cancel_scope.cancel()
