"""The parameters of `evtui mi`: `name=text`, `name:=json`, or bare text for a positional one."""

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Final

from evtui.codecs.jsonvalue import Json, Members, loads
from evtui.core.errors import BadMessageError, BadParamsError

# Only a plain word is a name: in udp:127.0.0.1:9000?payload=text the = belongs to the socket.
_WORD = re.compile(r"([A-Za-z_][\w.-]*)?(:?=)(.*)", re.DOTALL)

_ARRAYS: Final[Mapping[str, tuple[int, str]]] = {
    **dict.fromkeys(("get_statistics", "statistics:get", "reset_statistics", "statistics:reset"), (0, "statistics")),
    **dict.fromkeys(("list_statistics", "statistics:list"), (0, "statistics")),
    **dict.fromkeys(("raise_event", "evi:raise"), (1, "params")),
    **dict.fromkeys(("trace_start", "tracer:start"), (0, "filter")),
    **dict.fromkeys(("cluster_broadcast_mi", "clusterer:broadcast_mi"), (2, "cmd_params")),
    **dict.fromkeys(("fs_subscribe", "freeswitch_scripting:subscribe"), (1, "events")),
    **dict.fromkeys(("fs_unsubscribe", "freeswitch_scripting:unsubscribe"), (1, "events")),
    **dict.fromkeys(("b2b_trigger_scenario", "b2b_logic:trigger_scenario"), (3, "scenario_params")),
    **dict.fromkeys(("dlg_push_var", "dialog:push_var"), (2, "DID")),
    **dict.fromkeys(("dfks_set_feature", "presence_dfks:set_feature"), (4, "values")),
}
"""The commands whose last parameter is an array: its place from 0, and its name."""


def parse_call(method: str, words: Sequence[str]) -> Members | list[Json]:
    """Read named or positional parameters; text where a command takes an array becomes one, as in opensips-cli.

    raises BadParamsError: it names the wrong argument.
    """
    params = _parse(words)
    if (array := _ARRAYS.get(method)) is None:
        return params
    place, name = array
    if isinstance(params, Members):
        return Members((key, _split(key, value) if key == name else value) for key, value in params)
    rest = params[place:]
    # A parameter that was written as JSON is the array already.
    return params if not rest or (len(rest) == 1 and isinstance(rest[0], list | Members)) else [*params[:place], rest]


def _parse(words: Sequence[str]) -> Members | list[Json]:
    named: list[tuple[str, Json]] = []
    positional: list[Json] = []
    for number, word in enumerate(words, 1):
        match = _WORD.fullmatch(word)
        if match is None:
            positional.append(word)
            continue
        name, sign, rest = match.groups()
        value = rest if sign == "=" else _json(number, rest)
        if name is None:
            positional.append(value)
        else:
            named.append((name, value))
    if named and positional:
        raise BadParamsError("some arguments have names and some have none: name all or none")
    return Members(named) if named else positional


def _json(number: int, text: str) -> Json:
    try:
        return loads(text)
    except BadMessageError as error:
        raise BadParamsError(f"argument {number}: not JSON after := ({error.why}); for text write =") from error


def _split(name: str, value: Json) -> Json:
    """Split a text into an array of words; a word in quotes may have blanks."""
    if not isinstance(value, str):
        return value
    try:
        return [*shlex.split(value)]
    except ValueError as error:
        raise BadParamsError(f"argument {name!r}: {str(error).lower()}") from error
