"""The listener of a service: `GET /healthz` and `GET /metrics` over HTTP, and nothing else."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, TypeAlias

import msgspec
from aiohttp import web
from anyio.abc import TaskGroup

from evtui.core.clocks import Clocks
from evtui.mi.listeners.http_paths import HttpPaths
from evtui.serve.service.health import Health
from evtui.serve.service.metrics import Measured, MetricsPage

HEALTH_PATH: Final = "/healthz"
METRICS_PATH: Final = "/metrics"
NO_LIBRARY: Final = "metrics need the library prometheus-client: install evtui[metrics]"

Serve: TypeAlias = Callable[..., Coroutine[Any, Any, None]]
"""`serve_http` with all that it is given but `paths` and `task_status`."""

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class ServicePages:
    """Answers the requests for the two pages that the HTTP listener has let in."""

    def __init__(self, health: Health, metrics: MetricsPage | None) -> None:
        """`metrics` is None when their library is not installed."""
        self._health = health
        self._metrics = metrics

    async def healthz(self, request: web.Request) -> web.StreamResponse:
        """Say how this process is: 200 when it is ready, else 503. With `?alive`, 200 whenever it answers."""
        report = self._health.report()
        status = 200 if report.ready or "alive" in request.query else 503
        body = msgspec.json.encode(report) + b"\n"
        return web.Response(status=status, body=body, content_type="application/json", headers=_HEADERS)

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        """Tell the metrics; 501 when their library is not installed."""
        if self._metrics is None:
            return web.Response(status=501, text=f"{NO_LIBRARY}\n", headers=_HEADERS)
        body, content_type = await self._metrics.write(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={**_HEADERS, "Content-Type": content_type})


async def start_service_pages(
    tasks: TaskGroup, serve: Serve, measured: Measured, clocks: Clocks
) -> tuple[str, list[str]]:
    """Begin to answer; `serve` is the HTTP listener without its paths. Return where, and what the user must be told.

    raises ListenError.
    """
    notices, page = list[str](), None
    try:
        page = MetricsPage(measured, clocks)
    except ImportError:
        notices.append(NO_LIBRARY)
    pages = ServicePages(measured.health, page)
    paths = HttpPaths(
        HEALTH_PATH, pages={HEALTH_PATH: pages.healthz, METRICS_PATH: pages.metrics}, takes_requests=False
    )
    tasks.start_soon(measured.health.lag.run)
    return await tasks.start(partial(serve, paths=paths)), notices
