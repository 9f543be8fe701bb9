"""A program that takes over from another."""

import gc

from evtui.bootstrap.transports import socket_parser
from evtui.script.runtime.run_state import CompiledRoute
from evtui.scripting.garbage_collection import collection_disabled
from evtui.scripting.script_loader import carry_over, known_names
from tests.unit.script.world import World, program

FIRST = """
route[a] { route(b); if ($(var(t){s.eval}) == "x") route(a); }
route[b] { while ($var(i) < 3) { route(a, $var(i)); notify_on_event("E", , b, 1); } }
event_route[E] { raise_event("E"); route(a); async(wait_for_event("E", , 1), b); }
"""


def compiled() -> int:
    return sum(isinstance(thing, CompiledRoute) for thing in gc.get_objects())


def test_the_program_before_is_freed_without_a_collection() -> None:
    gc.collect()
    before = compiled()
    with collection_disabled():
        old = program(FIRST, World())
        assert compiled() == before + 3
        new = program("route[c] { exit; }", World())
        carry_over(new, old)
        del old
        assert compiled() == before + 1


def test_a_run_of_the_program_before_calls_the_new_routes() -> None:
    world = World()
    old = program('route { sleep(1); route(a); } route[a] { xlog("old"); }', world)
    new = program('route[a] { xlog("new"); }', world)
    carry_over(new, old)
    old.run_route(old.routes[0])
    assert world.said == ["new"]


def test_sockets_are_understood_as_the_transports_do() -> None:
    wrong = known_names(socket_parser()).wrong_in_socket
    assert wrong("udp:127.0.0.1:9000") is None
    assert "port" in (wrong("udp:127.0.0.1:99999") or "")
    assert "secret" not in (wrong("rabbitmq:guest:secret@127.0.0.1:0/q") or "secret")
