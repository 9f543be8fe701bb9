"""`evtui.open_engine`: the engine inside another program."""

import ast
import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

import evtui
from evtui.config.schema import JournalConfig
from evtui.transports import TransportSettings
from evtui.transports.flatstore.settings import FlatstoreSettings
from tests.functional.processes.evtui_process import Evtui, Receiver
from tests.limits import HANG


async def test_the_example_of_the_documentation_works(receiver: Receiver) -> None:
    async with evtui.open_engine(events=["E_MY_EVENT"]) as engine:
        engine.subscribe("E_MY_EVENT", receiver.socket, expire=60)
        raised = engine.raise_event("E_MY_EVENT", {"ip": "192.0.2.1", "count": 3})
        assert (raised.serial, raised.subscribers) == (1, 1)
        assert receiver.receive() == b'{"jsonrpc":"2.0","method":"E_MY_EVENT","params":{"ip":"192.0.2.1","count":3}}'


@pytest.mark.parametrize("params", [None, [1, "two"], {"a": None}, evtui.Params((1, 2), ("a", "a"))])
async def test_parameters_come_in_every_form(params: "evtui.Params | dict[str, None] | list[int | str] | None") -> None:
    async with evtui.open_engine(events=["E_X"], static_events=False) as engine:
        assert engine.raise_event("E_X", params).params == evtui.Params.of(params)


async def test_its_subscriptions_expire_by_themselves() -> None:
    async with evtui.open_engine(events=["E_X"]) as engine:
        watch = engine.watch(["E_X"])
        engine.subscribe("E_X", "udp:127.0.0.1:9", expire=1)
        watch.read()
        async with asyncio.timeout(HANG):
            await watch.wait()
        assert [type(record).__name__ for record in watch.read()] == ["Expired"]


async def test_an_unknown_keyword_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(evtui.BadSettingError, match=r"evnts \(keyword\): no such setting; did you mean events\?"):
        evtui.open_engine(evnts=["E_X"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def test_a_wrong_value_is_refused_with_its_path() -> None:
    with pytest.raises(evtui.BadSettingError, match=r"journal.records \(keyword\): 0 is wrong"):
        evtui.open_engine(journal={"records": 0})


async def test_tables_may_be_the_classes_of_their_settings(tmp_path: Path) -> None:
    transports = TransportSettings(flatstore=FlatstoreSettings(delimiter=";", rotate_count=1))
    async with evtui.open_engine(events=["E_X"], journal=JournalConfig(records=7), transports=transports) as engine:
        engine.subscribe("E_X", f"flatstore:{tmp_path}/x.txt")
        engine.raise_event("E_X", {"a": 1})
    assert (tmp_path / "x.txt").read_text() == "E_X;1\n"
    with pytest.raises(evtui.BadSettingError, match=r"journal.records \(keyword\): 0 is wrong"):
        evtui.open_engine(journal=JournalConfig(records=0))
    with pytest.raises(evtui.BadSettingError, match=r"transports.tcp.rotate_count \(keyword\): no such setting"):
        evtui.open_engine(transports={"tcp": FlatstoreSettings(rotate_count=1)})


async def test_what_only_the_program_has_is_refused() -> None:
    with pytest.raises(evtui.BadSettingError, match="log_file"):
        evtui.open_engine(log_file="/tmp/x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def test_an_error_in_the_block_comes_out_as_itself() -> None:
    with pytest.raises(KeyError, match="mine"):
        async with evtui.open_engine():
            raise KeyError("mine")


async def test_an_unpublished_event_is_named() -> None:
    async with evtui.open_engine() as engine:
        with pytest.raises(evtui.UnknownEventError, match="'E_NOPE'"):
            engine.raise_event("E_NOPE")


async def test_it_listens_at_the_configured_places_and_nowhere_else(evtui_home: Evtui) -> None:
    place = f"unix:{evtui_home.directory}/own.sock"
    async with evtui.open_engine(events=["E_X"], static_events=False, mi={"datagram": [place]}):
        ran = await asyncio.to_thread(evtui_home.run, "events", "--json", "--mi", place)
        (event,) = ran.json
        assert (event["id"], event["name"], event["subscribers"]) == (0, "E_X", 0)
    assert not (evtui_home.directory / "own.sock").exists()
    assert not evtui_home.mi_sock.exists()


async def test_a_place_that_is_taken_is_a_listen_error(evtui_home: Evtui) -> None:
    place = f"unix:{evtui_home.directory}/own.sock"
    async with evtui.open_engine(mi={"datagram": [place]}):
        with pytest.raises(evtui.RequestError, match="another server listens there"):
            async with evtui.open_engine(mi={"datagram": [place]}):
                pass


async def test_two_engines_in_one_loop_know_nothing_of_each_other() -> None:
    async with evtui.open_engine(events=["E_X"]) as one, evtui.open_engine(events=["E_Y"]) as other:
        one.subscribe("E_X", "udp:127.0.0.1:9")
        assert other.subscription_states() == ()
        with pytest.raises(evtui.UnknownEventError):
            other.raise_event("E_X")


def _open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


async def test_it_is_closed_in_the_end() -> None:
    before = _open_files()
    async with evtui.open_engine(events=["E_X"]) as engine:
        engine.subscribe("E_X", "udp:127.0.0.1:9")
        assert engine.raise_event("E_X").failures == ()
        assert _open_files() == before + 1
    assert _open_files() == before
    with pytest.raises(evtui.EngineClosedError):
        engine.raise_event("E_X")


def test_it_exports_the_engine_the_parameters_and_the_errors_only() -> None:
    errors = {name for name in evtui.__all__ if name.endswith("Error")}
    assert set(evtui.__all__) - errors == {"open_engine", "Params"}
    assert all(issubclass(getattr(evtui, name), evtui.EvtuiError) for name in errors)
    with pytest.raises(AttributeError, match="no attribute 'Engine'"):
        evtui.Engine  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_importing_it_loads_nothing_of_it() -> None:
    code = "import sys, evtui; print([name for name in sys.modules if name.startswith('evtui.') or name == 'msgspec'])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=HANG)
    assert ast.literal_eval(ran.stdout) == []


@pytest.fixture
def evtui_home(evtui: Evtui) -> Evtui:
    """Evtui's processes, under a name that leaves the package's own free."""
    return evtui
