"""The reply of each command, over JSON-RPC and the line protocol, on an engine without sockets."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.errors import BackendError
from evtui.core.ports import EventState, Status
from evtui.core.values import Event, Params
from evtui.engine.engine import Engine
from evtui.mi.commands.about import MemoryUse
from evtui.mi.commands.command_table import COMMANDS, find
from evtui.mi.dispatch import Dispatcher
from evtui.mi.load_meter import LoadMeter
from evtui.mi.protocol.line_protocol import LineRequest
from evtui.mi.refusals import RefusedError
from tests.fakes.engine_fakes import FakeClock, FakeTransport, fake_engine
from tests.fakes.mi_fakes import fake_about, fake_dispatcher


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


@pytest.fixture
def engine(clock: FakeClock, transport: FakeTransport) -> Engine:
    engine = fake_engine("E_T", "E_OTHER", clock=clock, transport=transport)
    engine.subscribe("E_T", "fake:a", 60)
    engine.subscribe("E_T", "fake:b")
    return engine


@pytest.fixture
def dispatcher(engine: Engine) -> Dispatcher:
    return fake_dispatcher(engine)


async def ask(dispatcher: Dispatcher, method: str, params: object = ()) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    reply = await dispatcher.json(body.encode())
    assert reply is not None
    answer = json.loads(reply)
    return answer.get("result", answer.get("error"))


async def line(dispatcher: Dispatcher, command: str, *arguments: str) -> str:
    return (await dispatcher.line(LineRequest(command, "\n".join([*arguments, ""]).encode()))).decode()


async def test_subscribing_makes_refreshes_and_ends(dispatcher: Dispatcher, engine: Engine) -> None:
    assert await ask(dispatcher, "event_subscribe", ["E_OTHER", "fake:c"]) == "OK"
    assert [state.subscription.expire for state in engine.subscription_states("E_OTHER")] == [3600]
    assert await ask(dispatcher, "event_subscribe", {"event": "E_OTHER", "socket": "fake:c", "expire": "20"}) == "OK"
    assert [state.subscription.expire for state in engine.subscription_states("E_OTHER")] == [20]
    assert await ask(dispatcher, "event_subscribe", ["E_OTHER", "fake:c", 0]) == "OK"
    assert engine.subscription_states("E_OTHER") == ()


async def test_a_wildcard_subscribes_to_all_it_matches(dispatcher: Dispatcher, engine: Engine) -> None:
    assert await ask(dispatcher, "event_subscribe", ["E_*", "fake:w"]) == "OK"
    assert [len(engine.subscription_states(name)) for name in ("E_T", "E_OTHER")] == [3, 1]


@pytest.mark.parametrize(
    ("params", "part"),
    [
        (["E_NOPE", "fake:a"], "unknown event 'E_NOPE'"),
        (["E_T", "zzz:a"], "socket: no transport 'zzz'; known are fake"),
        (["E_T", "fake:bad"], "socket: "),
    ],
)
async def test_a_refused_subscription_says_which_part_is_wrong(
    params: list[str], part: str, dispatcher: Dispatcher
) -> None:
    error = await ask(dispatcher, "event_subscribe", params)
    assert (error["code"], error["message"]) == (400, "Bad parameter value")
    assert error["data"].startswith(part)
    assert await line(dispatcher, "event_subscribe", *params) == "400 Bad parameter\n\n"


async def test_the_time_left_counts_down_in_whole_seconds_that_have_begun(
    dispatcher: Dispatcher, clock: FakeClock
) -> None:
    async def ttl() -> object:
        return (await ask(dispatcher, "subscribers_list", ["E_T", "fake:a"]))["Event"]["Subscriber"].get("ttl")

    assert await ttl() == 60
    clock.pass_by(0.4)
    assert await ttl() == 60
    clock.pass_by(58.7)
    assert await ttl() == 1
    permanent = await ask(dispatcher, "subscribers_list", ["E_T", "fake:b"])
    assert permanent["Event"]["Subscriber"] == {"socket": "fake:b", "expire": "never"}


async def test_lists_are_written_in_both_protocols(dispatcher: Dispatcher) -> None:
    assert await ask(dispatcher, "events_list") == {"Events": [{"name": "E_T", "id": 0}, {"name": "E_OTHER", "id": 1}]}
    head = "200 OK\nEvent:: E_T id=0\n\tSubscriber::  socket=fake:b expire=never\n"
    assert await line(dispatcher, "subscribers_list") == head + "\tSubscriber::  socket=fake:a expire=60\n\n"
    assert await line(dispatcher, "subscribers_list", "E_OTHER") == "200 OK\n\n"


async def test_no_reply_of_the_line_protocol_shows_an_object_of_the_program(dispatcher: Dispatcher) -> None:
    await ask(dispatcher, "raise_event", ["E_T", ["a"]])
    for command in COMMANDS:
        if () in command.sets:
            assert "{'" not in await line(dispatcher, command.name), command.name
    counters = await line(dispatcher, "event_counters", "E_T")
    assert counters.startswith("200 OK\nEvent:: E_T id=0 raised=1 sent=2 failed=0 dropped=0 no_subscribers=0 refused=0")
    report = await line(dispatcher, "delivery_report", "E_T")
    assert report.startswith("200 OK\nevent:: E_T\nsocket:: fake:b\nanswer:: It is subscribed to E_T and missed no")
    assert "\nStep::  what=delivered " in report
    assert "{'" not in report


RAISED: list[tuple[list[object], Params]] = [
    (["E_T"], Params()),
    (["E_T", []], Params()),
    (["E_T", ["a", 1, 1.5, None, True, [1, {"b": 2}]]], Params(("a", 1, 1.5, None, "true", '[1,{"b":2}]'))),
    (["E_T", {"a": 1, "b": "two"}], Params((1, "two"), ("a", "b"))),
    (["E_T", '{"a":1,"a":2,"":"x"} trailing'], Params((1, 2, "x"), ("a", "a", ""))),
    (["E_T", '{"big":9223372036854775807}'], Params((9223372036854775807,), ("big",))),
]


@pytest.mark.parametrize(("params", "expected"), RAISED)
async def test_raising_takes_values_pairs_or_the_text_of_pairs(
    params: list[object], expected: Params, dispatcher: Dispatcher, engine: Engine, transport: FakeTransport
) -> None:
    assert await ask(dispatcher, "raise_event", params) == "OK"
    assert engine.event_states()[0].last_params == expected
    assert [address for address, _ in transport.sent] == ["b", "a"]


@pytest.mark.parametrize(
    ("params", "code", "message"),
    [
        (["E_NOPE"], 404, "Event not registered"),
        (["E_OTHER"], 480, "Temporarily Unavailable"),
        (["E_OTHER", "nonsense"], 480, "Temporarily Unavailable"),
        (["E_T", "nonsense"], 400, "Bad Params"),
        (["E_T", "[1]"], 400, "Bad Params"),
        (["E_T", '{"a":"\\ud800"}'], 400, "Bad Params"),
        (["E_T", 5], 400, "Bad Params"),
        (["E_T", None], 400, "No Params"),
        (["E_T", True], 400, "No Params"),
    ],
)
async def test_a_raise_is_refused_in_the_order_and_with_the_texts_of_the_reference(
    params: list[object], code: int, message: str, dispatcher: Dispatcher, transport: FakeTransport
) -> None:
    error = await ask(dispatcher, "raise_event", params)
    assert (error["code"], error["message"]) == (code, message)
    assert transport.sent == []


async def test_statistics_are_found_by_name_group_or_all(dispatcher: Dispatcher, engine: Engine) -> None:
    engine.raise_event("E_T")
    assert await ask(dispatcher, "get_statistics", [["raised", "evi:sent", "nosuch"]]) == {
        "evi:raised": 1,
        "evi:sent": 2,
    }
    everything = await ask(dispatcher, "get_statistics", [["all"]])
    groups = [["evi:", "mi:", "core:", "load:"]]
    assert everything == {**await ask(dispatcher, "get_statistics", groups), "mi:requests": 2}
    assert await ask(dispatcher, "get_statistics", [["nosuch"]]) == {}
    assert await ask(dispatcher, "list_statistics", [["evi:raised", "nosuch"]]) == {"evi:raised": "incremental"}
    assert list(await ask(dispatcher, "list_statistics")) == list(everything)
    assert await line(dispatcher, "get_statistics", "evi:subscriptions") == "200 OK\nevi:subscriptions:: 2\n\n"


async def test_the_process_describes_itself(dispatcher: Dispatcher) -> None:
    assert await ask(dispatcher, "version", ["revision"]) == await ask(dispatcher, "version")
    assert await ask(dispatcher, "version") == {"Server": "evtui (0.1.0 (x86_64/linux))"}
    assert (await ask(dispatcher, "uptime"))["Up time"] == "90 [sec]"
    assert await ask(dispatcher, "pwd") == {"WD": "/srv"}
    assert await ask(dispatcher, "arg") == ["evtui", "serve"]
    assert await line(dispatcher, "arg") == "200 OK\nevtui\nserve\n\n"
    assert await line(dispatcher, "ps", "ignored") == "200 OK\nProcess::  ID=0 PID=4711 Type=attendant\n\n"


async def test_the_transports_are_listed_with_their_grammar(dispatcher: Dispatcher) -> None:
    listed = await ask(dispatcher, "transports_list")
    assert [entry["scheme"] for entry in listed["Transports"]] == ["fake"]
    assert (await line(dispatcher, "transports_list")).startswith("200 OK\nTransport::  scheme=fake socket=fake:")


async def test_each_command_is_listed_and_has_parameter_sets_and_a_help_text(dispatcher: Dispatcher) -> None:
    listed = await ask(dispatcher, "which")
    assert set(listed) == {name for command in COMMANDS for name in (command.name, command.qualified)}
    for name in listed:
        assert await ask(dispatcher, "which", [name]) == [list(names) for names in find(name).sets]
        assert len((await ask(dispatcher, "help", [name]))["Help"]) > 10
    assert (await ask(dispatcher, "help", ["nosuch"]))["message"] == "unknown MI command"
    assert await ask(dispatcher, "which", ["evi:"]) == [name for name in listed if name.startswith("evi:")]
    assert isinstance(await ask(dispatcher, "help"), str)


def test_the_last_part_of_a_name_of_4_0_is_enough_when_only_one_command_has_it() -> None:
    assert find("raise").name == "raise_event"
    with pytest.raises(RefusedError) as ambiguous:
        find("list")
    assert ambiguous.value.code == -32001
    assert ambiguous.value.data == "supported names: statistics:list, evi:list"
    for nothing in ("", ":", "nosuch", "evi:", "Which"):
        with pytest.raises(RefusedError) as unknown:
            find(nothing)
        assert unknown.value.code == -32601


async def test_a_read_only_server_says_so(engine: Engine) -> None:
    dispatcher = fake_dispatcher(backend=EmbeddedBackend(engine, read_only=True))
    for method, params in (("event_subscribe", ["E_T", "fake:a"]), ("raise_event", ["E_T"])):
        assert (await ask(dispatcher, method, params))["code"] == 403


async def test_a_backend_that_is_away_is_a_server_error(engine: Engine) -> None:
    dispatcher = fake_dispatcher(backend=_Away(engine))
    assert await ask(dispatcher, "event_subscribe", ["E_T", "fake:a"]) == {
        "code": -32000,
        "message": "Server error",
        "data": "gone",
    }
    assert await line(dispatcher, "event_subscribe", "E_T", "fake:a") == "500 Server error\n\n"


async def test_a_json_rpc_notification_is_run_without_a_reply(dispatcher: Dispatcher, transport: FakeTransport) -> None:
    assert await dispatcher.json(b'{"jsonrpc":"2.0","method":"raise_event","params":["E_T"]}') is None
    assert len(transport.sent) == 2
    assert await dispatcher.json(b'[{"jsonrpc":"2.0","method":"raise_event","params":["E_T"]}]') is None


async def test_what_is_refused_is_counted(dispatcher: Dispatcher) -> None:
    await ask(dispatcher, "nosuch")
    await dispatcher.json(b"nonsense")
    await line(dispatcher, "event_subscribe", '"open')
    await line(dispatcher, "nosuch")
    statistics = dispatcher.statistics
    assert (statistics.requests, statistics.refused, statistics.parse_errors) == (3, 2, 2)


class _Away(EmbeddedBackend):
    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Any, ...]:
        raise BackendError("gone")


class BrokenBackend(EmbeddedBackend):
    """A backend whose code fails."""

    def catalogue(self) -> Sequence[Event]:
        """Fail with an error that no backend may raise."""
        raise ZeroDivisionError("an error in the code")


async def test_an_error_in_a_command_is_replied_and_counted_and_the_server_goes_on() -> None:
    dispatcher = fake_dispatcher(backend=BrokenBackend(fake_engine("E_T")))
    reply = await dispatcher.json(b'{"jsonrpc":"2.0","id":7,"method":"events_list"}')
    assert reply == b'{"jsonrpc":"2.0","error":{"code":-32603,"message":"Internal error"},"id":7}'
    assert await dispatcher.datagram(b":events_list:\n") == b"500 Internal error\n\n"
    assert dispatcher.statistics.internal_errors == 2


class _ListingNothing(EmbeddedBackend):
    async def events(self) -> Sequence[EventState]:
        raise AssertionError("a request about one event walked all events")

    async def status(self) -> Status:
        raise AssertionError("a request that shows no outbox walked all outboxes")


async def test_a_request_about_one_event_or_the_counters_describes_no_other_event_and_no_outbox() -> None:
    engine = fake_engine("E_T", "E_OTHER")
    engine.subscribe("E_T", "fake:a")
    dispatcher = fake_dispatcher(backend=_ListingNothing(engine))
    for request in (
        b'"subscribers_list","params":["E_T"]', b'"subscribers_list","params":{"event":"E_T","socket":"fake:a"}',
        b'"raise_event","params":["E_T"]', b'"get_statistics","params":[["all"]]', b'"list_statistics"',
        b'"events_list"', b'"queues_list"',
    ):  # fmt: skip
        reply = await dispatcher.json(b'{"jsonrpc":"2.0","id":1,"method":' + request + b"}")
        assert b'"result"' in (reply or b""), (request, reply)
    assert dispatcher.statistics.internal_errors == 0


async def test_a_statistic_is_found_by_each_text_that_names_it_in_the_order_of_the_texts() -> None:
    dispatcher = fake_dispatcher()
    found = await ask(dispatcher, "get_statistics", [["sent", "evi:raised", "nothing", "sent"]])
    assert list(found) == ["evi:sent", "evi:raised"]
    of_group = await ask(dispatcher, "get_statistics", [["evi:"]])
    everything = await ask(dispatcher, "get_statistics", [["all"]])
    assert {name for name in everything if name.startswith("evi:")} == set(of_group)
    assert await ask(dispatcher, "get_statistics", [["evi"]]) == {}


async def test_a_read_only_server_refuses_each_change_whatever_else_is_wrong() -> None:
    dispatcher = fake_dispatcher(backend=EmbeddedBackend(fake_engine("E_T"), read_only=True))
    for method, params in [
        ("raise_event", ["E_T"]), ("raise_event", ["E_NONE"]), ("event_subscribe", ["E_T", "fake:a"]),
        ("event_subscribe", ["E_NONE", "x"]), ("evi_flat_rotate", ["/tmp/x"]), ("cache_store", ["local", "k", "v"]),
        ("cache_remove", ["", ""]),
    ]:  # fmt: skip
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        reply = json.loads(await dispatcher.json(json.dumps(request).encode()) or b"")
        assert reply["error"]["code"] == 403, (method, params)


async def test_the_servers_own_statistics_are_told_as_far_as_they_are_known() -> None:
    clock = FakeClock()
    used = [0.0]
    load = LoadMeter(clock, lambda: used[0])
    clock.pass_by(2)
    used[0] = 0.5
    memory = MemoryUse(limit=1000, used=300, peak=400)
    about = replace(fake_about(), load=load, memory=lambda: memory)
    dispatcher = Dispatcher(EmbeddedBackend(fake_engine("E_T")), about)
    assert await ask(dispatcher, "get_statistics", [["core:", "load:", "shmem:", "pkmem:"]]) == {
        "core:rcv_requests": 0, "core:rcv_replies": 0, "core:timestamp": 90, "load:load": 25, "load:load-all": 25,
        "load:load1m": 25, "load:load1m-all": 25, "load:load10m": 25, "load:load10m-all": 25,
        "load:processes_number": 1, "shmem:total_size": 1000, "shmem:used_size": 300, "shmem:real_used_size": 300,
        "shmem:max_used_size": 400, "shmem:free_size": 700,
    }  # fmt: skip
    kinds = await ask(dispatcher, "list_statistics", [["timestamp", "total_size", "load", "rcv_requests"]])
    assert list(kinds.values()) == ["non-incremental"] * 3 + ["incremental"]


@pytest.mark.parametrize("method", ["cache_fetch", "cache_store", "cache_remove"])
async def test_there_is_no_cache_without_a_script(method: str) -> None:
    params = ["local", "k", "v"][: 3 if method == "cache_store" else 2]
    assert await ask(fake_dispatcher(), method, params) == {
        "code": 500,
        "message": f"{method.replace('_', ' ').capitalize()} command failed",
        "data": "no script is loaded: start evtui with --script FILE",
    }
