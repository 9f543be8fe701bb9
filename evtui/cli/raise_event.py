"""`evtui raise`: raise one event from words, or what the options ask for."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.cli import output
from evtui.cli.client_session import EXIT_USAGE, ask_one, fail, is_fleet, usage
from evtui.cli.raising import raise_results, raise_sources
from evtui.raising.placeholders import Sample
from evtui.raising.raise_template import RaiseTemplate
from evtui.raising.random_pick import pick

if TYPE_CHECKING:
    from pathlib import Path


class RaiseOptions(Struct, frozen=True):
    """How the command line asks to raise."""

    repeat: int | None = None
    rate: float | None = None
    """Raises a second."""
    file: "Path | None" = None
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
        from evtui.cli.raising.raise_lines import raise_lines

        raise_lines(event, words, mi, as_json=as_json)
    elif asked.file is not None:
        if words:
            fail(f"{words[0]!r}: with --from the parameters come from the file", EXIT_USAGE)
        from evtui.cli.raising import raise_many  # on first use, as above: most raises are one

        raise_many.raise_file(asked.file, event, asked.rate, mi, as_json=as_json)
    else:
        template = _template(event, words, asked)
        if asked.repeat is not None:
            from evtui.cli.raising import raise_many

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
