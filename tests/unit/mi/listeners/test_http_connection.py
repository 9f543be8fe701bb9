"""One HTTP connection that was lost or displaced keeps nothing busy."""

import anyio
from aiohttp import web

from evtui.mi.listener_statistics import ListenerStatistics
from evtui.mi.listeners.http_connection import HttpConnection, HttpLimits
from evtui.mi.listeners.refusal_log import RefusalLog
from tests.fakes.engine_fakes import FakeClock
from tests.limits import HANG


class _Owner:
    def __init__(self) -> None:
        self.forgotten: list[HttpConnection] = []
        self.paused: set[HttpConnection] = set()

    def may_reply(self) -> bool:
        return True

    def forget(self, connection: HttpConnection) -> None:
        self.forgotten.append(connection)


async def _answer(_request: web.BaseRequest) -> web.Response:
    return web.Response()


async def test_a_pause_ends_when_the_client_goes() -> None:
    owner = _Owner()
    connection = HttpConnection(
        web.Server(_answer), "192.0.2.1", HttpLimits(), ListenerStatistics(), RefusalLog("http", FakeClock()), owner
    )
    with anyio.fail_after(HANG):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.pause, 100 * HANG)
            await anyio.wait_all_tasks_blocked()
            assert connection.is_waiting
            assert connection.is_refused
            connection.connection_lost(None)
    assert owner.forgotten == [connection]
