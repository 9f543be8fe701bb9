"""`evtui raise`: raise one event from words, or one for each line of standard input."""

import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from msgspec import Struct

from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, EXIT_USAGE, ask_one, fail, is_fleet, run_with_backend, usage
from evtui.cli.raising import raise_many, raise_results, raise_sources
from evtui.codecs.jsonvalue import Json, Members, decode_text, loads, to_params
from evtui.core.errors import BadMessageError, BadParamsError, EvtuiError
from evtui.core.ports import Backend
from evtui.core.values import NO_PARAMS, check_event_name
from evtui.raising.folded_lines import FoldedLines
from evtui.raising.placeholders import Sample
from evtui.raising.raise_template import RaiseRequest, RaiseTemplate
from evtui.raising.random_pick import pick


class RaiseOptions(Struct, frozen=True):
    """How the command line asks to raise."""

    repeat: int | None = None
    rate: float | None = None
    """Raises a second."""
    file: Path | None = None
    stdin_jsonl: bool = False
    template: str | None = None
    last: bool = False
    history: bool = False

    @property
    def source(self) -> str:
        """Name the option that says what is raised; empty when the words do."""
        return next((name for name, is_asked in self._sources() if is_asked), "")

    def conflict(self) -> str:
        """Say which options do not go together; empty when all do."""
        source = self.source
        if more := [name for name, is_asked in self._sources() if is_asked and name != source]:
            return f"{source} and {more[0]} do not go together"
        if self.repeat and source in {"--from", "--stdin-jsonl", "--history"}:
            return f"--repeat does not go with {source}"
        if self.rate and source == "--stdin-jsonl":
            return "--rate does not go with --stdin-jsonl: for a rate write --from -"
        return "--rate goes with --repeat or --from" if self.rate and not (self.repeat or self.file) else ""

    def _sources(self) -> Iterator[tuple[str, bool]]:
        yield "--from", self.file is not None
        yield "--stdin-jsonl", self.stdin_jsonl
        yield "--template", self.template is not None
        yield "--last", self.last
        yield "--history", self.history


def raise_as_asked(
    event: str | None, words: Sequence[str], asked: RaiseOptions, mi: Sequence[str], *, as_json: bool
) -> None:
    """Raise once, many times, or for each line of a file; options that exclude each other end it with status 2."""
    if conflict := asked.conflict():
        fail(conflict, EXIT_USAGE)
    if asked.history:
        raise_sources.print_history(as_json=as_json)
    elif asked.stdin_jsonl:
        raise_lines(event, words, mi, as_json=as_json)
    elif asked.file is not None:
        if words:
            fail(f"{words[0]!r}: with --from the parameters come from the file", EXIT_USAGE)
        raise_many.raise_file(asked.file, event, asked.rate, mi, as_json=as_json)
    else:
        template = _template(event, words, asked)
        if asked.repeat is not None:
            raise_many.raise_repeated(template, asked.repeat, asked.rate, mi, as_json=as_json)
        else:
            raise_one(template, mi, as_json=as_json)


def _template(event: str | None, words: Sequence[str], asked: RaiseOptions) -> RaiseTemplate:
    if not asked.source:
        return raise_sources.of_words(event, words)
    # The template names the event: the first word of the command line is a parameter like the others.
    every = words if event is None else [event, *words]
    return raise_sources.of_last(every) if asked.template is None else raise_sources.of_template(asked.template, every)


def raise_one(template: RaiseTemplate, mi: Sequence[str], *, as_json: bool) -> None:
    """Raise one event, at one server or at each of several."""
    request = usage(lambda: template.request(Sample(1, REAL_CLOCKS.wall(), pick)))
    if is_fleet(mi):
        raise_results.raise_at_each(request, mi, as_json=as_json)
        return

    reply = ask_one(next(iter(mi), None), lambda server: raise_results.raise_once(server, request))
    with output.quiet_pipe():
        if as_json:
            output.json_line(raise_results.result_members(request.event, reply))
            return
        output.message(raise_results.accepted(request.event, reply))
        if reply:
            raise_results.print_results(reply)


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
