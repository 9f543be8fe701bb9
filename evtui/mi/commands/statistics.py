"""The commands that show statistics: the counters of the engine, the listeners and the script, by `group:name`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from evtui.mi.command_context import CommandContext
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Result
from evtui.mi.refusals import RefusedError

_GAUGES: Final = frozenset({"evi:events", "evi:subscriptions", "evi:queued", "evi:queue_bytes", "evi:queue_limit"})
"""Statistics that can also fall; all others only grow."""


async def get_statistics(context: CommandContext, arguments: Arguments) -> Result:
    """Tell counters by `name`, `group:name`, `group:` or `all`; unknown ones are left out unless all are unknown."""
    counters = await _counters(context)
    named = _by_what_names_them(counters)
    wanted = dict.fromkeys(arguments.texts("statistics"))
    found = {name: counters[name] for text in wanted for name in named.get(text, ())}
    if not found:
        raise RefusedError(404, "Statistics Not Found")
    return found


async def list_statistics(context: CommandContext, _arguments: Arguments) -> Result:
    """List the counters there are and whether they only grow."""
    counters = await _counters(context)
    return {
        name: "non-incremental" if name in _GAUGES or name.startswith("load:") else "incremental" for name in counters
    }


async def _counters(context: CommandContext) -> dict[str, int]:
    status, events = await context.backend.totals(), await context.backend.events()
    engine = {
        "events": len(events),
        "subscriptions": sum(state.subscribers for state in events),
        "raised": status.raised,
        "sent": status.sent,
        "failed": status.failed,
        "dropped": status.dropped,
        "queued": status.queued,
        "queue_bytes": status.queue_use.bytes,
        "queue_limit": status.queue_use.limit,
        "queue_overflows": status.queue_use.overflows,
    }
    groups = {"evi": engine, "mi": context.statistics.statistics()}
    counted = {f"{group}:{name}": value for group, counters in groups.items() for name, value in counters.items()}
    return {**counted, **(context.script.shown_statistics() if context.script is not None else {})}


def _by_what_names_them(counters: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Return the counters that each text names: a whole name, the name without its group, a group, or `all`."""
    named: defaultdict[str, list[str]] = defaultdict(list)
    for name in counters:
        group, _, local = name.partition(":")
        for text in {"all", f"{group}:", name, local}:
            named[text].append(name)
    return named
