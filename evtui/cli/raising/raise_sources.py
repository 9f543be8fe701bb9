"""Where `evtui raise` takes its event and parameters from: the command line, a template, or the last raise."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, EXIT_USAGE, fail, usage
from evtui.cli.settings.profile_option import given_profile
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.quickline import written_line, written_words
from evtui.core.values import check_event_name
from evtui.raising.raise_template import RaiseTemplate, line_of_words, template_of_words

if TYPE_CHECKING:  # imported on first use: most raises need no template and no history
    from evtui.raising.raise_history import KeptHistory, RaiseHistory
    from evtui.raising.template_files import SavedTemplate, TemplateFolder


def template_folder() -> "TemplateFolder":
    """Return the folder of templates in the user's config directory."""
    from platformdirs import user_config_path

    from evtui.raising.template_files import TemplateFolder

    return TemplateFolder(user_config_path("evtui"))


def raise_history() -> "RaiseHistory":
    """Return the history of the profile in the user's state directory."""
    from evtui.config.chosen_profile import chosen_profile
    from evtui.raising.raise_history import RaiseHistory

    return RaiseHistory(chosen_profile(given_profile(), os.environ).memory_dir())


def of_words(event: str | None, words: Sequence[str]) -> RaiseTemplate:
    """Read the event and the words of the command line; a wrong one ends the program with exit status 2."""
    if event is None:
        fail("EVENT is missing: evtui raise EVENT [name=text] [name:=json] [text]…", EXIT_USAGE)
    usage(lambda: check_event_name(event))
    template = usage(lambda: template_of_words(event, words))
    note_sent(event, words)
    return template


def of_template(name: str, words: Sequence[str]) -> RaiseTemplate:
    """Read a template from its file; a word replaces the value of its name, or is added."""
    saved = usage(lambda: template_folder().load(name))
    merged = usage(lambda: merge_words(saved.words, words))
    template = usage(lambda: template_of_words(saved.event, merged))
    note_sent(saved.event, merged)
    return template


def of_last(words: Sequence[str]) -> RaiseTemplate:
    """Take the last raise of the history; a word replaces the value of its name, or is added."""
    kept = _read_history().raises
    if not kept:
        fail("the history of raises is empty", EXIT_REFUSED)
    last = kept[-1]
    given = {pair.name for pair in usage(lambda: written_words(words))}
    missing = [pair.name for pair in written_line(last.line) if pair.text == "***" and pair.name not in given]
    if last.redacted and missing:
        fail(f"{last.event}: its password was not kept: give it again, {missing[0]}=…", EXIT_USAGE)
    old = [head + value for head, value in (pair.parts() for pair in written_line(last.line))]
    return of_words(last.event, usage(lambda: merge_words(old, words)))


def print_history(*, as_json: bool) -> None:
    """Print what was raised by hand, oldest first."""
    kept = _read_history().raises
    with output.quiet_pipe():
        for sent in kept:
            if as_json:
                output.json_line(Members((("time", sent.at), ("event", sent.event), ("line", sent.line))))
            else:
                output.data(f"{output.clock_time(sent.at)}  {sent.event} {sent.line}".rstrip())
    if not kept:
        output.message("the history of raises is empty")


def list_templates(*, as_json: bool) -> None:
    """Print the templates; one that cannot be read is told with its error, and the others are printed."""
    folder = template_folder()
    found, wrong = usage(folder.load_all)
    for error in wrong:
        output.message(f"evtui: {error}")
    with output.quiet_pipe():
        if as_json:
            output.json_line([_members(each) for each in found])
        elif found:
            rows = [(each.name, each.event, each.line(), each.description) for each in found]
            output.table(("name", "event", "parameters", "description"), rows)
        else:
            output.message(f"no templates in {folder.path}")


def show_template(name: str, *, as_json: bool) -> None:
    """Print one template as the command that raises it, or as JSON."""
    saved = usage(lambda: template_folder().load(name))
    with output.quiet_pipe():
        if as_json:
            output.json_line(_members(saved))
        else:
            from evtui.raising.copy_forms import shell_command

            if saved.description:
                output.message(saved.description)
            output.data(shell_command(saved.event, saved.line()))


def merge_words(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Return the old words with new ones in the place of those of the same name; other new ones follow.

    Values without names have no place of their own: new ones replace all old ones. raises BadWordError.
    """
    given = {pair.name: word for pair, word in zip(written_words(new), new, strict=True)}
    if None in given:
        return [*new]
    merged = [given.pop(pair.name, word) for pair, word in zip(written_words(old), old, strict=True)]
    return [*merged, *given.values()]


def note_sent(event: str, words: Sequence[str]) -> None:
    """Keep a raise that a person at a terminal asked for; a script's raises are not kept."""
    if not sys.stderr.isatty():
        return
    from evtui.bootstrap.real_clocks import REAL_CLOCKS
    from evtui.raising.raise_history import HistoryError, SentRaise

    try:
        raise_history().add(SentRaise(event, line_of_words(words), REAL_CLOCKS.wall()))
    except HistoryError as error:
        output.message(f"evtui: {error}")


def _read_history() -> "KeptHistory":
    from evtui.raising.raise_history import HistoryError

    try:
        kept = raise_history().read()
    except HistoryError as error:
        fail(str(error), EXIT_REFUSED)
    if kept.damage:
        output.message(f"evtui: {kept.damage}")
    return kept


def _members(saved: "SavedTemplate") -> Json:
    return Members(
        (
            ("name", saved.name), ("event", saved.event), ("params", [*saved.words]),
            ("description", saved.description),
        )
    )  # fmt: skip
