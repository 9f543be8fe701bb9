"""What the help tells, in groups: the keys of its pane first, then all other keys, words and signs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from evtui.ui.actions import ACTIONS, Action, is_possible, shown_keys
from evtui.ui.panes import ALL_PANES, PANE_NAMES, AnyPane
from evtui.ui.screens.status_lines import STATUS_WORDS
from evtui.ui.stream.filters.filter_help import FILTER_LINES
from evtui.ui.stream.status_signs import sign_lines
from evtui.ui.widgets.form_keys import FILTER_KEYS, RAISE_KEYS, RULE_KEYS, FormKey


class FirstKeys(NamedTuple):
    """The keys that the help begins with, and what they belong to."""

    name: str
    keys: Sequence[FormKey]


NO_FIRST_KEYS: Final = FirstKeys("", ())

Lines: TypeAlias = Sequence[tuple[str, str]]
"""What is written on the left, and what it means."""

RULE_LINES: Final[Lines] = (
    ("FILTER > 3 in 10 s", "More than 3 rows of the last 10 s are shown by the filter; also >= and every 5 min"),
    ("no FILTER for 60 s", "The filter showed no row for 60 s, also when nothing happens at all"),
    ("queue > 80 %", "So much of what all queues together may hold waits; > 500 counts notifications"),
)
"""The forms of a watch rule."""

VALUE_LINES: Final[Lines] = (
    ("{n}", "The number of the raise, from 1"),
    ("{uuid}", "A new UUID"),
    ("{now}", "Seconds since 1970"),
    ("{rand:1-100}", "A random number of the range"),
    ("{choice:a|b}", "One of the words"),
)
"""The placeholders in the values of a raise."""

MOMENT_LINES: Final[Lines] = (
    ("14:02:11", "That time of the day of the recording; 2026-11-30 14:02 with a date"),
    ("+30s -5m", "So much later or earlier"),
    ("50% start end", "A part of the recording, its beginning, its end"),
)
"""The moments of a recording that a jump takes."""


def help_groups(
    keys: Mapping[str, str], pane: AnyPane, *, read_only: bool, first: FirstKeys = NO_FIRST_KEYS
) -> Iterator[tuple[str, Lines]]:
    """List the groups of the help for a pane; `keys` are those that the configuration gives to actions.

    `first` are the keys of what is in front of the pane: a dialog, a form, a line that is typed into.
    """
    if first.keys:
        yield first.name, _form_lines(first.keys)
    shown = [action for action in ACTIONS if not (read_only and action.changes)]
    own = [action for action in shown if action.panes != ALL_PANES and is_possible(action, pane, read_only=read_only)]
    own.sort(key=lambda action: action.group in {"Panes", "Move"})  # keys that many panes have come last
    yield f"In this pane: {PANE_NAMES[pane]}", [_line(action, keys) for action in own]
    others = [action for action in shown if action not in own]
    for group in dict.fromkeys(action.group for action in others):
        yield group, [_line(action, keys) for action in others if action.group == group]
    if not read_only and first.keys != RAISE_KEYS:
        yield "In the raise form", _form_lines(RAISE_KEYS)
    if first.keys != FILTER_KEYS:
        yield "In the list of filters", _form_lines(FILTER_KEYS)
    if first.keys != RULE_KEYS:
        yield "In the list of watch rules", _form_lines(RULE_KEYS)
    yield "Signs", tuple(sign_lines())
    yield "Words of the status line", tuple(STATUS_WORDS.items())
    yield "Filters", FILTER_LINES
    yield "Watch rules", RULE_LINES
    yield "Placeholders in values", VALUE_LINES
    yield "Times of a recording", MOMENT_LINES


def _line(action: Action, keys: Mapping[str, str]) -> tuple[str, str]:
    return " ".join(shown_keys(action, keys)) or "palette", action.help


def _form_lines(keys: Sequence[FormKey]) -> Lines:
    return [(" ".join(key.keys.split(",")), key.help) for key in keys]
