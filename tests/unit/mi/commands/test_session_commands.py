"""The commands about sessions of viewers."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.viewers.session_state import SessionState
from evtui.mi.dispatch import Dispatcher
from tests.fakes.engine_fakes import fake_engine
from tests.fakes.mi_fakes import fake_about

ALICE = SessionState(3, "alice", "viewer", "ssh", "192.0.2.7", "console", 1_790_000_000.1234, 4.26)


class OneSession:
    """The session of alice, until it is ended; satisfies `SessionControl`."""

    def __init__(self) -> None:
        self.ended: list[tuple[int, str]] = []

    def states(self) -> Sequence[SessionState]:
        return () if self.ended else (ALICE,)

    def counters(self) -> Mapping[str, int]:
        return {"viewers:sessions": len(self.states())}

    def end(self, number: int, why: str) -> bool:
        if number != ALICE.number or self.ended:
            return False
        self.ended.append((number, why))
        return True


def server(sessions: OneSession | None, *, read_only: bool = False) -> Dispatcher:
    return Dispatcher(EmbeddedBackend(fake_engine("E_T"), read_only=read_only), fake_about(), sessions=sessions)


async def ask(dispatcher: Dispatcher, method: str, *params: object) -> Any:
    reply = await dispatcher.json(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode())
    answer = json.loads(reply or b"")
    return answer.get("result", answer.get("error"))


@pytest.mark.parametrize("read_only", [False, True])
async def test_sessions_are_listed_also_by_a_read_only_server(read_only: bool) -> None:
    assert await ask(server(OneSession(), read_only=read_only), "sessions_list") == {
        "Sessions": [
            {
                "number": 3, "name": "alice", "role": "viewer", "door": "ssh", "address": "192.0.2.7",
                "what": "console", "began": 1_790_000_000.123, "idle": 4.3,
            }
        ]
    }  # fmt: skip


async def test_a_session_is_ended_once_and_told_why() -> None:
    sessions = OneSession()
    dispatcher = server(sessions)
    assert await ask(dispatcher, "session_end", 3) == "OK"
    assert sessions.ended == [(3, "it was ended by a client of the management interface")]
    assert (await ask(dispatcher, "session_end", 3))["code"] == 404
    assert (await ask(dispatcher, "session_end", "three"))["code"] == -32602


async def test_a_read_only_server_ends_no_session() -> None:
    sessions = OneSession()
    refused = await ask(server(sessions, read_only=True), "session_end", 3)
    assert refused["code"] == 403
    assert "read-only" in refused["data"]
    assert not sessions.ended


async def test_a_server_without_doors_says_so() -> None:
    for method, params in (("sessions_list", ()), ("session_end", (3,))):
        assert (await ask(server(None), method, *params))["message"] == "No viewers here"
