"""A raise written for other programs: a shell, a client of the management interface, `opensips-cli`, a script."""

import json
import shlex
from collections.abc import Callable, Iterator
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Members, dumps
from evtui.codecs.opensips_raise import opensips_raise
from evtui.codecs.quickline import format_line
from evtui.codecs.raise_arguments import params_argument, raise_arguments
from evtui.core.values import Value
from evtui.raising.placeholders import literal_params
from evtui.raising.raise_template import RaiseRequest

CopyForm: TypeAlias = Literal["evtui", "mi", "opensips-cli", "script"]

_NAMES: Final = "$avp(evi_names)"
_VALUES: Final = "$avp(evi_values)"


class CopyChoice(Struct, frozen=True):
    """One form that a raise can be copied in."""

    form: CopyForm
    label: str
    write: Callable[[RaiseRequest], str]


def shell_command(event: str, line: str) -> str:
    """Write a quick line as a command for a shell; its placeholders stay."""
    options_end = "-- " if event.startswith("-") else ""
    return f"evtui raise {options_end}{shlex.quote(event)} {line}".rstrip()


def evtui_command(request: RaiseRequest) -> str:
    """Write a raise as `evtui raise …`."""
    return shell_command(request.event, format_line(literal_params(request.params)))


def mi_request(request: RaiseRequest) -> str:
    """Write a raise as a JSON-RPC request that evtui and OpenSIPS 3 and 4 take."""
    arguments = Members(raise_arguments(request.event, request.params))
    return dumps(Members((("jsonrpc", "2.0"), ("method", "raise_event"), ("params", arguments), ("id", 1))))


def cli_command(request: RaiseRequest) -> str:
    """Write a raise as a command of `opensips-cli`.

    Its option `-j` reads each argument as JSON. Without it, attributes would be taken for one value without a name.
    """
    argument = params_argument(request.params)
    if argument is None:
        return f"opensips-cli -x mi raise_event {shlex.quote(request.event)}"
    words = (_json_word(request.event), json.dumps(argument) if isinstance(argument, str) else dumps(argument))
    return f"opensips-cli -x -- mi -j raise_event {' '.join(map(shlex.quote, words))}"


def script_lines(request: RaiseRequest) -> str:
    """Write a raise as lines of a routing script: AVPs are stacks, so that the last value is assigned first."""
    return "\n".join(_script_lines(request))


COPY_FORMS: Final = (
    CopyChoice("evtui", "evtui raise …", evtui_command),
    CopyChoice("mi", "JSON request of the management interface", mi_request),
    CopyChoice("opensips-cli", "opensips-cli command", cli_command),
    CopyChoice("script", "lines of a routing script", script_lines),
)
"""All forms, in the order of the menu."""


def _json_word(text: str) -> str:
    """Write a text so that it is the same text after it was read as JSON where that is possible."""
    try:
        json.loads(text)
    except ValueError:
        return text
    return json.dumps(text)


def _script_lines(request: RaiseRequest) -> Iterator[str]:
    from evtui.script.syntax.literals import escape  # on first use: the console starts sooner without it

    raised = opensips_raise(request.params)
    for note in (raised.refusal, *raised.notes):
        if note:
            yield f"# {display_safe(note, 200)}"
    for name, value in reversed(list(raised.params.pairs())):
        if name is not None:
            yield f"{_NAMES} = {escape(name)};"
        yield f"{_VALUES} = {_script_value(value, escape)};"
    arguments = [escape(request.event)]
    if raised.params.values:
        arguments += [_NAMES, _VALUES] if raised.params.names else [_VALUES]
    yield f"raise_event({', '.join(arguments)});"


def _script_value(value: Value, escape: Callable[[str], str]) -> str:
    return escape(value) if isinstance(value, str) else str(value)
