"""The journal: bounded by count and by bytes, every loss counted, each reader at its own pace."""

import random
from collections import deque

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtui.core.records import Published, Record
from evtui.engine.journal import RECORD_COST, Journal
from tests.limits import HANG


def published(number: int) -> Record:
    return Published(float(number), f"E_{number}")


def written(journal: Journal, count: int, payload: int = 0) -> None:
    for number in range(count):
        journal.append(published(number), payload)


def test_a_reader_gets_the_records_written_after_it_began_oldest_first() -> None:
    journal = Journal()
    journal.append(published(0))
    watch = journal.watch()
    journal.append(published(1))
    journal.append(published(2))
    assert list(watch.read()) == [published(1), published(2)]
    assert list(watch.read()) == []


@given(st.lists(st.integers(0, 12), max_size=12), st.integers(1, 20), st.integers(1, 20), st.sets(st.integers(0, 11)))
def test_records_written_together_are_held_as_if_one_by_one(
    sizes: list[int], records: int, most: int, charged: set[int]
) -> None:
    together, one_by_one = Journal(records, most * RECORD_COST), Journal(records, most * RECORD_COST)
    for number, size in enumerate(sizes):
        new = [published(number * 100 + place) for place in range(size)]
        for journal in (together, one_by_one):
            if number in charged:
                journal.charge(RECORD_COST // 2)
            journal.append(published(-number), number)
            if number in charged:
                journal.charge(RECORD_COST // 3)
        together.extend(new)
        for record in new:
            one_by_one.append(record)
        assert (together.since(0), together.use) == (one_by_one.since(0), one_by_one.use)


async def test_records_written_together_wake_a_reader() -> None:
    journal = Journal()
    watch = journal.watch()
    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch.wait)
            await anyio.wait_all_tasks_blocked()
            journal.extend([published(0), published(1)])
    assert list(watch.read()) == [published(0), published(1)]


def test_the_oldest_records_are_evicted_and_a_slow_reader_counts_its_losses() -> None:
    journal = Journal(max_records=10)
    watch = journal.watch()
    written(journal, 25)
    assert [record.at for record in watch.read()] == [float(number) for number in range(15, 25)]
    assert watch.lost == 15
    assert journal.evicted == 15


def test_bytes_are_bounded_too() -> None:
    journal = Journal(max_records=1000, max_bytes=10 * (RECORD_COST + 100))
    written(journal, 50, payload=100)
    assert journal.evicted == 40


def test_it_keeps_the_newest_records_that_fit_into_both_bounds() -> None:
    chance, bound = random.Random(7), 10 * RECORD_COST
    journal = Journal(max_records=12, max_bytes=bound)
    kept: deque[int] = deque(maxlen=12)
    numbers: set[int] = set()
    for number in range(2_000):
        charge, payload = (
            chance.choice((0, 0, 0, 100, 3_000)),
            chance.choice((-RECORD_COST, -RECORD_COST, -RECORD_COST, 0, 1_000, 9_000)),
        )
        journal.charge(charge)
        journal.append(published(number), payload)
        kept.append(RECORD_COST + payload + charge)
        while sum(kept) > bound and len(kept) > 1:
            kept.popleft()
        assert journal.use.kept == len(kept)
        numbers.add(len(kept))
    assert {1, 5, 12} <= numbers


def test_one_record_larger_than_the_bound_is_kept() -> None:
    journal = Journal(max_bytes=100)
    watch = journal.watch()
    journal.append(published(0), payload=1_000_000)
    assert len(watch.read()) == 1


def test_a_limited_read_takes_the_newest_and_counts_the_rest_as_lost() -> None:
    journal = Journal()
    watch = journal.watch()
    written(journal, 30)
    assert [record.at for record in watch.read(limit=5)] == [25.0, 26.0, 27.0, 28.0, 29.0]
    assert watch.lost == 25


@pytest.mark.parametrize(("wanted", "seen"), [(("E_1",), ["E_1"]), (("E_1*",), ["E_1", "E_10", "E_11"])])
def test_a_reader_can_follow_only_some_events(wanted: tuple[str, ...], seen: list[str]) -> None:
    journal = Journal()
    watch = journal.watch(wanted)
    written(journal, 12)
    assert [record.event for record in watch.read() if isinstance(record, Published)] == seen


async def test_a_waiting_reader_wakes_when_something_is_written() -> None:
    journal = Journal()
    watch = journal.watch()
    seen: list[Record] = []

    async def follow() -> None:
        await watch.wait()
        seen.extend(watch.read())

    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(follow)
            await anyio.lowlevel.checkpoint()
            journal.append(published(7))
    assert seen == [published(7)]


async def test_a_cancelled_wait_leaves_nothing_behind() -> None:
    journal = Journal()
    with anyio.move_on_after(0):
        await journal.watch().wait()
    journal.append(published(1))
    assert journal.written == 1
