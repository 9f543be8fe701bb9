"""`raise_report` tells what became of one raise, `raises_list` what was raised: on an engine without sockets."""

import json
from typing import Any

import pytest

from evtui.codecs.jsonvalue import Members, loads, to_params
from evtui.core.values import Params
from evtui.engine.engine import Engine
from evtui.mi.dispatch import Dispatcher
from tests.fakes.engine_fakes import FakeClock, FakeTransport, fake_engine
from tests.fakes.mi_fakes import NOON, fake_dispatcher
from tests.unit.mi.commands.test_commands import ask


@pytest.fixture
def wall() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def engine(wall: FakeClock) -> Engine:
    transport = FakeTransport()
    transport.broken["b"] = "ENOENT: No such file or directory"
    engine = fake_engine("E_T", "E_OTHER", wall=wall, transport=transport)
    engine.subscribe("E_T", "fake:a")
    engine.subscribe("E_T", "fake:b")
    return engine


@pytest.fixture
def dispatcher(engine: Engine) -> Dispatcher:
    return fake_dispatcher(engine)


async def raises(dispatcher: Dispatcher, *params: object) -> list[tuple[str, str]]:
    listed: list[dict[str, Any]] = (await ask(dispatcher, "raises_list", params))["Raises"]
    return [(item["event"], item["params"]) for item in listed]


async def test_a_report_tells_each_subscriber(dispatcher: Dispatcher) -> None:
    told = await ask(dispatcher, "raise_report", {"event": "E_T", "params": {"ip": "192.0.2.1"}})
    assert (told["event"], told["serial"]) == ("E_T", 1)
    assert [(item["socket"], item["outcome"], item["reason"]) for item in told["Deliveries"]] == [
        ("fake:b", "failed", "ENOENT: No such file or directory"),
        ("fake:a", "sent", None),
    ]
    assert all(item["latency"] >= 0 for item in told["Deliveries"])


async def test_it_is_refused_as_raise_event_is(dispatcher: Dispatcher) -> None:
    assert (await ask(dispatcher, "raise_report", ["E_OTHER"]))["code"] == 480
    assert (await ask(dispatcher, "raise_report", ["E_NONE"]))["code"] == 404
    assert (await ask(dispatcher, "raise_report", ["E_T", "[1"]))["code"] == 400
    assert (await ask(dispatcher, "raise_report", ["E_T", ["a"], 99_999]))["code"] == -32602
    assert (await ask(fake_dispatcher(), "evi:raise_report", ["E_T"]))["code"] == 480


async def test_what_was_raised_is_listed_oldest_first(dispatcher: Dispatcher, engine: Engine, wall: FakeClock) -> None:
    engine.raise_event("E_T", {"n": 1})
    wall.pass_by(-100)
    engine.raise_event("E_T", {"n": 2})
    wall.pass_by(50)
    engine.raise_event("E_OTHER", ["x"])
    assert await raises(dispatcher, 60) == [("E_T", '{"n":1}'), ("E_OTHER", '["x"]')]
    assert await raises(dispatcher, 1000, "E_T") == [("E_T", '{"n":1}'), ("E_T", '{"n":2}')]
    assert await raises(dispatcher, 1000, "E_O*") == [("E_OTHER", '["x"]')]
    assert await raises(dispatcher, 1000, "*", "fake:a") == [("E_OTHER", '["x"]')], "the socket was sent the others"
    assert (await ask(dispatcher, "raises_list", [-1]))["code"] == -32602


async def test_no_parameter_is_lost(dispatcher: Dispatcher, engine: Engine) -> None:
    odd = Params(("\udcff", 2**70, None, 0.5), ("a", "a", "\u2028", ""))
    engine.raise_event("E_T", odd)
    [(_, text)] = await raises(dispatcher, 60)
    read = loads(text)
    assert isinstance(read, Members)
    assert to_params(read) == odd


async def test_a_long_journal_is_listed_whole(dispatcher: Dispatcher, engine: Engine) -> None:
    for number in range(2000):
        engine.raise_event("E_OTHER" if number % 3 else "E_T", {"n": number})
    listed = await raises(dispatcher, 60, "E_T")
    assert [json.loads(params)["n"] for _, params in listed] == list(range(0, 2000, 3))
