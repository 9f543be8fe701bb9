"""Event routes, timers, waiting and limits of a script on an engine."""

import time
from contextlib import closing
from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from evtui.core.errors import BadSocketError
from evtui.core.records import Settled
from evtui.scripting import route_runner
from tests.functional.scripts.script_world import Receiver, World, scripted
from tests.limits import HANG

HEAD = "xlog_level=3\n"


def sockets(world: World, event: str) -> list[str]:
    return [str(state.subscription.socket) for state in world.engine.subscription_states(event)]


async def test_sync_routes_run_in_place_share_the_raisers_values_and_exit_ends_only_the_route(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
    event_route[E_Y, sync] { $avp(leak) = "yes"; xlog("seen $avp(seen) a=$param(a)"); exit; }
    route[GO] {
        $avp(seen) = "from_raiser"; $avp(n) = "a"; $avp(v) = "va";
        raise_event("E_Y", $avp(n), $avp(v));
        xlog("after rc=$rc leak=$avp(leak)");
    }"""
    )
    async with scripted(tmp_path, text) as world:
        await world.run("GO")
        assert world.log == ["seen from_raiser a=va", "after rc=1 leak=yes"]


@pytest.mark.parametrize("mode", ["", ", async"])
async def test_other_routes_run_after_the_raise_in_order_with_values_of_their_own(tmp_path: Path, mode: str) -> None:
    text = HEAD + (
        f"event_route[E_Z{mode}]" + ' { $avp(leak) = "yes"; xlog("$param(1) seen=$avp(seen) rm=$rm ru=$ru"); }'
        'route[GO] { $avp(seen) = "raiser"; $var(i) = 0; while ($var(i) < 3) { $var(i) = $var(i) + 1;'
        ' $avp(v) := $var(i); raise_event("E_Z", $avp(v)); } xlog("after leak=$avp(leak)"); }'
    )
    async with scripted(tmp_path, text) as world:
        await world.run("GO")
        await world.until(lambda: len(world.log) == 4)
        seen = "seen=<null> rm=DUMMY ru=sip:user@dummy.com"
        assert world.log == ["after leak=<null>", f"1 {seen}", f"2 {seen}", f"3 {seen}"]


async def test_a_loop_that_raises_for_a_slower_route_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route_runner, "POLICY", replace(route_runner.POLICY, max_count=3_000))
    text = (
        "max_while_loops=20000\n"
        "event_route[E_Z] { $var(s) = $(param(1){s.len}) + $(param(1){s.sha1}{s.len}); $var(n) = $var(n) + 1; }"
        "route[GO] { $var(n) = 0; $var(i) = 0; while ($var(i) < 9000) { $var(i) = $var(i) + 1;"
        ' $avp(v) := $var(i); raise_event("E_Z", $avp(v)); } xlog("over"); }'
    )
    async with scripted(tmp_path, HEAD + text) as world:
        await world.run("GO")
        await world.until(lambda: not world.engine.totals().queued)
        (state,) = [state for state in world.engine.event_states() if state.event.name == "E_Z"]
        assert (state.raised, state.sent, state.dropped) == (9_000, 9_000, 0)


async def test_several_routes_of_one_event_all_run_also_sync_and_async_ones(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
    event_route[E_M] { xlog("later one"); }
    event_route[E_M, sync] { xlog("now"); }
    event_route[E_M] { xlog("later two"); }
    """
    )
    async with scripted(tmp_path, text) as world:
        assert sockets(world, "E_M") == ["route:E_M"]
        world.engine.raise_event("E_M")
        assert world.log == ["now"]
        await world.until(lambda: len(world.log) == 3)
        assert world.log == ["now", "later one", "later two"]


