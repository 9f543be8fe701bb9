"""Scripts that raise in a loop, on an engine with real sockets: what leaves together arrives as if it had not."""

import socket
from contextlib import ExitStack, closing
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from evtui.core.records import Raised, Settled
from evtui.engine.engine_counts import EngineCounts
from evtui.scripting import script_events
from evtui.scripting.greenlet_runner import GreenletRunner
from evtui.transports.datagram import transport
from evtui.transports.datagram.unix_sender import POLICY
from tests.functional.scripts.script_world import Caller, Receiver, scripted, sip_place
from tests.limits import HANG

LOOP = """
    $var(i) = 0;
    while ($var(i) < 100) {
        $avp(v) := $var(i);
        raise_event("E_L", $avp(v));
        $var(i) = $var(i) + 1;
    }
"""


async def test_all_notifications_of_a_loop_arrive_in_order_and_are_recorded_as_sent(tmp_path: Path) -> None:
    with ExitStack() as stack:
        receivers = [stack.enter_context(closing(Receiver())) for _ in range(3)]
        async with scripted(tmp_path, f"route[GO] {{ {LOOP} }}") as world:
            for receiver in receivers:
                world.engine.subscribe("E_L", f"udp:127.0.0.1:{receiver.port}")
            watch = world.engine.watch()
            await world.run("GO")
            expected = [f"E_L\n{number}\n\n" for number in range(100)]
            for receiver in receivers:
                assert [await receiver.next() for _ in range(100)] == expected
                assert receiver.nothing()
            records = [record for record in watch.read() if isinstance(record, Raised)]
            assert [record.payloads[0].decode() for record in records] == expected
            serials = [record.serial for record in records]
            assert serials == list(range(serials[0], serials[0] + 100))
            assert all(record.latencies[0] > 0 and not record.failures for record in records)
            state = next(state for state in world.engine.event_states() if state.event.name == "E_L")
            assert (state.raised, state.sent, state.failed) == (100, 300, 0)


async def test_what_a_route_raises_is_recorded_before_the_end_of_the_route(tmp_path: Path) -> None:
    text = """
        event_route[E_IN] {
            $avp(v) := $param(1);
            raise_event("E_OUT", $avp(v)); $var(x) = 1;
            raise_event("E_OUT", $avp(v)); $var(x) = 1;
        }
    """
    with closing(Receiver()) as receiver:
        async with scripted(tmp_path, text) as world:
            world.engine.subscribe("E_OUT", f"udp:127.0.0.1:{receiver.port}")
            watch = world.engine.watch()
            for number in range(20):
                world.engine.raise_event("E_IN", [number])
            assert [await receiver.next() for _ in range(40)] == [f"E_OUT\n{n // 2}\n\n" for n in range(40)]
            await world.until(lambda: world.engine.totals().queued == 0)
            records = [record for record in watch.read() if isinstance(record, Raised | Settled)]
            raised = {record.serial: record.params for record in records if isinstance(record, Raised)}
            ends = [number for number, record in enumerate(records) if isinstance(record, Settled)]
            assert len(ends) == 20
            for number in ends:
                before = [
                    record for record in records[:number] if isinstance(record, Raised) and record.event == "E_OUT"
                ]
                assert [record.params for record in before].count(raised[records[number].serial]) == 2


RAISES = "$avp(v) := 1;" + ' raise_event("E_S", $avp(v)); $var(x) = 1;' * 5


async def test_notifications_leave_before_the_run_waits(tmp_path: Path) -> None:
    with closing(Receiver()) as receiver:
        async with scripted(tmp_path, f"route[GO] {{ {RAISES} sleep(3600); }}") as world:
            world.engine.subscribe("E_S", f"udp:127.0.0.1:{receiver.port}")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(world.run, "GO")
                assert [await receiver.next() for _ in range(5)] == ["E_S\n1\n\n"] * 5
                tasks.cancel_scope.cancel()


async def test_notifications_leave_before_the_reply_to_a_sip_message(tmp_path: Path) -> None:
    text = f'route {{ {RAISES} sl_send_reply(200, "OK"); sleep(3600); }}'
    with closing(Receiver()) as receiver:
        async with scripted(tmp_path, text, sip=sip_place()) as world:
            world.engine.subscribe("E_S", f"udp:127.0.0.1:{receiver.port}")
            with closing(Caller(world.sip)) as caller:
                caller.send("OPTIONS sip:bob@127.0.0.1 SIP/2.0", "1 OPTIONS")
                assert (await caller.next()).startswith("SIP/2.0 200 OK")
                assert [receiver.socket.recv(100) for _ in range(5)] == [b"E_S\n1\n\n"] * 5


LONG = LOOP.replace("100", "4000")


async def test_a_loop_leaves_time_to_receivers_that_are_slow_but_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = iter([(0.6, 10), (0.6, 10), (0.7, 30), (0.4, 50)])
    given: list[float] = []

    def waiting(_counts: EngineCounts, _event: str) -> tuple[float, int]:
        return next(seen, (0.0, 0))

    def give_way(_runner: GreenletRunner, seconds: float = 0.0) -> None:
        given.append(seconds)

    monkeypatch.setattr(EngineCounts, "waiting", waiting)
    monkeypatch.setattr(GreenletRunner, "give_way", give_way)
    text = f"max_while_loops=5000\nevent_route[E_L] {{ $var(x) = 1; }}\nroute[GO] {{ {LONG} }}"
    async with scripted(tmp_path, text) as world:
        await world.run("GO")
    assert given == [script_events.TIME_TO_READ] * 2


async def test_a_reader_that_reads_nothing_keeps_no_loop_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "POLICY", replace(POLICY, max_count=600))
    monkeypatch.setattr(script_events, "TIME_TO_READ", 10 * HANG)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as reader:
        reader.bind(str(tmp_path / "stuck"))
        async with scripted(tmp_path, f"max_while_loops=5000\nroute[GO] {{ {LONG} }}") as world:
            world.engine.subscribe("E_L", f"unix:{tmp_path / 'stuck'}")
            with anyio.fail_after(HANG):
                await world.run("GO")
            (state,) = world.engine.subscription_states("E_L")
            assert (state.dropped or 0) > 3_000
