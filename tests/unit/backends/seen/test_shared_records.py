"""Records that a backend tells once and that many readers get."""

import anyio
import pytest

from evtui.backends.seen.shared_records import SharedRecords
from evtui.core.errors import BackendError
from evtui.core.ports import Watch
from evtui.core.records import Published
from evtui.engine.journal import Journal
from tests.limits import HANG


class _Source:
    """A journal that is followed; away at first, if that is wanted."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.journal = Journal()
        self.is_away = is_away
        self.watches = 0

    async def follow(self) -> Watch:
        if self.is_away:
            raise BackendError("it is away")
        self.watches += 1
        return self.journal.watch()

    def tell(self, number: int) -> None:
        self.journal.append(Published(float(number), f"E_{number}"))


async def _numbers(watch: Watch, most: int) -> list[int]:
    told: list[int] = []
    with anyio.fail_after(HANG):
        while len(told) < most:
            await watch.wait()
            told += [int(record.event[2:]) for record in watch.read() if isinstance(record, Published)]
    return told


async def test_many_readers_are_one_for_the_backend_and_later_ones_begin_with_some_of_the_past() -> None:
    source = _Source()
    async with anyio.create_task_group() as tasks:
        shared = SharedRecords(source.follow, tasks, back=2)
        assert source.watches == 0, "nothing is followed without a reader"
        first = await shared.watch()
        for number in range(1, 5):
            source.tell(number)
        assert await _numbers(first, 4) == [1, 2, 3, 4]
        second, only = await shared.watch(), await shared.watch(["E_4"])
        source.tell(5)
        assert await _numbers(second, 3) == [3, 4, 5]
        assert await _numbers(first, 1) == [5]
        assert await _numbers(only, 1) == [4]
        await first.aclose()
        assert (source.watches, second.lost) == (1, 0)
        tasks.cancel_scope.cancel()


async def test_a_backend_that_is_away_is_followed_when_a_reader_asks_again() -> None:
    source = _Source(is_away=True)
    async with anyio.create_task_group() as tasks:
        shared = SharedRecords(source.follow, tasks, back=2)
        with pytest.raises(BackendError):
            await shared.watch()
        source.is_away = False
        watch = await shared.watch()
        source.tell(1)
        assert await _numbers(watch, 1) == [1]
        tasks.cancel_scope.cancel()
