"""A recording of a fleet names the server of each record, and shows it again in a column of its own."""

from pathlib import Path

import anyio

from evtui.backends.recording.backend import open_recording
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.records import Raised, Record, server_of
from evtui.core.values import Params
from evtui.ui.state.console_state import ConsoleState
from tests.contract.backends import engine_of, fleet
from tests.contract.test_reading_backend import recorded
from tests.limits import HANG

SOCKET = "udp:127.0.0.1:9"


async def test_records_states_and_sockets_keep_their_server(tmp_path: Path) -> None:
    file = tmp_path / "fleet.jsonl"
    async with fleet(("a", engine_of("E_ONE")), ("b", engine_of("E_ONE")))() as live:
        await live.subscribe("E_ONE", SOCKET, 600)
        async with recorded(live, file):
            await live.raise_event("E_ONE", Params((1,), ("n",)))
            watch = await live.watch()
            await live.raise_event("E_ONE", Params((2,), ("n",)))
            with anyio.fail_after(HANG):
                seen = 0
                while seen < 2:
                    await watch.wait()
                    seen += sum(isinstance(record, Raised) for record in watch.read())
            await watch.aclose()
    text = file.read_text()
    assert text.count('"server":"a"') > 1
    assert text.count('"server":"b"') > 1
    async with open_recording(file, KNOWN_SCHEMES, REAL_CLOCKS) as (backend, player):
        watch = await backend.watch()
        player.set_speed(100)
        player.play(is_paused=False)
        records: list[Record] = []
        with anyio.fail_after(HANG):
            while sum(isinstance(record, Raised) for record in records) < 4:
                await watch.wait()
                records += watch.read()
        assert {server_of(record) for record in records if isinstance(record, Raised)} == {"a", "b"}
        served = {
            delivery.socket.server
            for record in records if isinstance(record, Raised) for delivery in record.deliveries()
        }  # fmt: skip
        assert served == {"a", "b"}
        assert {state.subscription.server for state in await backend.subscriptions()} == {"a", "b"}
        state = ConsoleState()
        state.marking.playback = player
        state.take_records(records, 0.0)
        assert list(state.stream.servers.roles) == ["a", "b"]
        await watch.aclose()


async def test_of_one_server_nothing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    async with engine_of("E_ONE")() as live, recorded(live, file):
        await live.subscribe("E_ONE", SOCKET, 600)
        await live.raise_event("E_ONE", Params((1,), ("n",)))
    assert '"raised"' in file.read_text()
    assert '"server"' not in file.read_text()
