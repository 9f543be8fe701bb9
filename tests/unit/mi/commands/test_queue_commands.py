"""The commands of queued transports: list the outboxes, rotate a flat file."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio

from evtui.backends.embedded import EmbeddedBackend
from evtui.core.errors import DeliveryError, UnknownEventError
from evtui.core.transport import Notification, OutboxPolicy
from evtui.core.values import NO_PARAMS, Socket
from evtui.engine.catalogue import Catalogue
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.mi.dispatch import Dispatcher
from evtui.mi.protocol.line_protocol import LineRequest
from evtui.storage.spool import SqliteSpool
from tests.fakes.engine_fakes import FakeClock
from tests.fakes.mi_fakes import fake_about
from tests.fakes.queued_fakes import FakeQueuedTransport
from tests.limits import HANG


async def ask(dispatcher: Dispatcher, method: str, *params: object) -> Any:
    reply = await dispatcher.json(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode())
    assert reply is not None
    answer = json.loads(reply)
    return answer.get("result", answer.get("error"))


def waiting_engine(clock: FakeClock) -> Engine:
    """An engine whose outboxes only fill, because it does not run."""
    engine = Engine(Catalogue(), [FakeQueuedTransport()], Journal(), clock=clock, wall=FakeClock(1e9))
    for event in ("E_T", "E_OTHER"):
        engine.publish(event)
        engine.subscribe(event, "wait:a@secret")
    return engine


async def test_a_destination_is_listed_once_with_what_waits_and_for_how_long() -> None:
    clock = FakeClock()
    engine = waiting_engine(clock)
    for event in ("E_T", "E_OTHER", "E_T"):
        engine.raise_event(event)
    clock.pass_by(12.5)
    listed = await ask(Dispatcher(EmbeddedBackend(engine), fake_about()), "queues_list")
    (queue,) = listed["Queues"]
    assert queue.pop("bytes") >= 100
    assert queue == {
        "socket": "wait:a", "state": "idle", "queued": 3, "age": 12.5, "attempt": 0, "retry_in": None, "delivered": 0,
        "failed": 0, "dropped": 0, "durable": False, "last_error": None,
    }  # fmt: skip
    statistics = await ask(Dispatcher(EmbeddedBackend(engine), fake_about()), "get_statistics", ["evi:queued"])
    assert statistics == {"evi:queued": 3}
    names = ["evi:queue_bytes", "evi:queue_limit", "evi:queue_overflows"]
    bound = await ask(Dispatcher(EmbeddedBackend(engine), fake_about()), "get_statistics", names)
    assert bound["evi:queue_bytes"] > 3 * 512
    assert (bound["evi:queue_limit"], bound["evi:queue_overflows"]) == (512 << 20, 0)


async def test_in_the_line_protocol_a_queue_is_one_line_whatever_its_last_error_is() -> None:
    clock = FakeClock()
    transport = FakeQueuedTransport(OutboxPolicy(retries=0, backoff=0.001))
    engine = Engine(Catalogue(), [transport], Journal(), clock=clock, wall=FakeClock(1e9))
    engine.publish("E_T")
    engine.subscribe("E_T", "wait:a")
    raised = engine.raise_event("E_T")
    transport.sender("a").refuses[raised.payloads[0]] = "fault 4: no\n\nQueue:: socket=wait:b\r"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.run)
        with anyio.fail_after(HANG):
            while engine.outbox_states()[Socket("wait", "a")].queued:
                await engine.journal.wait_beyond(engine.journal.written)
        tasks.cancel_scope.cancel()
    reply = await Dispatcher(EmbeddedBackend(engine), fake_about()).line(LineRequest("queues_list", b""))
    assert reply == (
        b"200 OK\nQueue::  socket=wait:a state=idle queued=0 bytes=0 age=0.0 attempt=0 delivered=0 failed=1 dropped=0"
        b" durable=false last_error=fault 4: no\\n\\nQueue:: socket=wait:b\\r\n\n"
    )


async def test_the_name_of_4_0_means_the_same_and_without_outboxes_the_list_is_empty() -> None:
    engine = Engine(Catalogue(), [FakeQueuedTransport()], Journal(), clock=FakeClock(), wall=FakeClock(1e9))
    assert await ask(Dispatcher(EmbeddedBackend(engine), fake_about()), "evi:queues") == {"Queues": []}


async def test_what_waits_though_its_subscription_has_ended_is_listed_too() -> None:
    engine = waiting_engine(FakeClock())
    engine.raise_event("E_T")
    for event in ("E_T", "E_OTHER"):
        engine.unsubscribe(event, "wait:a")
    (queue,) = (await ask(Dispatcher(EmbeddedBackend(engine), fake_about()), "queues_list"))["Queues"]
    assert (queue["socket"], queue["queued"]) == ("wait:a", 1)


async def test_one_subscriber_is_found_by_its_socket_with_the_password_and_listed_without() -> None:
    dispatcher = Dispatcher(EmbeddedBackend(waiting_engine(FakeClock())), fake_about())
    for socket in ("wait:a", "wait:a@secret", "wait:a@other"):
        found = await ask(dispatcher, "subscribers_list", "E_T", socket)
        assert found["Event"]["Subscriber"] == {"socket": "wait:a", "expire": "never"}
    for socket in ("wait:b", "unknown:a", "wait:bad"):
        assert (await ask(dispatcher, "subscribers_list", "E_T", socket))["message"] == "Subscriber does not exist"


async def test_rotating_is_passed_on_and_its_refusals_are_reported() -> None:
    rotated: list[str] = []

    async def rotate(path: str) -> None:
        rotated.append(path)
        if path == "/full":
            raise DeliveryError("ENOSPC: no room")
        if path == "/unknown":
            raise UnknownEventError(path)

    dispatcher = Dispatcher(EmbeddedBackend(waiting_engine(FakeClock())), fake_about(), rotate)
    assert await ask(dispatcher, "evi_flat_rotate", "/a") == "OK"
    assert await ask(dispatcher, "event_flatstore:rotate", "/b") == "OK"
    assert (await ask(dispatcher, "evi_flat_rotate", "/full"))["data"] == "ENOSPC: no room"
    assert (await ask(dispatcher, "evi_flat_rotate", "/unknown"))["code"] == 400
    assert rotated == ["/a", "/b", "/full", "/unknown"]


async def test_a_read_only_server_rotates_nothing_and_one_without_files_says_so() -> None:
    async def rotate(path: str) -> None:
        raise AssertionError(path)

    engine = waiting_engine(FakeClock())
    dispatcher = Dispatcher(EmbeddedBackend(engine, read_only=True), fake_about(), rotate)
    assert (await ask(dispatcher, "evi_flat_rotate", "/a"))["code"] == 403
    dispatcher = Dispatcher(EmbeddedBackend(engine), fake_about())
    assert (await ask(dispatcher, "evi_flat_rotate", "/a"))["code"] == 404


async def test_what_the_spool_set_aside_is_counted_in_every_protocol(tmp_path: Path) -> None:
    with closing(SqliteSpool(tmp_path / "spool.db", wall=FakeClock())) as spool:
        for serial in (1, 2):
            spool.add(Socket("wait", "a"), "wait:a", Notification("run", serial, 1e9, "E_T", NO_PARAMS, b"x"))
        with closing(sqlite3.connect(tmp_path / "spool.db")) as connection, connection:
            connection.execute("UPDATE letters SET head = '{' WHERE key = 1")
        engine = Engine(
            Catalogue(), [FakeQueuedTransport()], Journal(), clock=FakeClock(), wall=FakeClock(1e9), spool=spool
        )
        engine.publish("E_T")
        engine.subscribe("E_T", "wait:a")
        dispatcher = Dispatcher(EmbeddedBackend(engine), fake_about())
        listed = await ask(dispatcher, "queues_list")
        assert listed["Spool"] == {"set_aside": 1}
        assert [queue["queued"] for queue in listed["Queues"]] == [1]
        assert b"Spool::  set_aside=1" in (await dispatcher.line(LineRequest("queues_list", b"")) or b"")
        engine.close()
