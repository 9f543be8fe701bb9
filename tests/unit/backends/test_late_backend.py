"""A backend that is opened while requests wait for it."""

import asyncio

import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.late_backend import LateBackend
from evtui.core.values import Params
from tests.fakes.engine_fakes import fake_engine


async def test_requests_wait_until_it_is_open_and_then_reach_the_backend() -> None:
    late = LateBackend()
    events, watching = asyncio.ensure_future(late.events()), asyncio.ensure_future(late.watch())
    await asyncio.sleep(0)
    assert not any((late.is_open, events.done(), watching.done()))
    late.open(EmbeddedBackend(fake_engine("E_A")))
    assert [state.event.name for state in await events] == ["E_A"]
    watch = await watching
    assert await late.raise_event("E_A", Params(("1",), ("n",))) is not None
    assert len(watch.read()) == 1


async def test_a_request_that_waits_can_be_cancelled() -> None:
    late = LateBackend()
    waiting = asyncio.ensure_future(late.status())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
