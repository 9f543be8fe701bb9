"""The commands about the routing script and its cache."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from evtui.core.errors import ReadOnlyError, RequestError
from evtui.mi.command_context import CommandContext, ScriptCache
from evtui.mi.protocol.arguments import Arguments
from evtui.mi.protocol.results import Result
from evtui.mi.refusals import RefusedError, invalid_params

FAILED: Final = 500
_NO_SCRIPT: Final = "no script is loaded: start evtui with --script FILE"


async def reload_routes(context: CommandContext, _arguments: Arguments) -> Result:
    """Read the script again; when it is wrong, the one that runs stays."""
    why = _NO_SCRIPT if context.script is None else await context.script.reload()
    if why is not None:
        raise RefusedError(FAILED, "reload failed", why)
    return "OK"


def set_statistic(context: CommandContext, arguments: Arguments) -> Result:
    """Set the value of a statistic that scripts read with $stat."""
    if context.script is None:
        raise RefusedError(FAILED, "Server Error", _NO_SCRIPT)
    context.script.give_statistic(arguments.filled_text("statistic"), arguments.number("value"))
    return "OK"


def cache_fetch(context: CommandContext, arguments: Arguments) -> Result:
    """Tell the text that a script or a client stored in the cache `local`."""
    system, key = _read_place(arguments)
    with _failing_as("Cache fetch command failed"):
        value = _cache(context).fetch(system, key)
    if value is None:
        raise RefusedError(400, "Value not found")
    return {"key": key, "value": value}


def cache_store(context: CommandContext, arguments: Arguments) -> Result:
    """Store a text in the cache `local`, which scripts read; for `expire` seconds, or for ever."""
    _refuse_change(context)
    system, key = _read_place(arguments)
    value = _filled(arguments, "value", "Empty value")
    expire = arguments.number("expire") if "expire" in arguments else 0
    if expire < 0:
        raise invalid_params("Negative expire value")
    with _failing_as("Cache store command failed"):
        _cache(context).store(system, key, value, expire)
    return "OK"


def cache_remove(context: CommandContext, arguments: Arguments) -> Result:
    """Remove a text from the cache `local`."""
    _refuse_change(context)
    system, key = _read_place(arguments)
    with _failing_as("Cache remove command failed"):
        _cache(context).remove(system, key)
    return "OK"


def _refuse_change(context: CommandContext) -> None:
    if context.backend.read_only:
        raise ReadOnlyError("change the cache")


def _read_place(arguments: Arguments) -> tuple[str, str]:
    system = _filled(arguments, "system", "Empty memory cache id")
    return system, _filled(arguments, "attr", "Empty attribute name")


def _filled(arguments: Arguments, name: str, why: str) -> str:
    if not (text := arguments.text(name)):
        raise invalid_params(why)
    return text


def _cache(context: CommandContext) -> ScriptCache:
    if context.script is None:
        raise RequestError(_NO_SCRIPT)
    return context.script.cache


@contextmanager
def _failing_as(message: str) -> Generator[None]:
    """Refuse with a message of OpenSIPS what the cache cannot do."""
    try:
        yield
    except RequestError as error:
        raise RefusedError(FAILED, message, str(error)) from error
