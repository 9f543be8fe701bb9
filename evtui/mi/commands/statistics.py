"""The commands that show statistics: the counters of the engine, the listeners and the script, by `group:name`."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from evtui.mi.command_context import CommandContext
from evtui.mi.listener_statistics import ListenerStatistics
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Result

_GAUGES: Final = frozenset({"evi:events", "evi:subscriptions", "evi:queued", "evi:queue_bytes", "evi:queue_limit"})
"""Statistics that can also fall; all others only grow."""

_MI_NAMES: Final = tuple((field, f"mi:{field}") for field in ListenerStatistics.__struct_fields__)


async def get_statistics(context: CommandContext, arguments: Arguments) -> Result:
    """Tell counters by `name`, `group:name`, `group:` or `all`; unknown ones are left out."""
    counters = await _counters(context)
    named = _named(counters, arguments.texts("statistics"))
    return {name: counters[name] for names in named for name in names}


async def list_statistics(context: CommandContext, arguments: Arguments) -> Result:
    """List the counters there are, or those that are named as for `get_statistics`, and whether they only grow."""
    counters: Iterable[str] = await _counters(context)
    if "statistics" in arguments.values:
        counters = [name for names in _named(counters, arguments.texts("statistics")) for name in names]
    return {
        name: "non-incremental" if name in _GAUGES or name.startswith("load:") else "incremental" for name in counters
    }


async def _counters(context: CommandContext) -> dict[str, int]:
    totals = await context.backend.totals()
    use = totals.queue_use
    counters = {
        "evi:events": totals.events,
        "evi:subscriptions": totals.subscriptions,
        "evi:raised": totals.raised,
        "evi:sent": totals.sent,
        "evi:failed": totals.failed,
        "evi:dropped": totals.dropped,
        "evi:queued": totals.queued,
        "evi:queue_bytes": use.bytes,
        "evi:queue_limit": use.limit,
        "evi:queue_overflows": use.overflows,
    }
    statistics = context.statistics
    for field, name in _MI_NAMES:
        counters[name] = getattr(statistics, field)
    if context.script is not None:
        counters.update(context.script.shown_statistics())
    return counters


def _named(counters: Iterable[str], texts: Iterable[str]) -> Collection[Sequence[str]]:
    """Return, for each text, the counters that it names: a whole name, one without its group, a group, or `all`.

    It looks at each counter once, however many texts there are.
    """
    named: dict[str, list[str]] = {text: [] for text in texts}
    groups = "all" in named or any(text.endswith(":") for text in named)
    for name in counters:
        group, _, local = name.partition(":")
        for text in {"all", f"{group}:", name, local} if groups else {name, local}:
            if text in named:
                named[text].append(name)
    return named.values()
