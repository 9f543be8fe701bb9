"""`evtui raise --stdin-jsonl`: raise an event for each line of standard input."""

import signal
import sys
from collections.abc import Sequence

import click

from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, EXIT_USAGE, fail, run_with_backend
from evtui.cli.raising import raise_results
from evtui.codecs.jsonvalue import Json, Members, decode_text, loads, to_params
from evtui.core.errors import BadMessageError, BadParamsError, EvtuiError
from evtui.core.ports import Backend
from evtui.core.values import NO_PARAMS, check_event_name
from evtui.raising.folded_lines import FoldedLines
from evtui.raising.raise_template import RaiseRequest


def raise_lines(event: str | None, words: Sequence[str], mi: Sequence[str], *, as_json: bool) -> None:
    """Raise an event for each line of standard input and print its result; a bad line does not end the command."""
    if words:
        fail(f"{words[0]!r}: with --stdin-jsonl the parameters come from standard input", EXIT_USAGE)
    worst = 0

    async def work(backend: Backend) -> None:
        nonlocal worst
        # Nothing else runs in this loop, so a read may block it. The handler of the loop would not interrupt that read.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        folded = FoldedLines()
        for number, raw in enumerate(sys.stdin.buffer, 1):
            if raw.strip() and not (event is None and _is_skipped(folded, number, raw, as_json=as_json)):
                worst = max(worst, await _raise_line(backend, number, raw, event, as_json=as_json))

    run_with_backend(mi, work)
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


def _is_skipped(folded: FoldedLines, number: int, raw: bytes, *, as_json: bool) -> bool:
    """Say whether a line of an export or a recording is not a raise of its own, and tell why."""
    try:
        value = loads(decode_text(raw))
    except BadMessageError:
        return False
    members = dict(value) if isinstance(value, Members) else {}
    why = folded.why_skipped(members)
    if why is not None:
        event = members.get("event")
        _print_result(number, event if isinstance(event, str) else None, None, as_json=as_json, skipped=why)
    return why is not None


async def _raise_line(backend: Backend, number: int, raw: bytes, event: str | None, *, as_json: bool) -> int:
    name = event
    try:
        request = parse_line(raw, event)
        name = request.event
        await raise_results.raise_untold(backend, request)
    except EvtuiError as error:
        _print_result(number, name, str(error), as_json=as_json)
        return EXIT_USAGE if isinstance(error, BadMessageError | BadParamsError) else EXIT_REFUSED
    _print_result(number, name, None, as_json=as_json)
    return 0


def _print_result(
    number: int, event: str | None, error: str | None, *, as_json: bool, skipped: str | None = None
) -> None:
    if as_json:
        told: tuple[tuple[str, Json], ...] = () if skipped is None else (("skipped", skipped),)
        result = Members((("line", number), ("event", event), ("ok", error is None), ("error", error), *told))
        output.json_line(result)
    else:
        said = error or (f"skipped, {skipped}" if skipped else "accepted")
        output.message(f"line {number}: {event or '?'}: {said}")
