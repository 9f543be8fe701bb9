"""Requests that wait for nothing: a listener serves them while it takes requests, without a queue or a task."""

import json
from typing import Any

import pytest

from evtui.mi.commands.command_table import COMMANDS, find
from evtui.mi.dispatch import Dispatcher
from tests.fakes.engine_fakes import FakeTransport, fake_engine
from tests.fakes.mi_fakes import fake_dispatcher

PARAMS: dict[str, list[Any]] = {
    "raise_event": ["E_T", ["a", 1, "b", "text"]],
    "cache_store": ["local", "name", "value"],
    "cache_fetch": ["local", "name"],
    "cache_remove": ["local", "name"],
    "set_statistic": ["mine", "1"],
    "get_statistics": [["all"]],
    "which": ["event_subscribe"],
    "help": ["pwd"],
}
"""Parameters that those of the commands that are served at once take."""

AT_ONCE = [command.name for command in COMMANDS if command.at_once]


def _request(method: str, params: list[Any], **more: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params} | more).encode()


@pytest.fixture
def dispatcher() -> Dispatcher:
    engine = fake_engine("E_T", "E_OTHER")
    engine.subscribe("E_T", "fake:1")
    return fake_dispatcher(engine)


def test_the_commands_that_are_asked_most_are_served_at_once() -> None:
    assert {"raise_event", "get_statistics", "cache_fetch", "which"} <= set(AT_ONCE)
    assert find("event_subscribe").at_once is None, "a target may be a file, which is opened in a thread"


@pytest.mark.parametrize("name", AT_ONCE)
def test_a_command_that_is_served_at_once_needs_no_event_loop(dispatcher: Dispatcher, name: str) -> None:
    request = _request(name, PARAMS.get(name, []))
    answer = dispatcher.at_once(request)
    assert answer is not None
    assert dispatcher.statistics.requests == 1
    reply = json.loads(answer[0] or b"")
    assert reply["id"] == 1
    assert reply.keys() >= {"result"} or reply["error"]["code"] != -32602, "the parameters of this test are wrong"


async def test_what_is_served_at_once_gets_the_reply_of_the_others(dispatcher: Dispatcher) -> None:
    for request in (
        _request("pwd", []),
        _request("core:pwd", []),
        _request("store", []),
        _request("raise_event", ["E_T", ["a", 1]]),
        _request("raise_event", ["E_OTHER"]),
        _request("raise_event", ["E_NONE"]),
        _request("raise_event", []),
        _request("pwd", [], id=None),
        b'{"jsonrpc":"2.0","method":"pwd"}',
    ):
        assert dispatcher.at_once(request) == (await dispatcher.datagram(request),)
    assert dispatcher.statistics.requests == 18


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"", b":pwd:\n", b"[", b"7", b'{"jsonrpc":"2.0","id":1,"method":"no_such"}', b'{"method":"pwd"}',
        _request("event_subscribe", ["E_T", "fake:2"]), _request("subscribers_list", []),
        b"[" + _request("pwd", []) + b"]",
    ],
)  # fmt: skip
def test_nothing_is_done_for_any_other_request(dispatcher: Dispatcher, request_bytes: bytes) -> None:
    before = dispatcher.statistics.requests, dispatcher.statistics.parse_errors, dispatcher.statistics.refused
    assert dispatcher.at_once(request_bytes) is None
    assert before == (
        dispatcher.statistics.requests, dispatcher.statistics.parse_errors, dispatcher.statistics.refused
    )  # fmt: skip


async def test_raises_of_several_requests_leave_together_and_are_told_to_whoever_asks() -> None:
    transport = FakeTransport()
    engine = fake_engine("E_T", transport=transport)
    engine.subscribe("E_T", "fake:1")
    dispatcher = fake_dispatcher(engine)
    told = json.loads(await dispatcher.datagram(_request("get_statistics", [["evi:raised"]])) or b"")["result"]
    raised = [_request("raise_event", ["E_T", [number]]) for number in range(6)]
    ok = dispatcher.at_once(raised[0])
    for request in raised[1:4]:
        dispatcher.hold()
        assert dispatcher.at_once(request) == ok
    assert len(transport.sent) == 2
    found = json.loads((dispatcher.at_once(_request("get_statistics", [["evi:raised"]])) or (b"",))[0] or b"")["result"]
    assert (len(transport.sent), transport.batches) == (4, [2])
    assert {name: int(count) for name, count in found.items()} == {name: int(count) + 4 for name, count in told.items()}
    for request in raised[4:]:
        dispatcher.hold()
        assert dispatcher.at_once(request) == ok
    dispatcher.let_go()
    assert [json.loads(payload)["params"] for _, payload in transport.sent] == [[number] for number in range(6)]
    dispatcher.at_once(raised[0])
    dispatcher.at_once(raised[0])
    assert len(transport.sent) == 8
