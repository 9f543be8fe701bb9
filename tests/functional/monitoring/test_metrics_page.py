"""`/metrics` of a real engine: true counters, the conventions of Prometheus, bounded labels, and no waiting loop."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import anyio
import anyio.lowlevel
from msgspec.structs import replace

from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.core.clocks import Clocks
from evtui.core.values import NO_PARAMS
from evtui.mi.listener_statistics import FeedStatistics
from evtui.serve.service.health import Health
from evtui.serve.service.loop_lag import BOUNDS, LoopLag
from evtui.serve.service.metrics import KEPT, Measured, MetricsPage
from tests.fakes.engine_fakes import FakeClock, fake_clocks
from tests.functional.mi.mi_world import World, eventually
from tests.functional.monitoring.scrapes import Scrape, convention_faults

NOT_THERE = "tcp:127.0.0.1:1"
QUEUES = 5000
MOST_SAMPLES = 300


class Monitored:
    """A world with its page."""

    def __init__(self, world: World, clocks: Clocks) -> None:
        self.world = world
        self.feed = FeedStatistics()
        self.health = Health(clocks, "1.2.3")
        self.health.stage = "ready"
        self.page = MetricsPage(Measured(world.engine, self.health, world.dispatcher.statistics, self.feed), clocks)

    async def scrape(self, accept: str = "") -> Scrape:
        """Read the page."""
        body, content_type = await self.page.write(accept)
        return Scrape(body.decode(), is_open="openmetrics" in content_type)


@asynccontextmanager
async def _monitored(clocks: Clocks) -> AsyncGenerator[Monitored]:
    world = World(["E_X", "E_Y"])
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(world.engine.run)
            yield Monitored(world, clocks)
            tasks.cancel_scope.cancel()
    finally:
        world.close()


async def test_raises_deliveries_queues_and_expiries_are_what_happened() -> None:
    clock = FakeClock()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as receiver:
        receiver.bind(("127.0.0.1", 0))
        async with _monitored(fake_clocks(clock)) as monitored:
            engine = monitored.world.engine
            engine.subscribe("E_X", f"udp:127.0.0.1:{receiver.getsockname()[1]}")
            engine.subscribe("E_X", "unix:/tmp/there.is.no.such.socket")
            engine.subscribe("E_X", NOT_THERE)
            engine.subscribe("E_Y", "udp:127.0.0.1:9", 5)
            for _ in range(3):
                engine.raise_event("E_X")
            engine.refuse_raise("E_X", NO_PARAMS, "read-only", "no")
            await eventually(lambda: engine.counts.retries().get("tcp", 0) > 0)
            monitored.world.clock.pass_by(7)
            scrape = await monitored.scrape()
            assert scrape.value("evtui_raises_total") == 3
            assert scrape.value("evtui_raises_refused_total", cause="read_only") == 1
            assert scrape.value("evtui_deliveries_total", transport="udp", outcome="sent") == 3
            assert scrape.value("evtui_deliveries_total", transport="unix", outcome="failed") == 3
            assert scrape.value("evtui_deliveries_total", transport="unix", outcome="sent") == 0
            assert scrape.value("evtui_deliveries_total", transport="tcp", outcome="acknowledged") == 0
            assert scrape.value("evtui_queue_notifications", transport="tcp") == 3
            assert scrape.value("evtui_queue_oldest_seconds", transport="tcp") == 7
            assert scrape.value("evtui_queue_destinations", transport="tcp", state="retrying") == 1
            assert scrape.value("evtui_delivery_retries_total", transport="tcp") >= 1
            assert scrape.value("evtui_subscriptions", transport="udp") == 1
            assert scrape.value("evtui_subscriptions_expired_total") == 1
            clock.pass_by(KEPT)
            engine.raise_event("E_X")
            assert (await monitored.scrape()).value("evtui_raises_total") == 4


async def test_the_latency_of_what_was_queued_is_a_histogram_of_its_transport(tmp_path: Path) -> None:
    clock = FakeClock()
    async with _monitored(fake_clocks(clock)) as monitored:
        engine = monitored.world.engine
        assert "evtui_queued_delivery_seconds_count" not in (await monitored.scrape()).names
        engine.subscribe("E_X", f"flatstore:{tmp_path / 'flat'}")
        for _ in range(3):
            engine.raise_event("E_X")
        monitored.world.clock.pass_by(0.2)
        await eventually(lambda: engine.counts.deliveries()["flatstore", "sent"] == 3)
        clock.pass_by(KEPT)
        scrape = await monitored.scrape()
        name = "evtui_queued_delivery_seconds"
        assert scrape.value(f"{name}_count", transport="flatstore") == 3
        assert scrape.value(f"{name}_bucket", transport="flatstore", le="0.1") == 0
        assert scrape.value(f"{name}_bucket", transport="flatstore", le="0.5") == 3
        assert round(scrape.value(f"{name}_sum", transport="flatstore"), 6) == 0.6


async def test_requests_readers_viewers_and_the_loop_are_told() -> None:
    async with _monitored(fake_clocks()) as monitored:
        await monitored.world.dispatcher.json(b'{"jsonrpc":"2.0","id":1,"method":"which"}')
        await monitored.world.dispatcher.json(b'{"jsonrpc":"2.0","id":1,"method":"no_such"}')
        monitored.feed.readers, monitored.feed.lost = 4, 17
        monitored.health.viewers.add("ssh", lambda: 3)
        monitored.health.lag.add(0.3)
        scrape = await monitored.scrape()
        assert scrape.value("evtui_mi_requests_total") == 2
        assert scrape.value("evtui_mi_failures_total", kind="refused") == 1
        assert scrape.value("evtui_watch_readers") == 4
        assert scrape.value("evtui_watch_records_lost_total") == 17
        assert scrape.value("evtui_viewers", door="ssh") == 3
        assert scrape.value("evtui_loop_lag_seconds_bucket", le="0.25") == 0
        assert scrape.value("evtui_loop_lag_seconds_bucket", le="0.5") == 1
        assert scrape.value("evtui_loop_lag_seconds_count") == 1
        assert scrape.value("evtui_build_info", version="1.2.3") == 1
        assert scrape.value("evtui_ready") == 1


async def test_both_formats_are_read_by_the_library_and_keep_its_conventions() -> None:
    async with _monitored(fake_clocks()) as monitored:
        monitored.health.viewers.add("ssh", lambda: 0)
        plain, opened = await monitored.scrape(), await monitored.scrape("application/openmetrics-text; version=1.0.0")
    ours = [family for family in plain.families.values() if family.name.startswith("evtui_")]
    assert len(ours) > 30
    assert convention_faults(ours) == []
    assert {family.name for family in ours} == {name for name in opened.families if name.startswith("evtui_")}
    assert {name for name in plain.names if name.startswith("process_")} >= {
        "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"
    }  # fmt: skip


async def test_the_conventions_find_what_breaks_them() -> None:
    text = (
        "# HELP evtui_queueMs \n# TYPE evtui_queueMs gauge\nevtui_queueMs 1\n"
        "# HELP evtui_lag_milliseconds x\n# TYPE evtui_lag_milliseconds gauge\nevtui_lag_milliseconds 1\n"
        "# HELP evtui_raises_counter x\n# TYPE evtui_raises_counter counter\nevtui_raises_counter 1\n"
        '# HELP evtui_queue_x x\n# TYPE evtui_queue_x gauge\nevtui_queue_x{queue="a"} 1\n'
    )
    assert convention_faults(Scrape(text).families.values()) == [
        "evtui_queueMs: no help text",
        "evtui_queueMs: a name is snake_case",
        "evtui_lag_milliseconds: no base unit",
        "evtui_raises_counter: its type is in its name",
        "evtui_queue_x: a label repeats the name",
    ]


async def test_thousands_of_subscriptions_add_no_series_and_many_scrapes_do_not_hold_the_loop() -> None:
    async with _monitored(REAL_CLOCKS) as monitored, anyio.create_task_group() as tasks:
        engine = monitored.world.engine
        before = (await monitored.scrape()).size
        for number in range(QUEUES):
            engine.publish(f"E_{number}")
            engine.subscribe(f"E_{number}", f"tcp:127.0.0.1:{1 + number}")
            engine.subscribe(f"E_{number}", f"udp:127.0.0.1:{1 + number}")
            if number % 100 == 0:
                await anyio.lowlevel.checkpoint()
        await anyio.sleep(KEPT)
        # In processor time: what other processes of the machine take is no fault of the page.
        lag = LoopLag(replace(REAL_CLOCKS, monotonic=REAL_CLOCKS.processor))
        tasks.start_soon(lag.run)
        await anyio.lowlevel.checkpoint()
        async with anyio.create_task_group() as scrapers:
            for _ in range(200):
                scrapers.start_soon(monitored.page.write)
        after = await monitored.scrape()
        await anyio.sleep(0.3)
        assert any(lag.counts.numbers)
        assert lag.worst() < BOUNDS[7]  # 250 ms
        assert after.size == before <= MOST_SAMPLES
        assert after.value("evtui_queue_destinations", transport="tcp", state="idle") == QUEUES
        tasks.cancel_scope.cancel()
