"""Notices to the service manager, on real sockets: by path and in the abstract namespace."""

import os
import socket
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.serve.service.sd_notify import ServiceNotices
from tests.fakes.engine_fakes import FakeClock, fake_clocks
from tests.limits import HANG


class Manager:
    """Listens as systemd does."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self.socket.settimeout(HANG)

    def told(self) -> list[str]:
        """Wait for the next notice; return its lines."""
        return self.socket.recv(4096).decode().split("\n")


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Manager]:
    address = (
        str(tmp_path / "notify") if request.param == "path" else f"@evtui-test-{os.getpid()}-{time.monotonic_ns()}"
    )
    listening = Manager(address)
    with closing(listening.socket):
        yield listening


def test_each_step_is_told_and_children_are_told_nothing_of_the_manager(manager: Manager) -> None:
    environ = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "12", "HOME": "/"}
    with closing(ServiceNotices.taken(environ, fake_clocks(FakeClock(5.5)), 12)) as notices:
        assert environ == {"HOME": "/"}
        assert (bool(notices), notices.watchdog) == (True, 3.0)
        notices.ready("3 subscriptions")
        assert manager.told() == ["READY=1", "STATUS=3 subscriptions"]
        notices.status("3 subscriptions")
        notices.status("4 subscriptions\nREADY=1")
        assert manager.told() == ["STATUS=4 subscriptions READY=1"]
        notices.reloading()
        assert manager.told() == ["RELOADING=1", "MONOTONIC_USEC=5500000"]
        notices.stopping()
        assert manager.told() == ["STOPPING=1", "STATUS=delivering what waits"]


def test_without_a_manager_nothing_is_told() -> None:
    with closing(ServiceNotices.taken({}, fake_clocks(), 1)) as notices:
        assert (bool(notices), notices.watchdog) == (False, 0.0)
        notices.ready("x")
        notices.stopping()


@pytest.mark.parametrize(
    ("variables", "watchdog"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "500000"}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "2"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({"WATCHDOG_USEC": "-5"}, 0.0),
    ],
)
def test_the_watchdog_is_that_of_this_process(tmp_path: Path, variables: dict[str, str], watchdog: float) -> None:
    environ = {"NOTIFY_SOCKET": str(tmp_path / "n"), **variables}
    with closing(ServiceNotices.taken(environ, fake_clocks(), 1)) as notices:
        assert notices.watchdog == watchdog


def test_an_address_of_another_kind_is_named_and_left_out(caplog: pytest.LogCaptureFixture) -> None:
    with closing(ServiceNotices.taken({"NOTIFY_SOCKET": "vsock:2:3"}, fake_clocks(), 1)) as notices:
        assert not notices
    assert "NOTIFY_SOCKET=vsock:2:3" in caplog.text


def test_a_manager_that_is_gone_is_named_once_and_delays_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(ServiceNotices(str(tmp_path / "none"), fake_clocks())) as notices:
        for _ in range(3):
            notices.ready("x")
    assert caplog.text.count("takes no notice") == 1


async def test_the_watchdog_is_told_while_the_loop_works_and_not_while_it_hangs(manager: Manager) -> None:
    with closing(ServiceNotices(manager.address, REAL_CLOCKS, watchdog=0.2)) as notices:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(notices.watch)
            for _ in range(3):
                assert await anyio.to_thread.run_sync(manager.told) == ["WATCHDOG=1"]
            await anyio.lowlevel.checkpoint()
            _forget(manager)
            time.sleep(0.8)  # noqa: ASYNC251 - this is the loop that hangs
            assert _waiting(manager) == 0
            assert await anyio.to_thread.run_sync(manager.told) == ["WATCHDOG=1"]
            tasks.cancel_scope.cancel()


async def test_the_status_follows_every_ten_seconds_what_changes(manager: Manager) -> None:
    texts = iter(["a", "a", "b"])
    with closing(ServiceNotices(manager.address, fake_clocks())) as notices:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await notices.follow(lambda: next(texts))
        assert [manager.told(), manager.told()] == [["STATUS=a"], ["STATUS=b"]]
        assert _waiting(manager) == 0


def _waiting(manager: Manager) -> int:
    """Count the notices that were not read, and read them."""
    manager.socket.setblocking(False)
    count = 0
    try:
        while manager.socket.recv(4096):
            count += 1
    except BlockingIOError:
        manager.socket.settimeout(HANG)
    return count


def _forget(manager: Manager) -> None:
    _waiting(manager)
