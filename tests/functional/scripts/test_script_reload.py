"""Reloading a script: what changes, what stays, and what a wrong one does."""

import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import anyio
import pytest

from evtui.core.known_versions import ScriptVersion
from evtui.core.script_port import RouteState
from evtui.script.runtime.host_ports import Events, Host
from evtui.scripting import script_runtime as scripting
from evtui.scripting.script_loader import PreparedScript, prepare_scripts
from evtui.scripting.script_view import EngineScriptView
from tests.functional.scripts.script_world import World, scripted
from tests.limits import HANG

FIRST = """xlog_level=3
startup_route { $var(kept) = "kept"; cache_store("local", "k", "cached"); xlog("startup"); }
event_route[E_OLD] { xlog("old"); }
event_route[E_BOTH] { xlog("before"); }
timer_route[t, 3600] { xlog("never"); }
route[SHOW] { xlog("var $var(kept)"); }
"""
SECOND = """xlog_level=3
startup_route { xlog("startup again"); }
event_route[E_NEW] { xlog("new"); }
event_route[E_BOTH, sync] { xlog("after"); }
timer_route[t, 1] { xlog("tick"); }
route[SHOW] { cache_fetch("local", "k", $avp(c)); xlog("var $var(kept) cache $avp(c)"); }
"""


def routes(world: World) -> list[str]:
    return sorted(
        str(state.subscription.socket)
        for state in world.engine.subscription_states()
        if state.subscription.socket.scheme == "route"
    )


async def test_a_reload_takes_over_and_keeps_variables_cache_and_what_subscribers_there_are(tmp_path: Path) -> None:
    async with scripted(tmp_path, FIRST) as world:
        world.engine.subscribe("E_PIKE_BLOCKED", "route:E_OLD", 600)
        assert routes(world) == ["route:E_BOTH", "route:E_OLD", "route:E_OLD"]
        world.file.write_text(SECOND)
        assert await world.script.reload() is None
        assert routes(world) == ["route:E_BOTH", "route:E_NEW"]
        await world.run("SHOW")
        assert world.log[-1] == "var kept cache cached"
        world.engine.raise_event("E_BOTH")
        assert world.log[-1] == "after"
        world.engine.raise_event("E_NEW")
        await world.logged("new")
        await world.logged("tick")
        assert "startup again" not in world.log


async def test_a_wrong_script_changes_nothing_and_is_reported(tmp_path: Path) -> None:
    async with scripted(tmp_path, FIRST) as world:
        view = EngineScriptView(world.script)
        world.file.write_text("route {\n  xlog(;\n}")
        why = await view.reload()
        assert why is not None
        assert why.startswith(f"{world.file}:2:")
        assert view.state().trouble == why
        world.engine.raise_event("E_OLD")
        await world.logged("old")
        world.file.unlink()
        assert "script.cfg" in (await view.reload() or "")
        world.file.write_text(FIRST)
        assert await view.reload() is None
        assert view.state().trouble is None


async def test_counters_of_a_route_go_on_over_a_reload(tmp_path: Path) -> None:
    async with scripted(tmp_path, FIRST) as world:
        view = EngineScriptView(world.script)
        await world.run("SHOW")
        await view.reload()
        await world.run("SHOW")
        assert route(view, "SHOW").runs == 2


def route(view: EngineScriptView, name: str | None, kind: str = "route") -> RouteState:
    (found,) = [state for state in view.state().routes if (state.kind, state.name) == (kind, name)]
    return found


async def test_the_console_sees_files_routes_findings_and_log(tmp_path: Path) -> None:
    text = 'route[BAD] {\n  exit;\n  xlog("never");\n}\nroute[LOOP] { while (1) { while (1) { $var(i)=1; } } }\n'
    async with scripted(tmp_path, text, run_limit=0.1) as world:
        view = EngineScriptView(world.script)
        state = view.state()
        assert [file.text for file in state.files] == [text]
        assert [finding.place.line for finding in state.findings if finding.severity == "warning"] == [3]
        assert view.state() is state
        assert await view.run(route(view, "BAD")) == f"route[BAD]: ended by exit at {world.file}:2:3"
        ended = await view.run(route(view, "LOOP"))
        assert re.search(r"ended by an error: \S+script\.cfg:5:\d+: ended after 0\.1 s of processor time$", ended)
        looped = route(view, "LOOP")
        assert (looped.runs, looped.errors) == (1, 1)
        assert looped.error_place is not None
        assert looped.error_place.line == 5
        part = view.log()
        assert part.records[-1].route == "route[LOOP]"
        assert view.log(part.cursor).records == []


async def test_the_main_route_is_run_by_hand_as_any_other(tmp_path: Path) -> None:
    async with scripted(tmp_path, "route { return(7); }") as world:
        view = EngineScriptView(world.script)
        assert await view.run(route(view, None)) == "route: returned 7"


