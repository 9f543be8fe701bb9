"""A spool that another evtui uses, that is damaged or cannot be written: said at the start, and never a crash."""

import json
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from evtui.bootstrap.engine_setup import open_engine
from evtui.core.errors import BadSettingError, BadSocketError
from evtui.core.transport import Notification
from evtui.core.values import NO_PARAMS, Socket
from evtui.storage.spool import SqliteSpool
from tests.fakes.engine_fakes import FakeClock
from tests.functional.mi.mi_datagram_client import DatagramClient
from tests.functional.processes.evtui_process import Evtui, free_port
from tests.functional.transports.stream_peers import peer

DURABLE = {"tcp": {"durable": True, "backoff": 0.02, "max_backoff": 0.1}}


def fill(path: Path, port: int, count: int) -> None:
    """Let notifications of an earlier run wait for a TCP peer."""
    with closing(SqliteSpool(path, wall=FakeClock())) as spool:
        for serial in range(1, count + 1):
            payload = json.dumps({"jsonrpc": "2.0", "method": "E_A", "params": {"n": serial}}).encode()
            notification = Notification("run", serial, 1_800_000_000.0, "E_A", NO_PARAMS, payload)
            spool.add(Socket("tcp", f"127.0.0.1:{port}"), f"tcp:127.0.0.1:{port}", notification)


async def test_two_engines_do_not_share_a_spool(tmp_path: Path) -> None:
    kept = {"spool": str(tmp_path / "spool.db")}
    async with open_engine(events=["E_A"], engine=kept):
        with pytest.raises(BadSettingError, match=r"engine\.spool .*another evtui uses it"):
            async with open_engine(engine=kept):
                raise AssertionError("it started")
    async with open_engine(events=["E_A"], engine=kept) as engine:
        engine.subscribe("E_A", "udp:127.0.0.1:9")


def test_a_second_evtui_with_the_spool_of_the_data_directory_refuses_only_what_is_durable(evtui: Evtui) -> None:
    (evtui.directory / "evtui.toml").write_text('events = ["E_A"]\n[transports.tcp]\ndurable = true\n')
    config, other = str(evtui.directory / "evtui.toml"), evtui.directory / "other.sock"
    socket = f"tcp:127.0.0.1:{free_port()}"
    with evtui.serving("--config", config), DatagramClient(evtui.mi_sock) as first:
        first.ask("event_subscribe", "E_A", socket)
        with evtui.serving("--config", config, "--datagram", f"unix:{other}"), DatagramClient(other) as second:
            second.ask("event_subscribe", "E_A", "udp:127.0.0.1:9")
            with pytest.raises(AssertionError, match="another evtui uses it"):
                second.ask("event_subscribe", "E_A", socket)
            assert second.ask("raise_event", "E_A") == "OK"
            assert all(queue["failed"] == 0 for queue in second.ask("queues_list")["Queues"])


def test_a_damaged_row_stops_neither_the_server_nor_the_other_notifications(evtui: Evtui) -> None:
    spool, port = evtui.directory / "spool.db", free_port()
    fill(spool, port, 5)
    with closing(sqlite3.connect(spool)) as connection, connection:
        connection.execute("UPDATE letters SET head = '{' WHERE key = 2")
        connection.execute(f"UPDATE letters SET serial = {2**63 - 1} WHERE key = 4")
    (evtui.directory / "evtui.toml").write_text(
        f'events = ["E_A"]\n[engine]\nspool = "{spool}"\n[transports.tcp]\ndurable = true\n'
    )
    with (
        evtui.serving("--config", str(evtui.directory / "evtui.toml")) as server,
        DatagramClient(evtui.mi_sock) as client,
    ):
        client.ask("event_subscribe", "E_A", f"tcp:127.0.0.1:{port}")
        client.ask("raise_event", "E_A", {"n": 6})
        listed = client.ask("queues_list")
        assert listed["Spool"] == {"set_aside": 2}
        assert [queue["queued"] for queue in listed["Queues"]] == [4]
        assert "keeps 2 damaged notifications apart" in evtui.run("queues").err
        ended = server.stop()
    assert ended.status == 0
    assert "set aside in its table set_aside: 2 damaged ones" in ended.err
    assert "Traceback" not in ended.err


async def test_what_is_not_damaged_is_delivered_in_order_before_what_is_new(tmp_path: Path) -> None:
    async with peer() as tcp:
        fill(tmp_path / "spool.db", tcp.port, 20)
        with closing(sqlite3.connect(tmp_path / "spool.db")) as connection, connection:
            connection.execute("UPDATE letters SET head = CAST(x'ff' AS TEXT) WHERE key = 3")
            connection.execute("UPDATE letters SET payload = 'text' WHERE key = 7")
        settings = {"spool": str(tmp_path / "spool.db")}
        async with open_engine(events=["E_A"], engine=settings, transports=DURABLE) as engine:
            engine.subscribe("E_A", f"tcp:127.0.0.1:{tcp.port}")
            engine.raise_event("E_A", {"n": 21})
            await tcp.until(lambda one: len(one.got) == 19)
            assert [each["params"]["n"] for each in tcp.got] == [n for n in range(1, 22) if n not in {3, 7}]


async def test_a_destination_whose_address_does_not_fit_its_source_waits_and_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(tmp_path / "spool.db", 1, 3)
    with closing(sqlite3.connect(tmp_path / "spool.db")) as connection, connection:
        connection.execute("UPDATE destinations SET source = CAST('tcp:127.0.0.1:2' AS BLOB)")
    async with open_engine(events=["E_A"], engine={"spool": str(tmp_path / "spool.db")}) as engine:
        with anyio.fail_after(60):
            while engine.outbox_states()[Socket("tcp", "127.0.0.1:1")].last_error is None:
                await engine.journal.wait_beyond(engine.journal.written)
        state = engine.outbox_states()[Socket("tcp", "127.0.0.1:1")]
        assert (state.queued, state.durable) == (3, True)
        assert "it is damaged" in str(state.last_error)
    assert "it is damaged" in caplog.text


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
async def test_a_folder_that_cannot_be_written_stops_the_start_and_says_so_as_a_user(tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(BadSettingError, match=r"engine\.spool .*Permission denied"):
        async with open_engine(engine={"spool": str(tmp_path / "spool.db")}):
            raise AssertionError("it started")


async def test_a_place_that_cannot_be_written_stops_the_start_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadSettingError, match=r"engine\.spool .*(File exists|Not a directory)"):
        async with open_engine(engine={"spool": str(tmp_path / "file" / "spool.db")}):
            raise AssertionError("it started")


async def test_a_durable_branch_that_is_refused_leaves_no_outbox_behind(tmp_path: Path) -> None:
    async with open_engine(events=["E_A"], transports={"xmlrpc": {"durable": True}}) as engine:
        with pytest.raises(BadSocketError, match="no spool"):
            engine.subscribe("E_A", "virtual:PARALLEL tcp:127.0.0.1:1 xmlrpc:127.0.0.1:2:m")
        with anyio.fail_after(60):
            while engine.outbox_states():
                await anyio.lowlevel.checkpoint()
