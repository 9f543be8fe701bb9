"""The metrics as families of the Prometheus library, which is loaded with this module.

Names follow its conventions: `evtui_`, base units, `_total` for what only grows. A label has few values that the
program knows beforehand: transports, outcomes, causes, doors; never an event, a socket or an address.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, TypeAlias, cast, get_args

from prometheus_client import exposition
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.openmetrics import exposition as open_exposition
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from evtui.core.ports import JournalUse, LinkState, Totals
from evtui.core.records import Outcome
from evtui.mi.listener_statistics import FeedStatistics, ListenerStatistics
from evtui.serve.service.loop_lag import LoopLag
from evtui.serve.service.queue_sums import QueueSums
from evtui.statistics.bucket_counts import BucketCounts

_OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
_STATES: Final[tuple[LinkState, ...]] = get_args(LinkState)
_NO_FAILURES: Final = {"requests"}
"""The counters of the listeners that count no failure."""

Row: TypeAlias = tuple[Sequence[str], float]
"""The values of the labels, and that of the metric."""


def counter(name: str, text: str, value: float) -> Metric:
    """Make a counter without labels; `_total` is added to its name."""
    return CounterMetricFamily(name, text, value=value)


def gauge(name: str, text: str, value: float) -> Metric:
    """Make a gauge without labels."""
    return GaugeMetricFamily(name, text, value=value)


def counters(name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
    """Make a counter with labels; `_total` is added to its name."""
    family = CounterMetricFamily(name, text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def gauges(name: str, text: str, labels: Sequence[str], rows: Iterable[Row]) -> Metric:
    """Make a gauge with labels."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def engine_families(totals: Totals, refused: Mapping[str, int], expired: int, journal: JournalUse) -> Iterable[Metric]:
    """Tell the counters of the engine that belong to no transport."""
    use = totals.queue_use
    yield gauge("evtui_events", "Events that are published.", totals.events)
    yield counter("evtui_raises", "Events that were raised.", totals.raised)
    yield counter("evtui_raises_without_subscribers", "Events raised without a subscriber.", totals.no_subscribers)
    yield counters(
        "evtui_raises_refused", "Raises that were refused, by cause.", ("cause",),
        (((cause.replace(" ", "_").replace("-", "_"),), number) for cause, number in refused.items()),
    )  # fmt: skip
    yield counter("evtui_test_notifications", "Test notifications to single subscribers.", totals.tests)
    yield gauge(
        "evtui_subscriptions_limit", "Subscriptions and wildcards that there may be.", totals.subscription_limit
    )
    yield counter(
        "evtui_subscriptions_refused", "Subscriptions refused by that limit.", totals.subscriptions_refused
    )  # fmt: skip
    yield counter("evtui_subscriptions_expired", "Subscriptions that reached their deadline.", expired)
    yield gauge("evtui_queue_bytes", "What all queues together hold.", use.bytes)
    yield gauge("evtui_queue_limit_bytes", "What all queues together may hold.", use.limit)
    yield counter("evtui_queue_overflows", "Notifications lost by the limit of all queues together.", use.overflows)
    yield gauge("evtui_queue_destinations_limit", "Destinations with a queue that there may be.", use.destination_limit)
    yield counter("evtui_queue_destinations_refused", "Queues not opened by that limit.", use.destinations_refused)
    yield gauge("evtui_spool_set_aside", "Damaged notifications that the spool keeps apart.", totals.set_aside)
    yield gauge("evtui_journal_records", "Records that the journal holds.", journal.kept)
    yield counter("evtui_journal_records_evicted", "Records that newer ones have replaced.", journal.evicted)


