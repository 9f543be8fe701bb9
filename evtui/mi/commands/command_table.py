"""The table of commands, with their names of OpenSIPS 3.x and 4.x, and the search in it.

The docstring of a command's function is what MI `help` replies, so it is part of the interface.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from evtui.codecs.jsonvalue import Json, Members
from evtui.mi.command_context import CommandContext
from evtui.mi.commands.event_commands import (
    event_counters,
    event_subscribe,
    events_list,
    note_unfit_raise,
    raise_event,
    subscribers_list,
    subscription_counters,
    test_subscriber,
    transports_list,
)
from evtui.mi.commands.process_commands import arg, ps, pwd, uptime, version
from evtui.mi.commands.queue_commands import flat_rotate, queues_list
from evtui.mi.commands.raise_result_commands import raise_report, raises_list
from evtui.mi.commands.report_commands import delivery_report, watch_feed
from evtui.mi.commands.script_commands import cache_fetch, cache_remove, cache_store, reload_routes, set_statistic
from evtui.mi.commands.session_commands import session_end, sessions_list
from evtui.mi.commands.statistics import get_statistics, list_statistics
from evtui.mi.protocol import line_arguments
from evtui.mi.protocol.arguments import Arguments, ParameterSets
from evtui.mi.protocol.line_protocol import Argument
from evtui.mi.protocol.results import Result
from evtui.mi.refusals import RefusedError, method_ambiguous, method_not_found

Handler: TypeAlias = Callable[[CommandContext, Arguments], Awaitable[Result]]
"""Run a command that may wait. raises EvtuiError: it is refused."""

QuickHandler: TypeAlias = Callable[[CommandContext, Arguments], Result]
"""Run a command that waits for nothing, and whose result is short. raises EvtuiError: it is refused."""

FromLines: TypeAlias = Callable[[Sequence[Argument]], list[Json] | Members]
"""Turn arguments of the line protocol into parameters. raises RefusedError."""


class Command(Struct, frozen=True):
    """One command. It has `run` or `at_once`."""

    name: str
    """Its name in OpenSIPS 3.x, such as `event_subscribe`."""
    qualified: str
    """Its name in OpenSIPS 4.x, such as `evi:subscribe`."""
    sets: ParameterSets
    run: Handler | None = None
    at_once: QuickHandler | None = None
    """In place of `run`: a listener may serve it while it takes requests."""
    only_raises: bool = False
    """Whether it raises and tells of nothing else, so that what it raises may leave with what later requests raise."""
    from_lines: FromLines = line_arguments.nothing
    unfit: "Callable[[CommandContext, list[Json] | Members, RefusedError], None] | None" = None
    """Told when its parameters do not fit it."""
    empty_line_reply: str = ""
    """The text of the 404 that the line protocol has for an empty result, as 2.4 does; JSON-RPC gives the result."""

    @property
    def help(self) -> str:
        """Describe in one line what the command does and takes."""
        params = " | ".join(" ".join(names) for names in self.sets if names)
        return f"{((self.run or self.at_once).__doc__ or '').strip()}" + (f" Params: {params}" if params else "")


def which(_context: CommandContext, arguments: Arguments) -> Result:
    """List the commands, those of a module (`evi:`), or the parameter sets of one command."""
    if "command" not in arguments:
        return [command.name for command in COMMANDS] + [command.qualified for command in COMMANDS]
    name = arguments.text("command")
    if name.endswith(":"):
        return [command.qualified for command in COMMANDS if command.qualified.startswith(name)]
    return [list(names) for names in _known(name).sets]


def show_help(_context: CommandContext, arguments: Arguments) -> Result:
    """Say what a command does."""
    if "mi_cmd" not in arguments:
        return "help COMMAND says what a command does, which lists them all"
    return {"Help": _known(arguments.text("mi_cmd")).help, "Exported by": "core"}


def find(name: str) -> Command:
    """Find a command by its 3.x name, its 4.x name, or the part of a 4.x name behind the colon.

    raises RefusedError: no command has this name, or several have.
    """
    if (command := _BY_NAME.get(name)) is not None:
        return command
    local = _BY_LOCAL_NAME.get(name, ())
    if len(local) > 1:
        raise method_ambiguous([command.qualified for command in local])
    if not local:
        raise method_not_found()
    return local[0]


def _known(name: str) -> Command:
    try:
        return find(name)
    except RefusedError as error:
        raise RefusedError(404, "unknown MI command") from error


_CACHED: Final = ("system", "attr", "value")

COMMANDS: Final = (
    Command(
        "get_statistics",
        "statistics:get",
        (("statistics",),),
        at_once=get_statistics,
        from_lines=line_arguments.statistics,
        empty_line_reply="Statistics Not Found",
    ),
    Command("list_statistics", "statistics:list", ((), ("statistics",)), list_statistics),
    Command("uptime", "core:uptime", ((),), at_once=uptime),
    Command("version", "core:version", ((), ("revision",)), at_once=version),
    Command("pwd", "core:pwd", ((),), at_once=pwd),
    Command("arg", "core:arg", ((),), at_once=arg),
    Command("which", "core:which", ((), ("command",)), at_once=which),
    Command("ps", "core:ps", ((),), at_once=ps),
    Command(
        "event_subscribe",
        "evi:subscribe",
        (("event", "socket"), ("event", "socket", "expire")),
        event_subscribe,
        from_lines=line_arguments.subscription,
    ),
    Command("events_list", "evi:list", ((),), events_list),
    Command(
        "subscribers_list",
        "evi:subscribers",
        ((), ("event",), ("event", "socket")),
        subscribers_list,
        from_lines=line_arguments.values,
    ),
    Command(
        "raise_event",
        "evi:raise",
        (("event",), ("event", "params")),
        at_once=raise_event,
        only_raises=True,
        from_lines=line_arguments.event_and_params,
        unfit=note_unfit_raise,
    ),
    Command(
        "test_subscriber",
        "evi:test",
        (("event", "socket"), ("event", "socket", "params")),
        test_subscriber,
        from_lines=line_arguments.values,
    ),
    Command(
        "raise_report",
        "evi:raise_report",
        (("event",), ("event", "params"), ("event", "params", "wait")),
        raise_report,
        from_lines=line_arguments.event_and_params,
        unfit=note_unfit_raise,
    ),
    Command(
        "raises_list",
        "evi:raises",
        (("seconds",), ("seconds", "event"), ("seconds", "event", "without")),
        raises_list,
        from_lines=line_arguments.values,
    ),
    Command("event_counters", "evi:counters", ((), ("event",)), event_counters, from_lines=line_arguments.values),
    Command(
        "subscription_counters",
        "evi:subscription_counters",
        ((), ("event",)),
        subscription_counters,
        from_lines=line_arguments.values,
    ),
    Command(
        "delivery_report",
        "evi:report",
        (("event",), ("event", "socket")),
        delivery_report,
        from_lines=line_arguments.values,
    ),
    Command("watch_feed", "evi:feed", ((),), watch_feed),
    Command("sessions_list", "evi:sessions", ((),), sessions_list),
    Command("session_end", "evi:end_session", (("number",),), session_end, from_lines=line_arguments.values),
    Command("transports_list", "evi:transports", ((),), transports_list),
    Command("queues_list", "evi:queues", ((),), queues_list),
    Command("evi_flat_rotate", "event_flatstore:rotate", (("path",),), flat_rotate, from_lines=line_arguments.values),
    Command(
        "cache_store",
        "cache:store",
        (_CACHED, (*_CACHED, "expire")),
        at_once=cache_store,
        from_lines=line_arguments.values,
    ),
    Command("cache_fetch", "cache:fetch", (("system", "attr"),), at_once=cache_fetch, from_lines=line_arguments.values),
    Command(
        "cache_remove", "cache:remove", (("system", "attr"),), at_once=cache_remove, from_lines=line_arguments.values
    ),
    Command("reload_routes", "core:reload_routes", ((),), reload_routes),
    Command(
        "set_statistic",
        "statistics:set",
        (("statistic", "value"),),
        at_once=set_statistic,
        from_lines=line_arguments.values,
    ),
    Command("help", "core:help", ((), ("mi_cmd",)), at_once=show_help, from_lines=line_arguments.values),
)

_BY_NAME: Final = {name: command for command in reversed(COMMANDS) for name in (command.qualified, command.name)}
_BY_LOCAL_NAME: Final = {
    local: [command for command in COMMANDS if command.qualified.endswith(f":{local}")]
    for local in (command.qualified.partition(":")[2] for command in COMMANDS)
}
