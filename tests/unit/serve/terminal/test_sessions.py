"""The sessions of all doors: how many there may be, how they are listed and ended."""

import logging
from contextlib import ExitStack

import anyio
import pytest

from evtui.serve.terminal.sessions import Sessions
from evtui.serve.terminal.viewer import SessionRefusedError, Viewer
from evtui.serve.terminal.viewer_settings import ViewersConfig
from tests.fakes.engine_fakes import FakeClock, fake_clocks


def _viewer(address: str = "192.0.2.1", name: str = "alice") -> Viewer:
    return Viewer.named(name, "viewer", "ssh", address)


def test_sessions_are_listed_oldest_first_with_what_they_do() -> None:
    clock = FakeClock()
    sessions = Sessions(ViewersConfig(), fake_clocks(clock))
    with sessions.opened_by(_viewer()) as first, sessions.opened_by(_viewer(name="bob"), "events --json"):
        clock.pass_by(12.0)
        first.typed()
        clock.pass_by(3.0)
        told = [(each.number, each.name, each.what, each.idle) for each in sessions.states()]
        assert told == [(1, "alice", "console", 3.0), (2, "bob", "events --json", 15.0)]
        assert len(sessions) == 2
    assert (sessions.states(), sessions.opened) == ((), 2)


def test_more_sessions_than_allowed_are_refused_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    sessions = Sessions(ViewersConfig(sessions=3, sessions_per_address=2), fake_clocks())
    with ExitStack() as opened, caplog.at_level(logging.WARNING):
        opened.enter_context(sessions.opened_by(_viewer()))
        opened.enter_context(sessions.opened_by(_viewer()))
        with pytest.raises(SessionRefusedError, match="your address has 2 sessions already"):
            opened.enter_context(sessions.opened_by(_viewer()))
        opened.enter_context(sessions.opened_by(_viewer("192.0.2.2")))
        with pytest.raises(SessionRefusedError, match="there are 3 sessions already"):
            opened.enter_context(sessions.opened_by(_viewer("192.0.2.3")))
    assert sessions.refused == {"per_address": 1, "sessions": 1}
    assert [record.getMessage() for record in caplog.records] == [
        "refused viewer alice (ssh) from 192.0.2.1: your address has 2 sessions already",
        "refused viewer alice (ssh) from 192.0.2.3: there are 3 sessions already",
    ]
    with sessions.opened_by(_viewer()):
        assert len(sessions) == 1


def test_a_session_is_ended_by_its_number_with_the_first_reason() -> None:
    sessions = Sessions(ViewersConfig(), fake_clocks())
    with sessions.opened_by(_viewer()) as session:
        assert sessions.end(session.number, "an operator ended it")
        session.end("later")
        assert (session.ending.is_set(), session.why_ended) == (True, "an operator ended it")
        assert not sessions.end(99, "nobody")


async def test_a_session_in_which_nothing_is_typed_is_ended() -> None:
    clock = FakeClock()
    sessions = Sessions(ViewersConfig(idle=10.0), fake_clocks(clock))
    with sessions.opened_by(_viewer()) as quiet, sessions.opened_by(_viewer()) as busy:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sessions.run)
            while not quiet.ending.is_set():
                busy.typed()
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        assert quiet.why_ended == "nothing was typed for 10 s"
        assert not busy.ending.is_set()


def test_a_name_is_made_safe_to_show() -> None:
    assert _viewer(name="eve\x1b]52;c;x\x07").title == "viewer eve␛]52;c;x␇ (ssh)"