def transport_families(
    schemes: Iterable[str],
    deliveries: Mapping[tuple[str, Outcome], int],
    retries: Mapping[str, int],
    subscriptions: Mapping[str, int],
    latencies: Mapping[str, BucketCounts],
) -> Iterable[Metric]:
    """Tell what is counted by transport. Each known scheme has its rows from the start, so that rates begin at 0."""
    known = sorted({*schemes, *subscriptions, *retries, *(scheme for scheme, _ in deliveries)})
    yield gauges(
        "evtui_subscriptions", "Active subscriptions.", ("transport",),
        (((scheme,), subscriptions.get(scheme, 0)) for scheme in known),
    )  # fmt: skip
    yield counters(
        "evtui_deliveries", "Notifications whose end is known, by outcome.", ("transport", "outcome"),
        (((scheme, outcome), deliveries.get((scheme, outcome), 0)) for scheme in known for outcome in _OUTCOMES),
    )  # fmt: skip
    yield counters(
        "evtui_delivery_retries", "Failed attempts that are tried again.", ("transport",),
        (((scheme,), retries.get(scheme, 0)) for scheme in known),
    )  # fmt: skip
    histogram = HistogramMetricFamily(
        "evtui_queued_delivery_seconds", "From the raise to the delivery of what was queued.", labels=("transport",)
    )
    for scheme, counts in latencies.items():
        histogram.add_metric((scheme,), _buckets(counts), counts.sum)
    yield histogram


def queue_families(sums: Mapping[str, QueueSums]) -> Iterable[Metric]:
    """Tell what waits, by transport."""
    yield gauges(
        "evtui_queue_notifications", "Notifications that wait.", ("transport",),
        (((scheme,), each.notifications) for scheme, each in sums.items()),
    )  # fmt: skip
    yield gauges(
        "evtui_queue_oldest_seconds", "How long the oldest notification has waited.", ("transport",),
        (((scheme,), each.oldest) for scheme, each in sums.items()),
    )  # fmt: skip
    yield gauges(
        "evtui_queue_destinations", "Destinations with a queue, by how their delivery stands.", ("transport", "state"),
        (((scheme, state), each.links[state]) for scheme, each in sums.items() for state in _STATES),
    )  # fmt: skip


def listener_families(listeners: ListenerStatistics) -> Iterable[Metric]:
    """Tell what the management interface has counted."""
    yield counter("evtui_mi_requests", "Requests understood by the management interface.", listeners.requests)
    yield counters(
        "evtui_mi_failures", "Requests and replies of the management interface that failed, by kind.", ("kind",),
        (
            ((name,), getattr(listeners, name))
            for name in ListenerStatistics.__struct_fields__ if name not in _NO_FAILURES
        ),
    )  # fmt: skip


def reader_families(feed: FeedStatistics, viewers: Mapping[str, int]) -> Iterable[Metric]:
    """Tell who watches."""
    yield gauge("evtui_watch_readers", "Readers of the watch feed.", feed.readers)
    yield counter("evtui_watch_readers_refused", "Readers refused by mi.watch_readers.", feed.refused)
    yield counter("evtui_watch_readers_given_up", "Readers that asked or took nothing for too long.", feed.given_up)
    yield counter("evtui_watch_records_lost", "Records that readers were too slow for.", feed.lost)
    yield gauges(
        "evtui_viewers", "Open sessions of viewers.", ("door",), (((door,), n) for door, n in viewers.items())
    )  # fmt: skip


def process_families(version: str, lag: LoopLag, *, is_ready: bool) -> Iterable[Metric]:
    """Tell of this process."""
    yield gauges("evtui_build_info", "The version that runs; always 1.", ("version",), [((version,), 1)])
    yield gauge("evtui_ready", "1 when /healthz says that it is ready, else 0.", is_ready)
    yield HistogramMetricFamily(
        "evtui_loop_lag_seconds", "How late the event loop runs what is due.",
        buckets=_buckets(lag.counts), sum_value=lag.counts.sum,
    )  # fmt: skip


def _buckets(counts: BucketCounts) -> list[tuple[str, float]]:
    """Return each upper bound with the measurements up to it."""
    bounds = (*map(str, counts.bounds), "+Inf")
    return [*zip(bounds, map(float, accumulate(counts.numbers)), strict=True)]


class GivenFamilies(Collector):
    """Families that were made already, and those that the library itself tells of a process."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """Give the families."""
        return (*self._families, *_OF_PROCESS.collect())


_OF_PROCESS: Final = ProcessCollector(registry=None)


def write_families(families: Sequence[Metric], *, as_open: bool) -> tuple[bytes, str]:
    """Write families as text, or as OpenMetrics; return that and its content type."""
    given = GivenFamilies(families)
    if as_open:
        text = cast("bytes", open_exposition.generate_latest(given))  # type: ignore[no-untyped-call]
        return text, open_exposition.CONTENT_TYPE_LATEST
    return exposition.generate_latest(given), exposition.CONTENT_TYPE_PLAIN_0_0_4
