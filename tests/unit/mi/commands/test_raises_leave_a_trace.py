"""Every raise over the management interface is a record and is counted, whatever its answer was."""

import json
from typing import Any

import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.records import Raised, Record, Refused
from evtui.core.values import Params
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.mi.protocol.line_protocol import LineRequest
from tests.fakes.engine_fakes import fake_engine
from tests.fakes.mi_fakes import fake_dispatcher

LONG = "x" * 100_000


async def raised_over_mi(engine: Engine, params: object, *, read_only: bool = False) -> tuple[int, list[Record]]:
    """Ask for a raise; returns the code of the refusal and the records."""
    watch = engine.watch()
    dispatcher = fake_dispatcher(backend=EmbeddedBackend(engine, read_only=read_only))
    request = {"jsonrpc": "2.0", "id": 1, "method": "raise_event", "params": params}
    reply: Any = json.loads(await dispatcher.json(json.dumps(request).encode()) or b"")
    return reply["error"]["code"] if "error" in reply else 0, list(watch.read())


async def test_a_raise_no_subscribers_gets_its_480_and_is_a_record_with_its_parameters() -> None:
    engine = fake_engine("E_T")
    code, records = await raised_over_mi(engine, {"event": "E_T", "params": {"ip": "192.0.2.1", "n": 3}})
    assert code == 480
    (record,) = records
    assert isinstance(record, Raised)
    assert (record.event, record.params, record.plan.size) == ("E_T", Params(("192.0.2.1", 3), ("ip", "n")), 0)
    (state,) = engine.event_states()
    assert (state.raised, state.no_subscribers, state.refused, state.last_at) == (1, 1, 0, record.at)
    assert engine.totals().no_subscribers == 1


REFUSED: list[tuple[object, bool, int, str, str]] = [
    (["E_T"], True, 403, "E_T", "read-only"),
    (["E_NONE"], True, 403, "E_NONE", "read-only"),
    (["E_T", 5], False, 400, "E_T", "bad parameters"),
    (["E_T", "no json"], False, 400, "E_T", "bad parameters"),
    (["E_NOBODY", "no json"], False, 480, "E_NOBODY", "bad parameters"),
    (["E_NONE"], False, 404, "E_NONE", "unknown event"),
    ([7], False, 404, "7", "unknown event"),
    ([], False, -32602, "", "bad parameters"),
    (["E_T", [], 3], False, -32602, "E_T", "bad parameters"),
    ({"event": "E_T", "parms": {}}, False, -32602, "E_T", "bad parameters"),
    ({"name": "E_T"}, False, -32602, "", "bad parameters"),
    ({"event": [1]}, False, -32602, "", "bad parameters"),
]
"""Parameters, whether the server is read-only, the code of the refusal, and event and cause of the record."""


@pytest.mark.parametrize(("params", "read_only", "code", "event", "cause"), REFUSED)
async def test_each_refused_raise_is_a_record_with_its_cause_and_is_counted(
    params: object, read_only: bool, code: int, event: str, cause: str
) -> None:
    engine = fake_engine("E_T", "E_NOBODY")
    engine.subscribe("E_T", "fake:a")
    told, records = await raised_over_mi(engine, params, read_only=read_only)
    assert told == code
    (record,) = records
    assert isinstance(record, Refused)
    assert (record.event, record.cause) == (event, cause)
    assert record.reason
    assert engine.totals().refused == 1
    assert sum(state.refused or 0 for state in engine.event_states()) == (event in {"E_T", "E_NOBODY"})


async def test_a_refused_raise_of_the_line_protocol_is_a_record_too() -> None:
    engine = fake_engine("E_T")
    watch = engine.watch()
    await fake_dispatcher(engine).line(LineRequest("raise_event", b"E_T\nname::1\n2\n"))
    assert [(type(record), record.event) for record in watch.read() if isinstance(record, Refused)] == [
        (Refused, "E_T")
    ]


async def test_what_strangers_raise_no_subscribers_or_wrongly_fills_no_memory() -> None:
    journal = Journal(max_bytes=1_000_000)
    engine = fake_engine("E_T", journal=journal)
    for _ in range(50):
        await raised_over_mi(engine, {"event": "E_T", "params": {"text": LONG}})
        await raised_over_mi(engine, [LONG])
        await raised_over_mi(engine, ["E_T", LONG])
    kept, _ = journal.since(0)
    texts = [value for record in kept if isinstance(record, Raised) for value in record.params.values]
    assert sum(len(str(text)) for text in texts) <= 1_000_000
    assert all(len(record.event) <= 64 and len(record.reason) <= 500 for record in kept if isinstance(record, Refused))


async def test_the_counters_of_events_are_told_for_all_or_for_one() -> None:
    engine = fake_engine("E_T", "E_NOBODY")
    engine.subscribe("E_T", "fake:a")
    dispatcher = fake_dispatcher(engine)
    for event in ("E_T", "E_NOBODY", "E_NOBODY"):
        await raised_over_mi(engine, [event])
    request = {"jsonrpc": "2.0", "id": 1, "method": "evi:counters"}
    reply = json.loads(await dispatcher.json(json.dumps(request).encode()) or b"")
    assert [
        (item["name"], item["raised"], item["sent"], item["no_subscribers"]) for item in reply["result"]["Events"]
    ] == [
        ("E_T", 1, 1, 0),
        ("E_NOBODY", 2, 0, 2),
    ]
    one = json.loads(await dispatcher.json(json.dumps(request | {"params": ["E_NOBODY"]}).encode()) or b"")
    assert one["result"]["Events"][0] == {
        "name": "E_NOBODY", "id": 1, "raised": 2, "sent": 0, "failed": 0, "dropped": 0,
        "no_subscribers": 2, "refused": 0,
    }  # fmt: skip
    unknown = json.loads(await dispatcher.json(json.dumps(request | {"params": ["E_NONE"]}).encode()) or b"")
    assert unknown["error"]["code"] == 404
