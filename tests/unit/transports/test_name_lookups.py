"""Look-ups in threads: results, refusals, time limits, and that a silent name takes one thread and delays no other."""

import threading
from collections.abc import Generator

import anyio
import pytest

from evtui.core.errors import BadSocketError, UnresolvedError
from evtui.transports import name_lookups
from evtui.transports.name_lookups import look_up
from tests.functional.processes.waiting import until
from tests.limits import HANG


class SilentServer:
    """Work that ends when the test lets it; `begun` counts how often it began."""

    def __init__(self) -> None:
        self.begun = 0
        self.answered = threading.Event()

    def __call__(self) -> str:
        self.begun += 1
        self.answered.wait(HANG)
        return "found"


@pytest.fixture
def silent() -> Generator[SilentServer]:
    server = SilentServer()
    yield server
    server.answered.set()


async def test_results_and_refusals_come_back() -> None:
    assert await look_up("udp:h:1", lambda: 7) == 7

    def refuse() -> None:
        raise BadSocketError("udp:h:1", "host", "not allowed")

    with pytest.raises(BadSocketError, match="not allowed"):
        await look_up("udp:h:1", refuse)
    assert await look_up("udp:h:1", lambda: 8) == 8


async def test_no_look_up_waits_longer_than_the_limit_and_a_silent_name_has_one_thread(silent: SilentServer) -> None:
    for _ in range(5):
        with pytest.raises(UnresolvedError, match=r"no name server answered in 0\.02 s"):
            await look_up("silent", silent, 0.02)
    assert silent.begun == 1
    silent.answered.set()
    assert await look_up("silent", silent) == "found"
    assert silent.begun == 2


async def test_names_that_answer_are_not_delayed_by_many_that_do_not(silent: SilentServer) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(name_lookups.THREADS - 1):
            tasks.start_soon(look_up, f"silent{number}", silent)
        await until(lambda: silent.begun == name_lookups.THREADS - 1)
        for number in range(20):
            assert await look_up(f"quick{number}", lambda: "quick") == "quick"
        with pytest.raises(UnresolvedError):  # one more silent one takes the last thread
            await look_up("silent", silent, 0.02)
        with pytest.raises(UnresolvedError):
            await look_up("quick", lambda: "quick", 0.02)
        silent.answered.set()
    assert await look_up("quick", lambda: "quick") == "quick"


async def test_what_is_cancelled_is_not_waited_for_and_leaves_no_key_behind(silent: SilentServer) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(look_up, "silent", silent)
        await until(lambda: silent.begun > 0)
        tasks.cancel_scope.cancel()
    silent.answered.set()
    assert await look_up("silent", lambda: 1) == 1
