"""Peers that send without end or very deep values: the event loop goes on."""

import anyio
import anyio.lowlevel
import pytest

from evtui.bootstrap.engine_setup import open_engine
from evtui.codecs.json_stream import MAX_DEPTH, JsonStream
from evtui.core.errors import BadMessageError
from tests.hostile.hostile_peers import BEHAVIOURS, HostilePeer


def test_values_too_deep_in_each_other_are_refused_when_they_begin() -> None:
    stream = JsonStream()
    assert list(stream.feed(b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"))
    with pytest.raises(BadMessageError, match="more than 500 levels"):
        list(stream.feed(b'{"a":' + b"[" * MAX_DEPTH))


@pytest.mark.parametrize("kind", ["endless", "deep", "huge"])
async def test_the_event_loop_has_its_turn_while_a_peer_sends_without_end(kind: str) -> None:
    peer = HostilePeer(BEHAVIOURS["tcp"][kind])
    turns = 0
    async with open_engine(events=["E_T"], engine={"drain": 0.0}) as engine:
        engine.subscribe("E_T", f"tcp:127.0.0.1:{peer.port}?reliable=true&timeout=60000")
        engine.raise_event("E_T", (1,))
        failed: list[str] = []
        while not failed:
            await anyio.lowlevel.checkpoint()
            turns += 1
            failed = [state.last_error for state in engine.outbox_states().values() if state.last_error]
        engine.close()
    peer.close()
    assert "sent a wrong reply" in failed[0]
    # A mebibyte comes in pieces of 64 KiB: without turns in between there would be as many as there were connections.
    assert turns > 16 if kind != "deep" else turns
