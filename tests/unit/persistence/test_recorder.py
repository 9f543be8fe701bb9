"""The recorder: what an engine does is in the file; a slow or full disk delays nothing and leaves a gap."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.codecs.recording.line_records import to_mark
from evtui.codecs.recording.line_types import VERSION, GapLine, HeaderLine, MarkLine
from evtui.codecs.recording.state_line_types import StateLine, SubscriptionsLine
from evtui.core.errors import RecordingError
from evtui.core.record_marks import RecordMark
from evtui.core.recording_port import RecordingState
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.persistence import recorder
from evtui.persistence.recording_switch import RecordingRules, RecordingSwitch, begin_recording
from tests.fakes.engine_fakes import FakeClock, fake_clocks, fake_engine
from tests.fakes.recording_fakes import kinds, read_lines, serials
from tests.functional.processes.waiting import until
from tests.limits import HANG

RULES = RecordingRules(1 << 30, 3)


@asynccontextmanager
async def switched(engine: Engine) -> AsyncGenerator[RecordingSwitch]:
    clocks = fake_clocks(FakeClock(), sleep=anyio.sleep)
    async with anyio.create_task_group() as tasks:
        yield RecordingSwitch(EmbeddedBackend(engine), tasks, RULES, clocks, engine.walk_subscriptions)
        tasks.cancel_scope.cancel()


async def until_state(recordings: RecordingSwitch, is_so: Callable[[RecordingState], bool]) -> RecordingState:
    """Wait until the recording stands so: its thread writes when it can."""
    with anyio.fail_after(HANG):
        while True:
            if (state := recordings.state) is not None and is_so(state):
                return state
            await anyio.sleep(0.01)


def has_lost(number: int, state: RecordingState) -> bool:
    return state.lost >= number


async def test_all_that_happens_is_in_the_file_with_how_everything_stood(tmp_path: Path) -> None:
    engine, path = fake_engine("E_A", "E_B"), tmp_path / "rec.jsonl"
    engine.subscribe("E_A", "fake:one", expire=60)
    async with switched(engine) as recordings:
        await recordings.begin(str(path))
        engine.raise_event("E_A", {"n": 1})
        engine.raise_event("E_B")
        engine.publish("E_NEW")
        engine.subscribe("E_NEW", "fake:two", expire=60)
        engine.unsubscribe("E_A", "fake:one")
        await until_state(recordings, lambda state: state.records >= 5)
        ended = await recordings.end()
    header, state, subscriptions, *_ = read_lines(path)
    assert isinstance(header, HeaderLine)
    assert isinstance(state, StateLine)
    assert isinstance(subscriptions, SubscriptionsLine)
    assert [event.name for event in header.events] == ["E_A", "E_B"]
    assert (header.source, header.recording) == ("embedded", VERSION)
    (entry,) = subscriptions.subscriptions
    assert (entry.event, entry.socket, entry.expire, entry.left) == ("E_A", "fake:one", 60, 60)
    told = ["plan", "raised", "raised", "published", "subscribed", "unsubscribed", "end"]
    assert kinds(path) == ["header", "state", "subscriptions", *told]
    assert ended is not None
    assert (ended.records, ended.lost) == (5, 0)


async def test_a_mark_is_written_behind_what_was_marked_though_nothing_more_happens(tmp_path: Path) -> None:
    engine, path = fake_engine("E_A"), tmp_path / "rec.jsonl"
    async with switched(engine) as recordings:
        recordings.mark(RecordMark((1.0, "raised", "E_A", 1), "", "hand"))  # nothing is recorded yet
        await recordings.begin(str(path))
        engine.raise_event("E_A")
        await until_state(recordings, lambda state: state.records == 1)
        recordings.mark(RecordMark((1.5, "raised", "E_A", 1), "udp:h:1", "slow"))
        await until(lambda: "mark" in kinds(path))
        await recordings.end()
    assert kinds(path) == ["header", "state", "raised", "mark", "end"]
    line = read_lines(path)[3]
    assert isinstance(line, MarkLine)
    assert to_mark(line) == RecordMark((1.5, "raised", "E_A", 1), "udp:h:1", "slow")


async def test_a_recording_that_is_cancelled_has_all_until_then(tmp_path: Path) -> None:
    engine, path = fake_engine("E_A"), tmp_path / "rec.jsonl"
    async with switched(engine) as recordings:
        await recordings.begin(str(path))
        for _ in range(3):
            engine.raise_event("E_A")
    assert serials(path) == [1, 2, 3]
    assert kinds(path)[-1] == "end"


async def test_only_one_recording_is_written(tmp_path: Path) -> None:
    async with switched(fake_engine("E_A")) as recordings:
        await recordings.begin(str(tmp_path / "a.jsonl"))
        with pytest.raises(RecordingError, match=r"a\.jsonl is being written"):
            await recordings.begin(str(tmp_path / "b.jsonl"))
        await recordings.end()
        await recordings.begin(str(tmp_path / "b.jsonl"))
    assert kinds(tmp_path / "b.jsonl") == ["header", "state", "end"]


async def test_a_file_that_cannot_be_made_is_told_and_another_one_can_be_tried(tmp_path: Path) -> None:
    async with switched(fake_engine("E_A")) as recordings:
        (notice,) = await begin_recording(recordings, str(tmp_path / "none/a.jsonl"))
        assert "nothing is recorded" in notice
        assert "No such file" in notice
        assert recordings.state is None
        assert await begin_recording(recordings, str(tmp_path / "a.jsonl")) == ()


async def test_what_the_journal_replaced_before_it_was_written_is_a_gap(tmp_path: Path) -> None:
    engine, path = fake_engine("E_A", journal=Journal(max_records=10)), tmp_path / "rec.jsonl"
    async with switched(engine) as recordings:
        await recordings.begin(str(path))
        for _ in range(100):
            engine.raise_event("E_A")
        await until_state(recordings, lambda state: state.records >= 10)
        state = await until_state(recordings, lambda state: state.lost > 0)
    assert state.lost == 90
    assert serials(path) == list(range(91, 101))
    (gap,) = [line for line in read_lines(path) if isinstance(line, GapLine)]
    assert (gap.lost, gap.reason) == (90, "the disk was too slow")


async def test_a_full_disk_is_logged_once_and_costs_no_delivery(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recorder, "RETRY_PAUSE", 0.01)
    engine, path, is_full = fake_engine("E_A"), tmp_path / "rec.jsonl", True
    async with switched(engine) as recordings:
        await recordings.begin(str(path))
        write = recordings._recorder._writer._write  # type: ignore[union-attr] # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]

        def write_or_fail(*given: Any) -> None:
            if is_full:
                raise OSError(28, "No space left on device")
            write(*given)

        monkeypatch.setattr(recordings._recorder._writer, "_write", write_or_fail)  # type: ignore[union-attr] # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]
        for number in range(1, 4):
            engine.raise_event("E_A")
            await until_state(recordings, partial(has_lost, number))
        assert (await until_state(recordings, partial(has_lost, 3))).trouble == "No space left on device"
        is_full = False
        engine.raise_event("E_A")
        await until_state(recordings, lambda state: state.records >= 1)
        await until_state(recordings, lambda state: not state.trouble)
    assert serials(path) == [4]
    assert [line.lost for line in read_lines(path) if isinstance(line, GapLine)] == [3]
    said = [record for record in caplog.records if record.name == recorder.__name__]
    assert [record.levelno for record in said] == [logging.ERROR, logging.WARNING]
