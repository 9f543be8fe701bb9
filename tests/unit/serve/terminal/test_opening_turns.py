"""Consoles open one after the other."""

import anyio
import pytest
from anyio.lowlevel import checkpoint

from evtui.serve.terminal import opening_turns
from evtui.serve.terminal.opening_turns import OpeningTurns

pytestmark = pytest.mark.anyio


async def test_one_opens_at_a_time_in_the_order_in_which_they_came() -> None:
    turns, opened, may_end = OpeningTurns(), list[int](), [anyio.Event() for _ in range(3)]

    async def open_one(number: int) -> None:
        end = await turns.take()
        opened.append(number)
        await may_end[number].wait()
        end()
        end()

    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(open_one, number)
        for number in range(3):
            for _ in range(10):
                await checkpoint()
            assert opened == [*range(number + 1)]
            may_end[number].set()


async def test_one_that_is_cancelled_while_it_waits_takes_no_turn() -> None:
    turns = OpeningTurns()
    end = await turns.take()
    with anyio.move_on_after(0):
        await turns.take()
    end()
    with anyio.fail_after(5):
        await turns.take()


async def test_one_that_never_opens_does_not_keep_the_others_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening_turns, "MOST_WAITING", 0.01)
    turns = OpeningTurns()
    first = await turns.take()
    second = await turns.take()
    second()
    first()
    third = await turns.take()
    third()
