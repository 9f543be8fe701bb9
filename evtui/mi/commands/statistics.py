"""The commands that show statistics, by `group:name`: of the engine, the listeners, the script and this process."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from evtui.mi.command_context import CommandContext
from evtui.mi.commands.about import About
from evtui.mi.listener_statistics import ListenerStatistics
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Result

_GAUGES: Final = frozenset(
    {
        "evi:events",
        "evi:subscriptions",
        "evi:queued",
        "evi:queue_bytes",
        "evi:queue_limit",
        "evi:subscription_limit",
        "evi:destinations",
        "evi:destination_limit",
        "core:timestamp",
        "watch:readers",
        "viewers:sessions",
    }
)
_GAUGE_GROUPS: Final = frozenset({"load", "shmem"})
"""The statistics and groups that can also fall, and the uptime, as in OpenSIPS; all others only grow."""

_LOADS: Final = ("load", "load1m", "load10m")

_MI_NAMES: Final = tuple((field, f"mi:{field}") for field in ListenerStatistics.__struct_fields__)


def get_statistics(context: CommandContext, arguments: Arguments) -> Result:
    """Tell counters by `name`, `group:name`, `group:` or `all`; unknown ones are left out."""
    counters = _counters(context)
    named = _named(counters, arguments.texts("statistics"))
    return {name: counters[name] for names in named for name in names}


async def list_statistics(context: CommandContext, arguments: Arguments) -> Result:
    """List the counters there are, or those that are named as for `get_statistics`, and whether they only grow."""
    counters: Iterable[str] = _counters(context)
    if "statistics" in arguments.values:
        counters = [name for names in _named(counters, arguments.texts("statistics")) for name in names]
    return {name: "non-incremental" if _is_gauge(name) else "incremental" for name in counters}


def _is_gauge(name: str) -> bool:
    return name in _GAUGES or name.partition(":")[0] in _GAUGE_GROUPS


def _counters(context: CommandContext) -> dict[str, int]:
    totals = context.backend.totals()
    use = totals.queue_use
    counters = {
        "evi:events": totals.events,
        "evi:subscriptions": totals.subscriptions,
        "evi:subscription_limit": totals.subscription_limit,
        "evi:subscriptions_refused": totals.subscriptions_refused,
        "evi:raised": totals.raised,
        "evi:sent": totals.sent,
        "evi:failed": totals.failed,
        "evi:dropped": totals.dropped,
        "evi:queued": totals.queued,
        "evi:queue_bytes": use.bytes,
        "evi:queue_limit": use.limit,
        "evi:queue_overflows": use.overflows,
        "evi:destinations": use.destinations,
        "evi:destination_limit": use.destination_limit,
        "evi:destinations_refused": use.destinations_refused,
        "evi:no_subscribers": totals.no_subscribers,
        "evi:refused": totals.refused,
        "evi:tests": totals.tests,
    }
    statistics = context.statistics
    for field, name in _MI_NAMES:
        counters[name] = getattr(statistics, field)
    if context.feed is not None:
        feed = context.feed.statistics
        counters |= {f"watch:{field}": getattr(feed, field) for field in feed.__struct_fields__}
    if context.sessions is not None:
        counters |= context.sessions.counters()
    script = {} if context.script is None else context.script.shown_statistics()
    return counters | _of_server(context.about, script) | script


def _of_server(about: About, script: Mapping[str, int]) -> dict[str, int]:
    """Tell of the server's own statistics those that can be told truly: clients of OpenSIPS ask for them."""
    found = {
        "core:rcv_requests": script.get("sip:requests", 0),
        "core:rcv_replies": script.get("sip:replies", 0),
        "core:timestamp": about.seconds_up(),
    }
    if about.load is not None:
        for name, load in zip(_LOADS, about.load.loads(), strict=True):
            found[f"load:{name}"] = found[f"load:{name}-all"] = load
    found["load:processes_number"] = 1
    memory = about.memory()
    if memory is not None:
        found |= {
            "shmem:total_size": memory.limit,
            "shmem:used_size": memory.used,
            "shmem:real_used_size": memory.used,
            "shmem:max_used_size": memory.peak,
            "shmem:free_size": max(0, memory.limit - memory.used),
        }
    return found


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
