"""Turns: few outboxes work in one round of the event loop, others get theirs, and slow attempts delay none."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise

import anyio
from anyio.lowlevel import checkpoint

from evtui.engine.outbox.attempt_turns import AT_ONCE, RETRIES_AT_ONCE, AttemptTurns

MANY = AT_ONCE * 10


@asynccontextmanager
async def running() -> AsyncGenerator[AttemptTurns]:
    turns = AttemptTurns()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(turns.run)
        await checkpoint()
        yield turns
        tasks.cancel_scope.cancel()


class Attempts:
    """Begins attempts, and counts those that began in each round."""

    def __init__(self, turns: AttemptTurns) -> None:
        self.turns = turns
        self.begun: list[str] = []
        self.ends = anyio.Event()

    async def attempt(self, kind: str) -> None:
        try:
            await self.turns.begin(is_retry=kind == "retry")
            self.begun.append(kind)
            await self.ends.wait()
        finally:
            self.turns.end()

    async def rounds(self, number: int) -> list[int]:
        """Return how many have begun after each of the next rounds."""
        counts: list[int] = []
        for _ in range(number):
            await checkpoint()
            counts.append(len(self.begun))
        return counts


async def test_few_attempts_begin_in_one_round_and_all_begin_though_none_ends() -> None:
    async with running() as turns, anyio.create_task_group() as tasks:
        attempts = Attempts(turns)
        for _ in range(MANY):
            tasks.start_soon(attempts.attempt, "first")
        counts = [0, *await attempts.rounds(40)]
        assert max(after - before for before, after in pairwise(counts)) <= AT_ONCE
        assert counts[-1] == MANY
        attempts.ends.set()


async def test_an_attempt_begins_at_once_when_few_are_under_way() -> None:
    async with running() as turns:
        for _ in range(MANY):
            with anyio.CancelScope() as scope:
                scope.cancel()  # any wait would end here
                await turns.begin(is_retry=False)
            assert not scope.cancelled_caught
            turns.end()


async def test_retries_wait_behind_others_but_are_not_forgotten() -> None:
    async with running() as turns, anyio.create_task_group() as tasks:
        attempts = Attempts(turns)
        for kind in ("retry", "first"):
            for _ in range(MANY):
                tasks.start_soon(attempts.attempt, kind)
        while attempts.begun.count("first") < MANY:
            await checkpoint()
        assert RETRIES_AT_ONCE < attempts.begun.count("retry") < MANY / 2
        await attempts.rounds(40)
        assert len(attempts.begun) == 2 * MANY
        attempts.ends.set()


async def test_few_outboxes_wake_up_in_one_round() -> None:
    async with running() as turns:
        outboxes = [anyio.Event() for _ in range(MANY)]
        for outbox in outboxes:
            turns.wake(outbox)
        awake = [sum(outbox.is_set() for outbox in outboxes)]
        assert awake == [AT_ONCE]
        while awake[-1] < MANY:
            await checkpoint()
            awake.append(sum(outbox.is_set() for outbox in outboxes))
            assert awake[-1] - awake[-2] <= AT_ONCE


async def test_without_run_nothing_waits() -> None:
    turns = AttemptTurns()
    outbox = anyio.Event()
    for _ in range(MANY):
        await turns.begin(is_retry=True)
        turns.wake(outbox)
    assert outbox.is_set()


async def test_what_waits_goes_on_when_the_engine_ends() -> None:
    async with anyio.create_task_group() as tasks:
        attempts = None
        async with running() as turns:
            attempts = Attempts(turns)
            for _ in range(MANY):
                tasks.start_soon(attempts.attempt, "first")
            await checkpoint()
            await checkpoint()
        await attempts.rounds(3)
        assert len(attempts.begun) == MANY
        attempts.ends.set()
