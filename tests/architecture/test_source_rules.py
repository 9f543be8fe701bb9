"""Rules of the source that no linter has."""

import ast
import re
from collections.abc import Iterator

from evtui.transports import INFOS
from tests.architecture.source import ROOT, Module, modules

READERS_OF_THE_CLOCK = {
    f"{clock}{unit}"
    for clock in ("time", "monotonic", "perf_counter", "process_time", "thread_time")
    for unit in ("", "_ns")
}
COMPOSITION_ROOT = "evtui/bootstrap/"
BROAD_EXCEPTS = {
    "evtui/backends/kafka/backend.py",
    "evtui/backends/remote/exchange/blocking_waits.py",
    "evtui/config/outside_transports.py",
    "evtui/config/outside_settings.py",
    "evtui/engine/dispatch/dispatch_plan.py",
    "evtui/engine/dispatch/event_dispatcher.py",
    "evtui/engine/dispatch/held_raises.py",
    "evtui/engine/multicast.py",
    "evtui/engine/local_handler.py",
    "evtui/engine/outbox/outbox.py",
    "evtui/mi/dispatch.py",
    "evtui/script/runtime/run_route.py",
    "evtui/serve/terminal/console_session.py",
    "evtui/transports/name_lookups.py",
    "evtui/ui/terminal/terminal_input.py",
}
"""Around a transport's send: at once, in a multicast, by a handler, from an outbox (its bug must not reach the raiser);
around the library of a source (whatever it raises is the trouble of that source);
around an MI command or a console of a viewer (its bug must not end the server); around the transports of other packages
and their settings (one that does not load must not cost the others anything); around a script's run (nothing of it may
reach the engine); in the thread of a look-up, or of a client without an event loop (it is raised where the result is
taken); around the parser of keys (none may end the console).
"""
LISTS = {"evtui/__init__.py", "evtui/transports/__init__.py"}
"""The public names of the package, and the list of transports."""
PROCESSES = ROOT / "tests/processes.py"
"""Reads what processes write, with a bound."""


def _clock_reads(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(value=ast.Name(id="time"), attr=name) if name in READERS_OF_THE_CLOCK:
                yield f"{module.path}:{node.lineno} time.{name}"
            case ast.Attribute(value=ast.Name(id="datetime" | "date"), attr="now" | "today" | "utcnow"):
                yield f"{module.path}:{node.lineno} {node.attr}"
            case ast.ImportFrom(module="time", names=names):
                yield from (f"{module.path}:{node.lineno} {n.name}" for n in names if n.name in READERS_OF_THE_CLOCK)
            case _:
                pass


def _swallows_all(handler: ast.ExceptHandler) -> bool:
    """Say whether it catches everything and does not pass it on: tidying up before a bare `raise` is fine."""
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    caught = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"}) for kind in caught
    )


def test_only_the_composition_root_reads_a_clock() -> None:
    others = (module for module in modules() if not module.path.startswith(COMPOSITION_ROOT))
    assert [read for module in others for read in _clock_reads(module)] == []


def test_everything_is_caught_only_around_a_transports_send() -> None:
    caught = {
        module.path
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _swallows_all(node)
    }
    assert caught == BROAD_EXCEPTS


def test_a_packages_init_is_a_docstring_and_nothing_else() -> None:
    more = [
        module.path
        for module in modules()
        if module.path.endswith("/__init__.py") and module.path not in LISTS and len(module.tree.body) != 1
    ]
    assert more == []


def test_every_module_says_what_it_is() -> None:
    silent = [module.path for module in modules() if len((ast.get_docstring(module.tree) or "").split()) < 3]
    assert silent == []


def test_no_name_is_a_vague_one() -> None:
    vague = ("Manager", "Helper", "Helpers", "Util", "Utils")
    named = [
        f"{module.path}: {node.name}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith(vague)
    ]
    assert named == []


def test_every_process_that_a_test_starts_has_a_bound() -> None:
    unbounded = [
        f"{path.relative_to(ROOT)}:{call.lineno} {call.func.attr}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path != PROCESSES and "benchmarks" not in path.parts
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _may_hang(call, call.func)
    ]
    assert unbounded == []


def _may_hang(call: ast.Call, called: ast.Attribute) -> bool:
    match called:
        case ast.Attribute(value=ast.Name(id="subprocess"), attr="run" | "call" | "check_call" | "check_output"):
            return all(given.arg != "timeout" for given in call.keywords)
        case ast.Attribute(attr="communicate"):
            return all(given.arg != "timeout" for given in call.keywords)
        case ast.Attribute(value=ast.Attribute(attr="stdout" | "stderr"), attr="readline" | "read" | "readlines"):
            return True
        case _:
            return False


QUEUED_SCHEMES = {info.scheme for info in INFOS if not info.direct}
OWN_SOCKETS = ("evtui/transports/", "evtui/demo/", "evtui/scripting/", "evtui/backends/kafka/")
"""What may name the scheme of a queued transport: the transports, the demo with sockets of its own, scripts, which
subscribe their routes, and the source that reads what one of them publishes."""


def test_what_is_known_of_a_scheme_stands_with_its_transport() -> None:
    named = [
        f"{module.path}:{node.lineno} {node.value}"
        for module in modules()
        if not module.path.startswith(OWN_SOCKETS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_scheme(node.value)
    ]
    assert named == []


def _is_scheme(text: str) -> bool:
    """Say whether a text is a scheme, or a socket's beginning; `jsonrpc`, `xmlrpc`, `tcp` and `route` are words too."""
    scheme, colon, rest = text.partition(":")
    return (
        scheme in QUEUED_SCHEMES - {"route"}
        and " " not in rest
        and (bool(colon) or scheme not in {"jsonrpc", "xmlrpc", "tcp"})
    )


def test_placeholders_of_sql_have_no_numbers() -> None:
    """Python 3.12 warns of `?1` with a sequence, and 3.14 refuses it: `?` stands in order, `:name` has a name."""
    numbered = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NUMBERED.search(node.value)
    ]
    assert numbered == []
    assert _NUMBERED.search("SELECT key FROM letters WHERE key <= ?1")


_NUMBERED = re.compile(r"\b(?:SELECT|UPDATE|INSERT|DELETE|WHERE)\b.*\?[0-9]", re.DOTALL)