async def test_raises_inside_each_other_end_at_a_hundred_and_the_innermost_fails(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
    event_route[E_REC, sync] { $var(n) = $var(n) + 1; raise_event("E_REC"); $avp(rc) = $rc; }
    route[GO] { $var(n) = 0; raise_event("E_REC"); xlog("n=$var(n) all=$(avp(rc)[*])"); }"""
    )
    async with scripted(tmp_path, text) as world:
        await world.run("GO")
        counted = next(line for line in world.log if line.startswith("n="))
        (state,) = [state for state in world.engine.event_states() if state.event.name == "E_REC"]
        assert counted == "n=100 all=" + ", ".join(["1"] * 99 + ["-1"])
        assert (state.raised, state.dropped) == (100, 1)


async def test_from_python_too_a_hundred_raises_fit_inside_each_other(tmp_path: Path) -> None:
    text = HEAD + 'event_route[E_REC, sync] { $var(n) = 1; raise_event("E_REC"); }'
    async with scripted(tmp_path, text) as world:
        world.engine.raise_event("E_REC")
        (state,) = [state for state in world.engine.event_states() if state.event.name == "E_REC"]
        assert (state.raised, state.dropped) == (100, 1)


async def test_a_route_that_an_error_ends_is_a_failed_notification_and_the_next_one_is_handled(tmp_path: Path) -> None:
    text = HEAD + 'event_route[E_L] { while (1) { while (1) { $var(i) = 1; } } }  event_route[E_N] { xlog("alive"); }'
    async with scripted(tmp_path, text, run_limit=0.2) as world:
        watch = world.engine.watch()
        ticks = 0
        world.engine.raise_event("E_L")
        ended = None
        while ended is None:
            ticks += 1
            await anyio.sleep(0.001)
            ended = next((record for record in watch.read() if isinstance(record, Settled)), None)
        assert (ended.outcome, "0.2 s of processor time" in (ended.reason or "")) == ("failed", True)
        assert ticks > 5, "others had no turn while the route ran"
        world.engine.raise_event("E_N")
        await world.logged("alive")


async def test_each_of_several_waiting_notifications_has_the_whole_limit_of_a_run(tmp_path: Path) -> None:
    text = HEAD + 'event_route[E_L] { while ($param(1) == 1) { $var(i) = 1; } xlog("$param(1)"); }'
    async with scripted(tmp_path, "max_while_loops = 100000000\n" + text, run_limit=0.2) as world:
        watch = world.engine.watch()
        for number in (1, 2, 1, 3):
            world.engine.raise_event("E_L", [number])
        outcomes: list[str] = []
        with anyio.fail_after(HANG):
            while len(outcomes) < 4:
                await anyio.sleep(0.005)
                outcomes += [record.outcome for record in watch.read() if isinstance(record, Settled)]
        assert outcomes == ["failed", "sent", "failed", "sent"]
        assert [line for line in world.log if line.isdigit()] == ["2", "3"]


async def test_a_sync_route_raised_from_python_is_ended_after_a_second(tmp_path: Path) -> None:
    text = HEAD + "event_route[E_L, sync] { while (1) { while (1) { $var(i) = 1; } } }"
    async with scripted(tmp_path, text, run_limit=0.1) as world:
        started = time.monotonic()
        world.engine.raise_event("E_L")
        assert time.monotonic() - started < HANG


async def test_a_run_that_is_ended_among_sync_routes_leaves_all_of_them_at_once(tmp_path: Path) -> None:
    text = HEAD + (
        "event_route[E_TWICE, sync] { if ($var(runs) == NULL) $var(runs) = 0; $var(runs) = $var(runs) + 1;"
        " if ($var(runs) < 30000) route(TWICE); }"
        'route[TWICE] { raise_event("E_TWICE"); raise_event("E_TWICE"); }'
        'route[SAY] { xlog("$var(runs)"); }'
    )
    async with scripted(tmp_path, text, run_limit=0.02) as world:
        world.script.log.limited = False  # the refused raises of the same line would hide how it ended
        await world.run("TWICE")
        ended = [line for line in world.log if line == "ended after 0.02 s of processor time"]
        assert 1 <= len(ended) <= 101, "one for each route that is under way"
        await world.run("SAY")
        assert int(world.log[-1]) < 30000


async def test_timer_routes_run_after_their_interval_and_their_avps_are_emptied(tmp_path: Path) -> None:
    text = HEAD + 'timer_route[tick, 1] { $avp(x) = "v"; xlog("tick $(avp(x)[*])"); }'
    async with scripted(tmp_path, text) as world:
        assert world.log == []
        await world.until(lambda: len(world.log) == 2)
        assert world.log == ["tick v", "tick v"]


async def test_a_script_that_sleeps_or_waits_for_an_event_lets_others_run(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
    route[WAIT] {
        $avp(f) = "ip=10.*";
        wait_for_event("E_PIKE_BLOCKED", $avp(f), 5);
        xlog("got $avp(ip) rc=$rc");
    }
    route[SLEEP] { usleep(1000); xlog("slept"); }
    route[TOO_LATE] { wait_for_event("E_PIKE_BLOCKED", , 1); xlog("late rc=$rc"); }
    """
    )
    async with scripted(tmp_path, text) as world, anyio.create_task_group() as tasks:
        tasks.start_soon(world.run, "WAIT")
        await world.until(lambda: sockets(world, "E_PIKE_BLOCKED") == ["routing:E_PIKE_BLOCKED"])
        await world.run("SLEEP")
        world.engine.raise_event("E_PIKE_BLOCKED", {"ip": "192.0.2.1"})
        world.engine.raise_event("E_PIKE_BLOCKED", {"ip": "10.0.0.1"})
        await world.logged("got 10.0.0.1 rc=1")
        assert world.log == ["slept", "got 10.0.0.1 rc=1"]
        assert sockets(world, "E_PIKE_BLOCKED") == []
        await world.run("TOO_LATE")
        assert world.log[-1] == "late rc=-2"


