"""What one reader is sent: where it begins, resumes, is told of gaps, and holds plans."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from itertools import pairwise

import anyio.lowlevel
import pytest

from evtui.codecs.recording.line_types import GapLine, HeaderLine, PlanLine, RaisedLine
from evtui.codecs.recording.state_line_types import PulseLine, StateLine
from evtui.core.errors import BadFilterError
from evtui.core.records import Published, Raised, Record
from evtui.core.values import NO_PARAMS
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.serve.watch import encoded_records, feed_reader, watch_feed
from evtui.serve.watch.encoded_records import EncodedRecord
from evtui.serve.watch.feed_options import FeedOptions
from evtui.serve.watch.watch_feed import TooManyReadersError, WatchFeed
from tests.fakes.engine_fakes import fake_engine
from tests.fakes.feed_fakes import FeedClient, at_place, make_feed, running


@pytest.fixture(autouse=True)
def many_pulses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a pulse come in each turn, so that there is always something to read."""
    monkeypatch.setattr(watch_feed, "PULSE", 0.0)


def _raise(engine: Engine, count: int, event: str = "E_T") -> None:
    for _ in range(count):
        engine.raise_event(event, NO_PARAMS)


@asynccontextmanager
async def _reading(
    feed: WatchFeed,
    options: FeedOptions = FeedOptions(),  # noqa: B008 - it is frozen
) -> AsyncGenerator[Callable[[Callable[[FeedClient], bool]], Awaitable[FeedClient]]]:
    """Give a function that reads until something holds of the client, and returns the client."""
    client = FeedClient()
    with feed.reader(options) as reader:
        async with aclosing(reader.lines()) as lines:

            async def read_until(condition: Callable[[FeedClient], bool]) -> FeedClient:
                for _ in range(10_000):
                    if condition(client):
                        return client
                    client.take((await anext(lines)).data)
                raise AssertionError(f"it did not come: {client.lines[-5:]}")

            yield read_until


async def _read(feed: WatchFeed, condition: Callable[[FeedClient], bool], **options: object) -> FeedClient:
    async with _reading(feed, FeedOptions(**options)) as read_until:  # type: ignore[arg-type]
        return await read_until(condition)


def _has_pulse(client: FeedClient) -> bool:
    return bool(client.pulses)


def _has_more_pulses(pulses: int, client: FeedClient) -> bool:
    return len(client.pulses) > pulses


async def test_it_begins_with_header_and_state_which_a_pulse_ends() -> None:
    engine = fake_engine("E_T")
    engine.subscribe("E_T", "fake:a")
    _raise(engine, 3)
    async with running(make_feed(engine)) as feed:
        client = await _read(feed, lambda client: len(client.pulses) == 2)
    assert isinstance(client.lines[0], HeaderLine)
    assert client.lines[0].instance == "run1"
    assert isinstance(client.lines[1], StateLine)
    assert client.lines[1].place == 4
    assert [pulse.is_whole for pulse in client.pulses] == [False, True]
    assert isinstance(client.lines[3], PulseLine)
    assert not client.records
    assert client.states.status().raised == 3


async def test_it_begins_so_many_records_earlier() -> None:
    engine = fake_engine("E_T")
    _raise(engine, 10)
    async with running(make_feed(engine)) as feed:
        client = await _read(feed, lambda client: len(client.records) == 4, back=4)
    assert [place for place, _ in client.records] == [7, 8, 9, 10]
    assert client.states.status().raised == 10


async def test_earlier_than_the_journal_is_as_early_as_the_journal_goes() -> None:
    engine = fake_engine("E_T", journal=Journal(max_records=5))
    _raise(engine, 10)
    async with running(make_feed(engine)) as feed:
        client = await _read(feed, at_place(10), back=1000)
    assert [place for place, _ in client.records] == [6, 7, 8, 9, 10]
    assert not client.gaps


