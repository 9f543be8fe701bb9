"""The functions of the local cache: `cache_store`, `cache_fetch`, `cache_add` …"""

from collections.abc import Callable
from typing import Final

from evtui.script.functions.call_arguments import CallBuilder
from evtui.script.functions.typed_arguments import Given, typed_function
from evtui.script.runtime.local_cache import local_key
from evtui.script.runtime.run_state import ScriptRun
from evtui.script.runtime.script_values import ScriptFault, parse_integer

_NOT_FOUND: Final = -2
_NO_NUMBER: Final = -3


def _local(work: Callable[[ScriptRun, str, Given], int]) -> Callable[[ScriptRun, Given], int]:
    """Run a function on the local cache; another cache or an empty key gives -1."""

    def act(run: ScriptRun, given: Given) -> int:
        key = local_key(given.text(0), given.text(1))
        if key is None:
            run.warn_once(f"only the local cache is supported, not {given.text(0)[:80]!r}")
            return -1
        return work(run, key, given) if given.text(1) else -1

    return act


def _store(run: ScriptRun, key: str, given: Given) -> int:
    """Store a text; with a negative time it has expired at once."""
    if given.number(3) < 0:
        run.state.cache.remove(key)
    else:
        run.state.cache.put(key, given.text(2), given.number(3), run.host.now())
    return 1


def _remove(run: ScriptRun, key: str, _given: Given) -> int:
    run.state.cache.remove(key)
    return 1


def _fetch(run: ScriptRun, key: str, given: Given) -> int:
    found = run.state.cache.get(key, run.host.now())
    if found is None:
        return _NOT_FOUND
    given.put(run, 2, found)
    return 1


def _fetch_counter(run: ScriptRun, key: str, given: Given) -> int:
    found = run.state.cache.get(key, run.host.now())
    if found is None:
        return _NOT_FOUND
    try:
        number = parse_integer(found) if isinstance(found, str) else found
    except ScriptFault:
        return _NO_NUMBER
    given.put(run, 2, number)
    return 1


def _add(sign: int) -> Callable[[ScriptRun, str, Given], int]:
    def act(run: ScriptRun, key: str, given: Given) -> int:
        total = run.state.cache.add(key, sign * given.number(2), given.number(3), run.host.now())
        given.put(run, 4, total)
        return 1

    return act


CACHE_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    "cache_store": typed_function(_local(_store), "text", "text", "text", "integer?"),
    "cache_remove": typed_function(_local(_remove), "text", "text"),
    "cache_fetch": typed_function(_local(_fetch), "text", "text", "variable"),
    "cache_counter_fetch": typed_function(_local(_fetch_counter), "text", "text", "variable"),
    "cache_add": typed_function(_local(_add(1)), "text", "text", "integer", "integer", "variable?"),
    "cache_sub": typed_function(_local(_add(-1)), "text", "text", "integer", "integer", "variable?"),
}
