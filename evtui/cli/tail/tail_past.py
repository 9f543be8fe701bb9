"""`tail --since`: the raises that a server remembers, before those that arrive."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeAlias

from evtui.backends.remote.reply_members import member_number, member_text, members_of
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.codecs.byte_escapes import unescape_bytes
from evtui.codecs.jsonvalue import Json, Members, loads, to_params
from evtui.core.errors import BadParamsError, ServerError, UnsupportedError
from evtui.core.values import NO_PARAMS, Params
from evtui.core.wildcards import matches
from evtui.filters.filter_values import duration, moment

_COMMAND = "raises_list"

Show: TypeAlias = Callable[[float, str, Params], None]
"""Shows a raise: wall seconds, event, parameters."""


def read_since(text: str) -> int:
    """Read how far back to begin as whole seconds from now: `10m`, `90s`, or a time, `14:05` or `2026-11-29T14:05`.

    raises BadParamsError.
    """
    now = REAL_CLOCKS.wall()
    try:
        return max(0, round(duration(text)))
    except ValueError:
        pass
    try:
        since = moment(text, now)
    except ValueError as error:
        raise BadParamsError(f"--since {text!r}: write 90s, 10m, 2h, 14:05 or 2026-11-29T14:05") from error
    if since > now:
        raise BadParamsError(f"--since {text!r}: that is not past")
    return round(now - since)


async def check_remembers(server: AttachedServer) -> None:
    """Check that a server can tell of the past. raises UnsupportedError: it is not evtui, or an older one."""
    try:
        known = await server.client.call("which")
    except ServerError:
        known = []
    if not isinstance(known, list) or _COMMAND not in known:
        raise UnsupportedError(f"{server.client.address}: --since: this server keeps no raises: only evtui does")


async def show_past(
    server: AttachedServer, seconds: int, own: str, events: Sequence[str], left_out: Sequence[str], show: Show
) -> None:
    """Show the raises of the last seconds that the socket `own` was not sent, but not the events `left_out`."""
    asked: list[Json] = [seconds, events[0] if len(events) == 1 else "*", own]
    reply = await server.client.call(_COMMAND, asked)
    _tell_begin(reply, seconds, "the server")
    for item in members_of(reply, "Raises"):
        event = unescape_bytes(member_text(item, "event"))
        is_wanted = not events or any(matches(event, wanted) for wanted in events)
        if is_wanted and event not in left_out:
            show(member_number(item, "time"), event, _params(member_text(item, "params")))


async def tell_memory(server: AttachedServer, seconds: int, name: str = "the server") -> None:
    """Tell since when a server remembers, when that is less than the last seconds. raises BackendError."""
    with suppress(ServerError):  # an older one does not tell
        _tell_begin(await server.client.call(_COMMAND, [0, "*", ""]), seconds, name)


def _tell_begin(reply: Json, seconds: int, name: str) -> None:
    begin = member_number(reply, "since") if isinstance(reply, Members) else 0.0
    if begin and begin > REAL_CLOCKS.wall() - seconds + 1:
        output.message(f"{name} remembers what happened since {output.clock_time(begin)}")


def _params(text: str) -> Params:
    value = loads(text) if text else []
    return to_params(value) if isinstance(value, list | Members) else NO_PARAMS
