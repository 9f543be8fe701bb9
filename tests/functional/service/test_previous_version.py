"""Files that the release before wrote: an engine takes up their subscriptions and delivers their notifications.

`tests/data/previous_version` was written by an engine of that release with these settings: every queued transport
durable, the events E_CALL, E_CALL_END and E_OTHER. Three raises of E_CALL wait for six destinations, one of them a
branch of a virtual socket.
"""

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import anyio

from evtui.bootstrap.engine_setup import open_engine
from evtui.core.values import Socket
from tests.functional.transports.stream_peers import Peer, peer, reply
from tests.paths import TEST_DATA

PLACES = ("127.0.0.1:11/", "127.0.0.1:12/")
"""Where the tcp and the jsonrpc subscriber of the files are."""
OLD = [{"caller": "alice", "n": 1}, ["a\udcffb", None, 2, 1.5]]
SAVED_AT = 1795935050.3947647
"""Wall seconds at which the state file was written. The copies say now: some of its subscriptions last two hours."""
FAR_FUTURE = 1_000_000_000


def files(folder: Path, *ports: int) -> dict[str, str]:
    """Copy the files; the subscribers in them are at these ports of now."""
    state = (TEST_DATA / "previous_version" / "state.json").read_text()
    shutil.copy(TEST_DATA / "previous_version" / "spool.db", folder)
    with closing(sqlite3.connect(folder / "spool.db")) as connection, connection:
        for old, port in zip(PLACES, ports, strict=True):
            new = f"127.0.0.1:{port}/"
            state = state.replace(old, new)
            connection.execute(
                "UPDATE destinations SET socket = CAST(replace(socket, ?1, ?2) AS BLOB),"
                " source = CAST(replace(source, ?1, ?2) AS BLOB)",
                (old, new),
            )
    (folder / "state.json").write_text(state.replace(f'"saved": {SAVED_AT}', f'"saved": {time.time()}'))
    return {"state": str(folder / "state.json"), "spool": str(folder / "spool.db")}


async def acknowledge(_: Peer, stream: anyio.abc.SocketStream, objects: list[dict[str, object]]) -> None:
    for each in objects:
        await stream.send(reply(each["id"]))


async def test_notifications_in_the_spool_of_the_previous_version_are_delivered(tmp_path: Path) -> None:
    async with peer() as tcp, peer(acknowledge) as jsonrpc:
        kept = files(tmp_path, tcp.port, jsonrpc.port)
        async with open_engine(engine={**kept, "drain": 0.0}) as engine:
            await tcp.until(lambda one: len(one.got) == 3)
            await jsonrpc.until(lambda one: len(one.got) == 3)
            assert [each.get("params") for each in tcp.got] == [*OLD, None]
            assert [each["params"] for each in jsonrpc.got] == [*OLD, {}]
            raised = engine.raise_event("E_CALL", {"new": 1})
            assert raised.serial == 5
            await tcp.until(lambda one: len(one.got) == 4)
            assert tcp.got[3]["params"] == {"new": 1}
            queued = {socket.scheme: state for socket, state in engine.outbox_states().items()}
            assert {scheme: queued[scheme].queued for scheme in ("rabbitmq", "kafka", "xmlrpc")} == {
                "rabbitmq": 4, "kafka": 4, "xmlrpc": 4,
            }  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "spool.db")) as connection:
        waiting = connection.execute(
            "SELECT socket, count(*) FROM letters JOIN destinations ON destination = destinations.id GROUP BY socket"
        )
        left = {bytes(socket).decode(): count for socket, count in waiting}
    assert f"tcp:127.0.0.1:{tcp.port}/call" not in left
    assert left["rabbitmq:guest@127.0.0.1:14/persistent?calls"] == 3  # the engine of now does not keep it: not durable


async def test_subscriptions_in_the_state_file_of_the_previous_version_go_on(tmp_path: Path) -> None:
    async with peer() as tcp, peer(acknowledge) as jsonrpc:
        kept = files(tmp_path, tcp.port, jsonrpc.port)
        async with open_engine(static_events=False, engine={"state": kept["state"], "drain": 0.0}) as engine:
            calls = {str(each.subscription.socket): each for each in engine.subscription_states("E_CALL")}
            assert {socket for socket, each in calls.items() if each.ttl is None} == {
                f"tcp:127.0.0.1:{tcp.port}/call",
                f"jsonrpc:127.0.0.1:{jsonrpc.port}/call?reliable=true",
                "kafka:127.0.0.1:15/calls?key=caller",
                "virtual:PARALLEL udp:127.0.0.1:16 xmlrpc:127.0.0.1:17:second",
            }
            ttl = calls["xmlrpc:127.0.0.1:13:call"].ttl
            assert ttl is not None
            assert ttl > FAR_FUTURE
            engine.publish("E_CALL_NEW")  # the wildcards stand again
            new = {each.subscription.socket for each in engine.subscription_states("E_CALL_NEW")}
            assert new == {Socket("unix", "/tmp/evtui-previous.sock"), Socket("udp", "127.0.0.1:18")}
            engine.raise_event("E_CALL", {"new": 1})
            await tcp.until(lambda one: len(one.got) == 1)
            assert tcp.got[0]["params"] == {"new": 1}
