"""`evtui man`: the manual page, written from the commands themselves, in the macros of man(7)."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Final

import click

from evtui.cli import output
from evtui.core.known_versions import VERSION

_EXIT_STATUS: Final = (
    ("0", "It is done."),
    ("1", "The server refused, or is away; or a check found an error."),
    ("2", "The command line or the configuration is wrong; no request was sent."),
    ("130", "It was interrupted by ctrl+c."),
)
_ENVIRONMENT: Final = (
    ("EVTUI_MI", "The server that the client commands ask, as --mi names it."),
    ("EVTUI_CONFIG", "The configuration file, as --config names it."),
    ("EVTUI_PROFILE", "The profile of the configuration file, as --profile names it."),
    ("EVTUI_…", "Each setting: EVTUI_MI_HTTP sets mi.http. `evtui config show` lists them all."),
    ("NO_COLOR", "The console draws without colours."),
)


def print_page(app: click.Group) -> None:
    """Print the page; `evtui man | man -l -` shows it."""
    with output.quiet_pipe():
        output.data("\n".join(_page(app)))


def _page(app: click.Group) -> Iterator[str]:
    context = click.Context(app, info_name="evtui")
    yield f'.TH EVTUI 1 "" "evtui {VERSION}" "evtui"'
    yield ".SH NAME"
    yield "evtui \\- a terminal console for events, and a complete event engine"
    yield ".SH SYNOPSIS"
    yield from _synopsis(context)
    yield ".SH DESCRIPTION"
    yield from _paragraphs(app.help or "")
    yield ".SH OPTIONS"
    yield from _parameters(context)
    yield ".SH COMMANDS"
    yield from _commands(app, context)
    yield ".SH EXIT STATUS"
    yield from _terms(_EXIT_STATUS)
    yield ".SH ENVIRONMENT"
    yield from _terms(_ENVIRONMENT)


def _commands(group: click.Group, parent: click.Context) -> Iterator[str]:
    for name in group.list_commands(parent):
        command = group.commands[name]
        context = click.Context(command, info_name=name, parent=parent)
        if isinstance(command, click.Group):
            yield from _commands(command, context)
            continue
        yield f'.SS "{_escaped(context.command_path)}"'
        yield from _synopsis(context)
        yield ".PP"
        yield from _paragraphs(command.help or "")
        yield from _parameters(context)


def _synopsis(context: click.Context) -> Iterator[str]:
    yield f".B {_escaped(context.command_path)}"
    yield _escaped(" ".join(context.command.collect_usage_pieces(context)))


def _parameters(context: click.Context) -> Iterator[str]:
    records = (parameter.get_help_record(context) for parameter in context.command.get_params(context))
    yield from _terms(record for record in records if record is not None)


def _terms(terms: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, text in terms:
        yield ".TP"
        yield f".B {_escaped(term)}"
        yield from _filled(text)


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.split("\n\n")):
        if number:
            yield ".PP"
        yield from _filled(paragraph)


def _filled(text: str) -> Iterator[str]:
    yield from map(_escaped, textwrap.wrap(text, 60, break_on_hyphens=False))


def _escaped(text: str) -> str:
    """Write a text so that troff shows it as it is."""
    shown = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "\\[u2026]")
    return f"\\&{shown}" if shown[:1] in {".", "'"} else shown
