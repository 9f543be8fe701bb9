"""The queues of clients: order, bounds, and that only clients that do not go on lose something."""

from collections.abc import Awaitable, Callable

import anyio
import pytest
from anyio.lowlevel import checkpoint

from evtui.mi.listeners import client_queues
from evtui.mi.listeners.client_queues import ClientQueue, ClientQueues, QueueBounds
from evtui.mi.listeners.reply_waits import ReplyWaits

BOUNDS = QueueBounds(requests=4, bytes=1000, all_requests=10, all_bytes=1500)


class _Served:
    """Takes requests `CLIENT NUMBER`; those of `slow` wait until they may go on."""

    def __init__(self) -> None:
        self.served: list[str] = []
        self.dropped = 0
        self.go_on = anyio.Event()

    async def serve(self, request: str, queue: ClientQueue[str]) -> None:
        if request.startswith("slow"):
            await self.go_on.wait()
        if request.startswith("deaf"):
            queue.is_waiting = True
            await self.go_on.wait()
            queue.is_waiting = False
        await checkpoint()
        self.served.append(request)

    def drop(self) -> None:
        self.dropped += 1


async def _run(test: Callable[[ClientQueues[str], _Served], Awaitable[None]]) -> _Served:
    served = _Served()
    async with anyio.create_task_group() as tasks:
        await test(ClientQueues(tasks, served.serve, served.drop, BOUNDS), served)
        served.go_on.set()
    return served


async def test_a_client_that_only_sends_many_requests_loses_none() -> None:
    async def send(queues: ClientQueues[str], _: _Served) -> None:
        for number in range(100):
            await queues.put("client", f"client {number}", 10)

    served = await _run(send)
    assert served.served == [f"client {number}" for number in range(100)]
    assert served.dropped == 0


async def test_what_goes_over_the_bound_of_a_client_that_reads_nothing_is_dropped() -> None:
    async def send(queues: ClientQueues[str], _: _Served) -> None:
        for number in range(20):
            await queues.put("deaf", f"deaf {number}", 10)
            await queues.put("other", f"other {number}", 10)

    served = await _run(send)
    assert [item for item in served.served if item.startswith("other")] == [f"other {number}" for number in range(20)]
    assert [item for item in served.served if item.startswith("deaf")] == [f"deaf {number}" for number in range(5)]
    assert served.dropped == 15


async def test_a_command_that_takes_long_holds_the_others_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_queues, "PATIENCE", 0.01)

    async def send(queues: ClientQueues[str], served: _Served) -> None:
        for number in range(20):
            await queues.put("slow", f"slow {number}", 10)
        started = anyio.current_time()
        monkeypatch.setattr(client_queues, "PATIENCE", 1000.0)
        await queues.put("slow", "slow 20", 10)
        assert anyio.current_time() - started < 500
        assert served.dropped == 16

    assert len((await _run(send)).served) == 5


async def test_the_greatest_queue_loses_its_newest_when_all_together_are_too_many() -> None:
    async def send(queues: ClientQueues[str], _: _Served) -> None:
        for client in ("slow a", "slow b", "slow c"):
            for number in range(3):
                await queues.put(client, f"{client} {number}", 400 if client == "slow b" else 10)
        await queues.put("slow d", "slow d 0", 300)

    served = await _run(send)
    assert served.dropped == 1
    assert {"slow a 2", "slow c 2"} <= set(served.served)
    assert "slow b 2" not in served.served


async def test_a_request_of_any_size_is_served_when_nothing_else_waits() -> None:
    async def send(queues: ClientQueues[str], _: _Served) -> None:
        await queues.put("client", "client 0", 10**9)

    assert (await _run(send)).served == ["client 0"]


@pytest.mark.parametrize(("waits", "size", "count"), [(ReplyWaits(most=3), 0, 5), (ReplyWaits(most_bytes=100), 60, 3)])
async def test_one_wait_too_many_or_too_many_bytes_end_the_oldest(waits: ReplyWaits, size: int, count: int) -> None:
    ended = list[int]()

    async def wait(number: int) -> None:
        with waits.waiting(ClientQueue(BOUNDS), 1000.0, size):
            await anyio.sleep_forever()
        ended.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(wait, number)
            await anyio.wait_all_tasks_blocked()
        assert ended == [0, 1]
        tasks.cancel_scope.cancel()


async def test_a_client_that_kept_a_reply_waiting_in_vain_is_not_waited_for_again() -> None:
    queue, waits = ClientQueue[str](BOUNDS), ReplyWaits()
    queue.reads_replies = False
    with anyio.fail_after(100), waits.waiting(queue, 1000.0) as scope:
        assert queue.is_waiting
        await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert not queue.is_waiting


async def test_a_request_behind_those_of_many_clients_waits_for_few_turns() -> None:
    turns, wanted = 0, 300
    behind: list[int] = []

    async def serve(request: int, _: ClientQueue[int]) -> None:
        if request == wanted:
            behind.append(turns)

    async def other_work() -> None:
        nonlocal turns
        while not behind:
            turns += 1
            await checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(other_work)
        queues = ClientQueues(tasks, serve, lambda: None)
        for number in range(wanted + 1):
            await queues.put(number, number, 10)
    assert behind[0] < wanted / 20
