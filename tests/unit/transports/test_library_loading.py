"""Libraries of transports are loaded in a thread, in short turns, and not before they are needed."""

import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from evtui.transports.library_loading import SHORT_TURN, load_library
from tests.limits import HANG
from tests.paths import ROOT

SLOW = """
import sys, time
turn = sys.getswitchinterval()
while not __import__("pathlib").Path({go!r}).exists():
    time.sleep(0.001)
"""

OPEN = """
import sys
from evtui.bootstrap.transports import socket_parser
target = socket_parser()(sys.argv[1])
target.open()
print(*sys.modules)
"""


async def test_a_library_is_loaded_in_short_turns_until_the_last_one_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    for name in ("slow_one", "slow_two"):
        (tmp_path / f"{name}.py").write_text(SLOW.format(go=str(tmp_path / f"{name}.go")))
    usual = sys.getswitchinterval()
    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as tasks:
            for name in ("slow_one", "slow_two"):
                tasks.start_soon(load_library, name)
            while not {"slow_one", "slow_two"} <= set(sys.modules):  # noqa: ASYNC110 - other threads are watched
                await anyio.sleep(0.001)
            assert sys.getswitchinterval() == pytest.approx(SHORT_TURN)
            (tmp_path / "slow_one.go").touch()
            await anyio.sleep(0.01)
            assert sys.getswitchinterval() == pytest.approx(SHORT_TURN)
            (tmp_path / "slow_two.go").touch()
    assert sys.getswitchinterval() == pytest.approx(usual)


async def test_the_usual_turns_come_back_after_a_library_that_is_missing() -> None:
    usual = sys.getswitchinterval()
    with pytest.raises(ImportError):
        await load_library("there_is_no_such_library")
    assert sys.getswitchinterval() == pytest.approx(usual)


@pytest.mark.parametrize(
    "socket",
    [
        "rabbitmq:127.0.0.1:1/k",
        "kafka:127.0.0.1:1/t",
        "kafka:127.0.0.1:1/t?g.client.id=x",
        "xmlrpc:127.0.0.1:1:m",
    ],
)
def test_a_socket_with_a_numeric_address_is_opened_without_its_library(socket: str) -> None:
    # Where it is opened, every other client would wait for the import.
    loaded = subprocess.run(
        [sys.executable, "-c", OPEN, socket], cwd=ROOT, capture_output=True, text=True, check=True, timeout=HANG
    )
    assert set(loaded.stdout.split()) & {"aio_pika", "aiormq", "aiokafka", "aiohttp"} == set()