async def test_notify_on_event_runs_a_route_for_each_match(tmp_path: Path) -> None:
    text = (
        HEAD
        + """
    route[ON] { xlog("blocked $avp(ip)"); }
    startup_route { notify_on_event("E_PIKE_BLOCKED", , "ON", 60); }
    """
    )
    async with scripted(tmp_path, text) as world:
        assert sockets(world, "E_PIKE_BLOCKED") == ["routing:E_PIKE_BLOCKED"]
        for number in range(3):
            world.engine.raise_event("E_PIKE_BLOCKED", {"ip": str(number)})
        await world.until(lambda: len(world.log) == 3)
        assert world.log == ["blocked 0", "blocked 1", "blocked 2"]


async def test_subscribing_wrong_is_reported_and_its_code_is_minus_one(tmp_path: Path) -> None:
    text = (
        HEAD
        + """route[GO] {
        subscribe_event("E_PIKE_BLOCKED", "udp:127.0.0.1"); xlog("rc=$rc");
        subscribe_event("E_PIKE_BLOCKED", "nosuch:127.0.0.1:1"); xlog("rc=$rc");
        subscribe_event("E_PIKE_BLOCKED", "route:nosuch"); xlog("rc=$rc");
        subscribe_event("E_NEW", "udp:localhost:7", 60); xlog("rc=$rc");
    }"""
    )
    async with scripted(tmp_path, text) as world:
        await world.run("GO")
        assert [line for line in world.log if line.startswith("rc=")] == ["rc=-1", "rc=-1", "rc=-1", "rc=1"]
        assert sockets(world, "E_NEW") == ["udp:localhost:7"]


async def test_a_subscriber_that_came_later_is_served_before_the_route(tmp_path: Path) -> None:
    async with scripted(tmp_path, HEAD + 'event_route[E_ORD, sync] { xlog("route"); }') as world:
        with closing(Receiver()) as receiver:
            world.engine.subscribe("E_ORD", f"udp:127.0.0.1:{receiver.port}", 600)
            assert sockets(world, "E_ORD") == [f"udp:127.0.0.1:{receiver.port}", "route:E_ORD"]
            world.engine.raise_event("E_ORD", ["o"])
            assert await receiver.next() == "E_ORD\no\n\n"
            assert world.log == ["route"]