async def test_it_goes_on_behind_a_record_without_a_state() -> None:
    engine = fake_engine("E_T")
    _raise(engine, 10)
    async with running(make_feed(engine)) as feed:
        client = await _read(feed, at_place(10), after=7, instance="run1")
    assert [place for place, _ in client.records] == [8, 9, 10]
    assert not any(isinstance(line, StateLine | GapLine) for line in client.lines)
    assert isinstance(client.lines[1], PulseLine)


async def test_what_the_journal_lost_meanwhile_is_told_and_a_state_follows() -> None:
    engine = fake_engine("E_T", journal=Journal(max_records=5))
    _raise(engine, 20)
    async with running(make_feed(engine)) as feed:
        client = await _read(feed, at_place(20), after=7, instance="run1")
    assert client.lost == 8
    assert [type(line) for line in client.lines[:3]] == [HeaderLine, GapLine, StateLine]
    assert [place for place, _ in client.records] == [16, 17, 18, 19, 20]
    assert client.states.status().raised == 20


@pytest.mark.parametrize("options", [{"after": 7}, {"after": 7, "instance": "run0"}, {"after": 99, "instance": "run1"}])
async def test_a_place_of_another_run_is_none(options: dict[str, object]) -> None:
    engine = fake_engine("E_T")
    _raise(engine, 10)
    async with running(make_feed(engine)) as feed:
        client = await _read(feed, _has_pulse, **options)
    assert isinstance(client.lines[1], StateLine)
    assert not client.records
    assert not client.gaps


async def test_one_that_is_too_slow_skips_is_told_and_gets_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded_records, "MAX_RECORDS", 40)
    monkeypatch.setattr(encoded_records, "MOST_AT_ONCE", 7)
    engine = fake_engine("E_T")
    engine.subscribe("E_T", "fake:a")
    async with running(make_feed(engine)) as feed, _reading(feed) as read_until:
        client = await read_until(_has_pulse)
        for _ in range(20):
            _raise(engine, 25)
            pulses = len(client.pulses)
            await read_until(partial(_has_more_pulses, pulses))
        await read_until(at_place(501))
        lost = feed.statistics.lost
    assert client.lost == lost > 0
    assert len(client.records) + client.lost == 500
    assert client.states.status().raised == 500
    (subscription,) = client.states.subscriptions(None, feed.wall())
    assert subscription.sent == 500


async def test_a_plan_is_sent_once_and_again_when_the_reader_may_have_dropped_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed_reader, "SENT_PLANS", 2)
    monkeypatch.setattr(encoded_records, "MOST_AT_ONCE", 2)
    engine = fake_engine("E_1", "E_2", "E_3")
    for event in ("E_1", "E_2", "E_3"):
        engine.subscribe(event, f"fake:{event}")
    async with running(make_feed(engine)) as feed, _reading(feed) as read_until:
        await read_until(_has_pulse)
        for event in ("E_1", "E_1", "E_2", "E_1", "E_3", "E_1"):
            _raise(engine, 1, event)
        client = await read_until(at_place(9))
    plans = [line.plan for line in client.lines if isinstance(line, PlanLine)]
    assert plans[:2] == [1, 2]
    assert len(plans) < 6
    held: list[int] = []
    for line in client.lines:  # a client that keeps the last two knows each plan that is named
        if isinstance(line, PlanLine):
            held = [*held, line.plan][-2:]
        if isinstance(line, RaisedLine):
            assert line.plan in held


async def test_a_filter_leaves_out_records_and_keeps_their_places() -> None:
    engine = fake_engine("E_T", "E_OTHER")
    async with running(make_feed(engine)) as feed, _reading(feed, FeedOptions("event=E_OTHER", back=9)) as read_until:
        _raise(engine, 3)
        _raise(engine, 2, "E_OTHER")
        _raise(engine, 3)
        _raise(engine, 1, "E_OTHER")
        client = await read_until(at_place(9))
        pulses = len(client.pulses)
        await read_until(partial(_has_more_pulses, pulses))
    assert [place for place, _ in client.records] == [4, 5, 9]
    assert all(isinstance(record, Raised) and record.event == "E_OTHER" for _, record in client.records)


