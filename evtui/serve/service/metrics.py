"""The page `/metrics`: what Prometheus reads.

One scrape is made at a time, and others that ask within a second get the same: however many scrape, the engine is asked
once a second.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import anyio
import msgspec
from msgspec import Struct

from evtui.core.clocks import Clocks
from evtui.engine.engine import Engine
from evtui.mi.listener_statistics import FeedStatistics, ListenerStatistics
from evtui.serve.service.health import Health
from evtui.serve.service.queue_sums import QueueSums, sum_queues

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

KEPT: Final = 1.0
"""Seconds in which a further scrape gets what the last one got."""

_OPENMETRICS: Final = "application/openmetrics-text"


class Measured(Struct):
    """What is measured."""

    engine: Engine
    health: Health
    listeners: ListenerStatistics = msgspec.field(default_factory=ListenerStatistics)
    feed: FeedStatistics = msgspec.field(default_factory=FeedStatistics)
    """Those of the watch feed, as soon as there is one."""


class MetricsPage:
    """Writes the metrics in the text format of Prometheus, or as OpenMetrics for a client that takes it."""

    def __init__(self, measured: Measured, clocks: Clocks) -> None:
        """raises ImportError: the library prometheus-client is not installed."""
        from evtui.serve.service import metric_families  # on demand: its library belongs to an extra

        self._make = metric_families
        self._measured = measured
        self._clocks = clocks
        self._schemes = [info.scheme for info in measured.engine.transport_infos()]
        self._turn = anyio.Lock()
        self._written: dict[bool, tuple[float, bytes, str]] = {}

    async def write(self, accept: str = "") -> tuple[bytes, str]:
        """Return the metrics and their content type; `accept` is the header of the client."""
        as_open = _OPENMETRICS in accept
        async with self._turn:
            found = self._written.get(as_open)
            if found is None or self._clocks.monotonic() - found[0] >= KEPT:
                body, content_type = self._make.write_families([*await self._families()], as_open=as_open)
                found = self._written[as_open] = self._clocks.monotonic(), body, content_type
        return found[1], found[2]

    async def _families(self) -> "Iterator[Metric]":
        counts, clock = self._measured.engine.counts, self._clocks.monotonic
        return self._told(await sum_queues(counts.queues(), self._schemes, clock))

    def _told(self, queues: dict[str, QueueSums]) -> "Iterator[Metric]":
        make, measured = self._make, self._measured
        engine, health = measured.engine, measured.health
        engine.reap()
        counts = engine.counts
        report = health.report()
        yield from make.process_families(report.version, health.lag, is_ready=report.ready)
        yield from make.engine_families(engine.totals(), counts.refused(), counts.expired, engine.journal.use)
        yield from make.transport_families(
            self._schemes, counts.deliveries(), counts.retries(), counts.subscriptions(), counts.latencies()
        )
        yield from make.queue_families(queues)
        yield from make.listener_families(measured.listeners)
        yield from make.reader_families(measured.feed, health.viewers.sessions())