async def test_routes_may_be_subscribed_to_other_events_and_unknown_ones_are_refused(tmp_path: Path) -> None:
    async with scripted(tmp_path, HEAD + 'event_route[E_A] { xlog("$param(1)"); }') as world:
        world.engine.subscribe("E_PIKE_BLOCKED", "route:E_A", 60)
        world.engine.raise_event("E_PIKE_BLOCKED", {"ip": "10.1.1.1"})
        await world.logged("10.1.1.1")
        with pytest.raises(BadSocketError, match="no event_route of that name"):
            world.engine.subscribe("E_PIKE_BLOCKED", "route:E_B")


async def test_runs_for_events_that_were_waited_for_are_counted_as_others_are(tmp_path: Path) -> None:
    text = """
    startup_route { notify_on_event("E_PIKE_BLOCKED", , "ON", 60); }
    route[ON] { if ($avp(ip) == "bad") route(TOO_DEEP); }
    route[TOO_DEEP] { while (1) { while (1) $var(i) = 1; } }
    route[WAIT] { async(wait_for_event("E_PIKE_BLOCKED", , 60), RESUMED); }
    route[RESUMED] { usleep(1000); if ($avp(ip) == "exit") exit; }
    """
    async with scripted(tmp_path, text, run_limit=0.1) as world:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(world.run, "WAIT")
            await world.until(lambda: len(sockets(world, "E_PIKE_BLOCKED")) == 1)
            await anyio.wait_all_tasks_blocked()
            world.engine.raise_event("E_PIKE_BLOCKED", {"ip": "exit"})
        world.engine.raise_event("E_PIKE_BLOCKED", {"ip": "bad"})

        def states() -> dict[str | None, tuple[int, int]]:
            return {state.name: (state.runs, state.errors) for state in world.script.routes.states()}

        await world.until(lambda: states()["TOO_DEEP"] == (1, 1))
        assert (states()["ON"], states()["RESUMED"]) == ((2, 0), (1, 0))
        took = {state.name: state.total_took for state in world.script.routes.states()}
        assert took["RESUMED"] >= 0.001
        (failed,) = [state for state in world.script.routes.states() if state.name == "TOO_DEEP"]
        assert "0.1 s of processor time" in (failed.last_error or "")
        assert failed.error_place is not None
        assert failed.error_place.line == 4


async def test_a_route_that_others_call_has_runs_and_errors_of_its_own(tmp_path: Path) -> None:
    text = """
    route[OUTER] { route(INNER); route(INNER); route(ENDS); }
    route[INNER] { usleep(1000); return(2); }
    route[ENDS] { exit; }
    """
    async with scripted(tmp_path, text) as world:
        await world.run("OUTER")
        states = {state.name: state for state in world.script.routes.states()}
        assert {name: (state.runs, state.errors) for name, state in states.items()} == {
            "OUTER": (1, 0),
            "INNER": (2, 0),
            "ENDS": (1, 0),
        }
        assert states["OUTER"].total_took >= states["INNER"].total_took >= 0.002


async def test_a_name_no_event_can_have_is_reported_once_with_its_place_and_route(tmp_path: Path) -> None:
    text = f'route {{ raise_event(""); }}\nevent_route["{"x" * 65}"] {{ exit; }}'
    async with scripted(tmp_path, text) as world:
        (told,) = world.script.log.read(0, 100).records
        assert told.place is not None
        assert (told.place.line, told.route[:12], told.text[-20:]) == (2, "event_route[", "65 bytes, at most 64")
        assert [(f.place.line, f.code) for f in world.script.findings] == [(1, "bad-event-name"), (2, "bad-event-name")]
