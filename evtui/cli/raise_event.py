"""`evtui raise`: raise one event from words, or one for each line of standard input."""

import signal
import sys
from collections.abc import Sequence

import click
from msgspec import Struct

from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, EXIT_USAGE, fail, run, usage
from evtui.codecs.jsonvalue import Members, decode_text, loads, to_params
from evtui.codecs.quickline import parse_words
from evtui.core.errors import BackendError, BadMessageError, BadParamsError, EvtuiError
from evtui.core.values import NO_PARAMS, Params, check_event_name


class NoSubscribersError(BackendError):
    """The event has no subscribers."""

    def __init__(self, event: str) -> None:
        super().__init__(f"{event} has no subscribers: nothing was sent")


class RaiseRequest(Struct, frozen=True):
    """An event to raise."""

    event: str
    params: Params


def raise_one(event: str | None, words: Sequence[str], mi: str | None, *, as_json: bool) -> None:
    """Raise one event."""
    if event is None:
        fail("EVENT is missing: evtui raise EVENT [name=text] [name:=json] [text]…", EXIT_USAGE)
    usage(lambda: check_event_name(event))
    params = usage(lambda: parse_words(words))

    async def work(server: AttachedServer) -> None:
        await _raise(server, RaiseRequest(event, params))
        if as_json:
            output.json_line(Members((("event", event), ("ok", True))))
        else:
            output.message(f"{event}: accepted")

    run(mi, work)


def raise_lines(event: str | None, words: Sequence[str], mi: str | None, *, as_json: bool) -> None:
    """Raise an event for each line of standard input and print its result; a bad line does not end the command."""
    if words:
        fail(f"{words[0]!r}: with --stdin-jsonl the parameters come from standard input", EXIT_USAGE)
    worst = 0

    async def work(server: AttachedServer) -> None:
        nonlocal worst
        # Nothing else runs in this loop, so a read may block it. The handler of the loop would not interrupt that read.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, raw in enumerate(sys.stdin.buffer, 1):
            if raw.strip():
                worst = max(worst, await _raise_line(server, number, raw, event, as_json=as_json))

    run(mi, work)
    if worst:
        raise click.exceptions.Exit(worst)


def parse_line(raw: bytes, event: str | None) -> RaiseRequest:
    """Parse a line: the parameters of `event`; without one, an object with `event`, `params` and ignored members.

    raises BadMessageError, RequestError: the line is wrong.
    """
    value = loads(decode_text(raw))
    if event is not None:
        if not isinstance(value, list | Members):
            raise BadParamsError("a line is an array or an object: the parameters")
        return RaiseRequest(event, to_params(value))
    members = dict(value) if isinstance(value, Members) else {}
    name, params = members.get("event"), members.get("params")
    if not isinstance(name, str):
        raise BadParamsError('a line is an object with a textual "event" (or name EVENT on the command line)')
    if params is not None and not isinstance(params, list | Members):
        raise BadParamsError('"params" is an array or an object')
    return RaiseRequest(check_event_name(name), NO_PARAMS if params is None else to_params(params))


async def _raise_line(server: AttachedServer, number: int, raw: bytes, event: str | None, *, as_json: bool) -> int:
    name = event
    try:
        request = parse_line(raw, event)
        name = request.event
        await _raise(server, request)
    except EvtuiError as error:
        _print_result(number, name, str(error), as_json=as_json)
        return EXIT_USAGE if isinstance(error, BadMessageError | BadParamsError) else EXIT_REFUSED
    _print_result(number, name, None, as_json=as_json)
    return 0


async def _raise(server: AttachedServer, request: RaiseRequest) -> None:
    raised = await server.backend.raise_event(request.event, request.params)
    if raised is not None and not raised.subscribers:
        raise NoSubscribersError(request.event)


def _print_result(number: int, event: str | None, error: str | None, *, as_json: bool) -> None:
    if as_json:
        result = Members((("line", number), ("event", event), ("ok", error is None), ("error", error)))
        output.json_line(result)
    else:
        output.message(f"line {number}: {event or '?'}: {error or 'accepted'}")
