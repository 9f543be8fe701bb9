"""What outlives an engine: subscriptions in the state file, durable notifications in the spool."""

import json
import socket
import stat
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from evtui.bootstrap.engine_setup import open_engine
from evtui.core.errors import BadSettingError
from tests.limits import HANG


@pytest.fixture
def port() -> Generator[int]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        yield receiver.getsockname()[1]


async def test_subscriptions_come_back_permanent_ones_as_they_were_and_others_with_what_they_had_left(
    tmp_path: Path, port: int
) -> None:
    kept = {"state": str(tmp_path / "state")}
    async with open_engine(events=["E_A"], engine={"state": kept["state"]}) as engine:
        engine.subscribe("E_A", f"udp:127.0.0.1:{port}", 100)
        engine.subscribe("E_A", "unix:/tmp/evtui-nobody")
        engine.subscribe("E_PIKE_*", f"udp:127.0.0.1:{port}", 50)
        before = [(s.subscription.event, str(s.subscription.socket)) for s in engine.subscription_states()]
    async with open_engine(engine={"state": kept["state"]}) as engine:  # E_A is not in this configuration
        after = engine.subscription_states()
        by_socket = {(s.subscription.event, str(s.subscription.socket)): s for s in after}
        assert set(by_socket) == set(before)
        assert [str(s.subscription.socket) for s in engine.subscription_states("E_A")] == [
            "unix:/tmp/evtui-nobody", f"udp:127.0.0.1:{port}",
        ]  # fmt: skip
        timed = by_socket["E_A", f"udp:127.0.0.1:{port}"]
        assert timed.subscription.expire == 100
        assert timed.ttl is not None
        assert 80 < timed.ttl <= 100
        assert by_socket["E_A", "unix:/tmp/evtui-nobody"].ttl is None
        engine.publish("E_PIKE_NEW")  # the wildcard stands again
        (new,) = engine.subscription_states("E_PIKE_NEW")
        assert new.ttl is not None
        assert new.ttl <= 50
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o600


async def test_an_unsubscribed_socket_stays_unsubscribed_and_a_change_is_in_the_file_soon(
    tmp_path: Path, port: int
) -> None:
    file = tmp_path / "state"

    def kept() -> int:
        return len(json.loads(file.read_text())["orders"])

    async def until(count: int) -> None:
        with anyio.fail_after(HANG):
            while not file.exists() or kept() != count:  # noqa: ASYNC110 - another process would read it so
                await anyio.sleep(0.005)

    async with open_engine(events=["E_A"], engine={"state": str(file)}) as engine:
        engine.subscribe("E_A", f"udp:127.0.0.1:{port}", 100)
        await until(1)
        engine.unsubscribe("E_A", f"udp:127.0.0.1:{port}")
        await until(0)
    async with open_engine(events=["E_A"], engine={"state": str(file)}) as engine:
        assert engine.subscription_states() == ()


async def test_what_the_configuration_subscribes_for_ever_is_not_kept_beside_it(tmp_path: Path, port: int) -> None:
    file, line = tmp_path / "state", f"E_A udp:127.0.0.1:{port}"
    async with open_engine(events=["E_A"], subscribe=[line], engine={"state": str(file)}) as engine:
        assert len(engine.subscription_states()) == 1
    async with open_engine(events=["E_A"], engine={"state": str(file)}) as engine:  # the line was taken out
        assert engine.subscription_states() == ()


async def test_a_state_file_that_is_damaged_stops_the_start_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("{")
    with pytest.raises(BadSettingError, match=r"engine\.state .*it is not a state file"):
        async with open_engine(engine={"state": str(tmp_path / "state")}):
            raise AssertionError("it started")


async def test_a_host_that_does_not_resolve_keeps_its_subscription_for_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "state"
    async with open_engine(events=["E_A"], engine={"state": str(file)}) as engine:
        engine.subscribe("E_A", "udp:localhost:9000", 100)
    file.write_text(file.read_text().replace("localhost", "nowhere.invalid"))
    async with open_engine(events=["E_A"], engine={"state": str(file)}) as engine:
        assert engine.subscription_states() == ()
    assert "nowhere.invalid" in caplog.text
    (order,) = json.loads(file.read_text())["orders"]
    assert order["source"] == "udp:nowhere.invalid:9000"
    assert 80 < order["left"] <= 100


async def test_two_engines_do_not_share_a_state_file(tmp_path: Path) -> None:
    file = tmp_path / "state"
    async with open_engine(events=["E_A"], engine={"state": str(file)}) as engine:
        engine.subscribe("E_A", "udp:127.0.0.1:9", 100)
        with pytest.raises(BadSettingError, match=r"engine\.state .*another evtui uses it"):
            async with open_engine(engine={"state": str(file)}):
                raise AssertionError("it started")
    assert len(json.loads(file.read_text())["orders"]) == 1
    async with open_engine(engine={"state": str(file)}) as engine:
        assert len(engine.subscription_states()) == 1


async def test_the_lock_of_a_state_file_is_no_way_to_write_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "state.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadSettingError, match=r"engine\.state .*symbolic link"):
        async with open_engine(engine={"state": str(tmp_path / "state")}):
            raise AssertionError("it started")
    assert not (tmp_path / "elsewhere").exists()