async def test_a_run_by_hand_can_be_cancelled(tmp_path: Path) -> None:
    async with scripted(tmp_path, 'xlog_level=3 route[S] { sleep(60); xlog("awake"); }') as world:
        view = EngineScriptView(world.script)
        with anyio.move_on_after(0.05) as scope:
            await view.run(route(view, "S"))
        assert scope.cancelled_caught
        assert "awake" not in world.log


async def test_what_includes_say_runs_too(tmp_path: Path) -> None:
    (tmp_path / "more.cfg").write_text('event_route[E_INC] { xlog("included"); }')
    async with scripted(tmp_path, 'xlog_level=3 include_file "more.cfg"') as world:
        view = EngineScriptView(world.script)
        world.engine.raise_event("E_INC")
        await world.logged("included")
        assert [Path(file.name).name for file in view.state().files] == ["script.cfg", "more.cfg"]
        assert [Path(record.place.file).name for record in view.log().records if record.place] == ["more.cfg"]


async def test_a_file_included_in_a_block_stands_there_and_keeps_its_places(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.cfg").write_text(
        '\ufeff# one\nxlog("one");\nimport_file "two.cfg"\nimport_file "no.cfg"\n'
    )
    (tmp_path / "parts" / "two.cfg").write_text('if (1) {\n  exit;\n  xlog("two");\n}\n')
    one = 'route[A] { while (1) { include_file "parts/one.cfg"\n } }'
    text = f'xlog_level=3 {one}\nroute[B] {{ include_file "parts/two.cfg" }}'
    async with scripted(tmp_path, text) as world:
        view = EngineScriptView(world.script)
        state = view.state()
        assert [Path(file.name).name for file in state.files] == ["script.cfg", "one.cfg", "two.cfg"]
        unreachable = [finding for finding in state.findings if finding.code == "unreachable"]
        assert [(Path(finding.place.file).name, finding.place.line) for finding in unreachable] == [("two.cfg", 3)]
        two = tmp_path / "parts" / "two.cfg"
        assert await view.run(route(view, "A")) == f"route[A]: ended by exit at {two}:2:3"
        places = [record.place for record in view.log().records if record.place]
        assert [(Path(place.file).name, place.line) for place in places] == [("one.cfg", 2)]


async def test_lines_of_the_log_name_the_route_that_runs_also_from_a_file_included_in_several(tmp_path: Path) -> None:
    (tmp_path / "part.cfg").write_text('xlog("part"); nosuch(); $var(x) = "a" - 1;')
    part = 'include_file "part.cfg"'
    text = (
        f'xlog_level=3 route[A] {{ {part}\n route(B); xlog("back"); }} route[B] {{ {part}\n }}'
        " route[LONG] { route(LOOP); } route[LOOP] { while (1) { $var(i) = 1; } }"
    )
    async with scripted(tmp_path, text, run_limit=0.1) as world:
        view = EngineScriptView(world.script)
        await view.run(route(view, "B"))
        await view.run(route(view, "A"))
        of_b, of_a = ["route[B]"] * 3, ["route[A]"] * 2
        assert [record.route for record in view.log().records] == [*of_b, *of_a, *of_b[:2], "route[A]"]
        await view.run(route(view, "LONG"))
        assert view.log().records[-1].route == "route[LOOP]", "the one that was under way when the run was ended"


async def test_a_file_included_in_a_block_that_is_wrong_is_reported_with_its_place(tmp_path: Path) -> None:
    part = tmp_path / "part.cfg"
    async with scripted(tmp_path, FIRST) as world:
        world.file.write_text('route { include_file "part.cfg" }')
        assert f"{world.file}:1:9: {part}: No such file" in (await world.script.reload() or "")
        part.write_text("exit;\n}\n")
        assert f"{part}:2:1: unexpected '}}'" in (await world.script.reload() or "")
        part.write_text('if (1) {\n  include_file "part.cfg"\n}')
        assert f"{part}:2:3: part.cfg includes itself" in (await world.script.reload() or "")


async def test_while_a_script_is_read_compiled_and_checked_events_are_raised_and_one_reload_waits_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised, preparing = threading.Event(), list[int]()
    text = FIRST + "route[B] { exit; exit; }"

    def slow(
        names: Sequence[str],
        host: Host,
        events: Events,
        parse_socket: Callable[[str], object],
        version: ScriptVersion | None,
        *,
        m4: bool,
    ) -> PreparedScript:
        preparing.append(len(preparing))
        assert raised.wait(HANG), "nothing is raised while a script is read"
        assert len(preparing) == 1, "two reloads at once"
        ready = prepare_scripts(names, host, events, parse_socket, version, m4=m4)
        preparing.clear()
        return ready

    async with scripted(tmp_path, text) as world:
        monkeypatch.setattr(scripting, "prepare_scripts", slow)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(world.script.reload)
            tasks.start_soon(world.script.reload)
            await world.until(lambda: bool(preparing))
            world.engine.raise_event("E_OLD")
            await world.logged("old")
            raised.set()
        assert "unreachable" in [finding.code for finding in EngineScriptView(world.script).state().findings]