async def test_a_bad_filter_is_refused_with_its_part() -> None:
    feed = make_feed(fake_engine("E_T"))
    with pytest.raises(BadFilterError), feed.reader(FeedOptions("(")):
        pass
    assert feed.statistics.readers == 0


def test_more_readers_than_there_may_be_are_refused_and_counted() -> None:
    feed = make_feed(fake_engine("E_T"), readers=1)
    with feed.seat():
        with pytest.raises(TooManyReadersError, match=r"1 readers, the most that mi\.watch_readers"), feed.seat():
            pass
        assert feed.statistics.refused == 1
    with feed.seat():
        pass


async def test_nothing_is_encoded_or_held_while_nobody_reads() -> None:
    engine = fake_engine("E_T")
    engine.subscribe("E_T", "fake:a")
    feed = make_feed(engine)
    async with running(feed):
        _raise(engine, 100)
        assert feed.encoded.begin == feed.encoded.end
        async with _reading(feed) as read_until:
            await read_until(_has_pulse)
            _raise(engine, 100)
            await read_until(at_place(201))
            assert feed.encoded.end - feed.encoded.begin > 90
        numbers = feed.pulse_number
        _raise(engine, 1)
        for _ in range(20):
            await _turn()
        assert feed.encoded.begin == feed.encoded.end
        assert feed.pulse_number <= numbers + 1
        _raise(engine, 50)
        client = await _read(feed, at_place(252), back=1)
    assert [place for place, _ in client.records] == [252]


async def test_a_reader_that_comes_while_another_has_just_gone_misses_nothing() -> None:
    engine = fake_engine("E_T")
    feed = make_feed(engine)
    async with running(feed):
        for count in range(30):
            async with _reading(feed) as read_until:
                _raise(engine, 60)
                await read_until(lambda client: bool(client.lines))
                if count % 3:
                    await _turn()
        client = await _read(feed, at_place(1800), back=1700)
    assert [place for place, _ in client.records] == list(range(101, 1801))


async def test_an_event_that_is_published_later_is_a_record() -> None:
    engine = fake_engine("E_T")
    async with running(make_feed(engine)) as feed, _reading(feed) as read_until:
        await read_until(_has_pulse)
        engine.publish("E_NEW")
        client = await read_until(lambda client: bool(client.records))
    assert isinstance(client.records[0][1], Published)
    assert client.states.has_event("E_NEW")


async def _turn() -> None:
    await anyio.lowlevel.checkpoint()


async def test_many_readers_with_work_of_their_own_make_no_round_of_the_event_loop_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine, readers, back = fake_engine("E_T"), 30, 5 * feed_reader.OLDER_AT_ONCE
    _raise(engine, back)
    encoded, rounds = [0], [0]
    encode = WatchFeed.encode

    def counted(feed: WatchFeed, records: Sequence[Record], place: int) -> list[EncodedRecord]:
        encoded[0] += len(records)
        return encode(feed, records, place)

    monkeypatch.setattr(WatchFeed, "encode", counted)

    async def watch() -> None:
        while True:
            await anyio.lowlevel.checkpoint()
            rounds.append(encoded[0])

    async def read(feed: WatchFeed) -> None:
        await _read(feed, lambda client: sum(isinstance(line, RaisedLine) for line in client.lines) == back, back=back)

    async with running(make_feed(engine)) as feed, anyio.create_task_group() as around:
        around.start_soon(watch)
        async with anyio.create_task_group() as tasks:
            for _ in range(readers):
                tasks.start_soon(read, feed)
        around.cancel_scope.cancel()
    assert encoded[0] >= readers * back
    assert max(after - before for before, after in pairwise(rounds)) <= 4 * feed_reader.OLDER_AT_ONCE
