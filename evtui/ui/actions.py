"""The table of all actions. The bindings, the palette, the keys line, the help and the README come from it."""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct
from textual.binding import Binding

from evtui.ui.panes import ALL_PANES, PANES, SCRIPT_PANES, STATISTICS_PANES, AnyPane, Pane, ScriptPane

Group: TypeAlias = Literal["Panes", "Move", "Stream", "Detail", "Change", "Script", "Recording", "Console"]


class Action(Struct, frozen=True):
    """One action: its id, its keys, its label in the keys line and its sentence in the help.

    One without keys is found in the palette; the configuration may give it a key.
    """

    id: str
    keys: str
    """Its keys, between commas; empty where only the palette does it until the configuration gives it a key."""
    label: str
    help: str
    group: Group
    panes: tuple[AnyPane, ...] = ALL_PANES
    """The panes in which it can be done."""
    changes: bool = False
    """Whether it changes the engine. It is not offered when read-only."""
    footer: int = 0
    """The place in the keys line: small numbers stand first and are left out last, 0 is not in the line."""
    in_rows: bool = False
    """Whether the list with the focus does it and not the screen."""
    priority: bool = False
    """Whether it works while a text is being typed."""
    of_playback: bool = False
    """Whether it is possible only while a recording is shown."""
    of_files: bool = False
    """Whether it writes files of this host."""
    of_subscriber: bool = False
    """Whether it is possible in the detail only while that shows a subscriber."""


_LISTS: tuple[Pane, ...] = ("stream", "events", "subscribers", "detail")

_ALL_LISTS: tuple[AnyPane, ...] = (*_LISTS, *SCRIPT_PANES, "tables")

_ROWS: tuple[Pane, ...] = ("stream", "detail")

_SUBSCRIBERS: tuple[Pane, ...] = ("subscribers", "detail")

_SIDEWAYS: tuple[ScriptPane, ...] = ("file", "log")

ACTIONS: tuple[Action, ...] = (
    Action("show_stream", "1", "stream", "Go to the stream of notifications", "Panes"),
    Action("show_events", "2", "events", "Go to the catalogue of events", "Panes"),
    Action("show_subscribers", "3", "subscribers", "Go to the subscribers", "Panes"),
    Action("show_raise", "4", "raise", "Go to the form that raises an event", "Panes", changes=True),
    Action("show_detail", "5", "detail", "Go to the detail of what is selected", "Panes"),
    Action(
        "show_routes", "6", "script", "Go to the routes on the Script screen: runs, durations, errors", "Panes",
        footer=58,
    ),
    Action("show_file", "7", "file", "Go to the script's files, with the findings at their lines", "Panes"),
    Action("show_findings", "8", "findings", "Go to the findings of the script's check", "Panes"),
    Action("show_log", "9", "log", "Go to the script's log", "Panes"),
    Action(
        "statistics", "S", "statistics", "Show rates, outcomes, queues and latencies of the last minutes", "Panes",
        (*_LISTS, *STATISTICS_PANES), footer=59,
    ),
    Action("servers", "V", "servers", "List the servers of a fleet, and show only one of them", "Panes", _LISTS),
    Action("next_pane", "tab", "next pane", "Go to the next pane", "Panes"),
    Action("previous_pane", "shift+tab", "previous pane", "Go to the previous pane", "Panes"),
    Action("back", "ctrl+o", "back", "Go back to the pane before this one", "Panes"),
    Action(
        "go_to", "apostrophe,ctrl+j", "go to", "Go to a line or a pane by the letters beside it", "Panes",
        (*_ALL_LISTS, "charts"),
    ),
    Action("zoom", "z", "maximise", "Maximise this pane, or show all panes again", "Panes", footer=33),
    Action(
        "narrower", "less_than_sign", "narrower",
        "Make the column of this pane narrower; show fewer minutes of statistics", "Panes",
    ),
    Action(
        "wider", "greater_than_sign", "wider", "Make the column of this pane wider; show more minutes of statistics",
        "Panes",
    ),
    Action(
        "reset_columns", "", "columns as at first", "Layout: give the columns the widths of the first start", "Panes",
    ),
    Action("up", "up,k", "up", "One line up", "Move", _ALL_LISTS, in_rows=True),
    Action("down", "down,j", "down", "One line down", "Move", _ALL_LISTS, in_rows=True),
    Action("page_up", "pageup", "page up", "One page up", "Move", _ALL_LISTS, in_rows=True),
    Action("page_down", "pagedown", "page down", "One page down", "Move", _ALL_LISTS, in_rows=True),
    Action("top", "home,g", "top", "To the first line", "Move", _ALL_LISTS, in_rows=True),
    Action(
        "bottom", "end,G", "last line", "To the last line; the stream and the log follow again", "Move",
        _ALL_LISTS, in_rows=True,
    ),
    Action("left", "left", "left", "Scroll to the left in lines that are cut", "Move", _SIDEWAYS, in_rows=True),
    Action("right", "right", "right", "Scroll to the right in lines that are cut", "Move", _SIDEWAYS, in_rows=True),
    Action(
        "open", "enter", "detail", "Show the detail of the line; fold a group; go to the line of the script", "Move",
        (*_LISTS[:3], *SCRIPT_PANES, "tables"), in_rows=True, footer=35,
    ),
    Action(
        "pause", "space", "pause",
        "Pause the stream or the script's log, or let it go on; nothing is lost; on a group, fold it", "Stream",
        footer=30,
    ),
    Action("search", "slash", "search", "Search the lines of this pane as you type", "Move", _ALL_LISTS, footer=40),
    Action(
        "sort", "o", "sort",
        "Sort events by activity, name or module; subscribers by event, expiry, failures or queue", "Move",
        ("events", "subscribers", *STATISTICS_PANES), footer=32,
    ),
    Action("next_match", "n", "next match", "Go to the next match", "Move", _ALL_LISTS),
    Action("previous_match", "N", "previous match", "Go to the previous match", "Move", _ALL_LISTS),
    Action(
        "filter", "f", "filter", "Show only rows that a filter shows, or of the selected event or subscriber",
        "Stream", _LISTS, footer=45,
    ),
    Action(
        "filters", "F", "filters", "List the filters: switch them off, turn them round, save them, use saved ones",
        "Stream", _LISTS,
    ),
    Action(
        "clear", "c", "clear", "Clear the stream or the log on the screen; nothing is deleted elsewhere", "Stream",
        _ALL_LISTS,
    ),
    Action(
        "rules", "w", "watch rules", "List the watch rules, and add one of the filter or of what is selected", "Stream",
        _LISTS,
    ),
    Action("mark", "m", "mark", "Mark the row, or take its mark away", "Stream", _ROWS, footer=47),
    Action("only_marked", "M", "only marked", "Show only marked rows, or all again", "Stream", _LISTS),
    Action(
        "mark_range", "", "mark a range", "Mark all rows that are shown from the row marked last to this one", "Stream",
        _ROWS,
    ),
    Action("mark_all", "", "mark all shown", "Mark all rows that the stream shows", "Stream", _LISTS),
    Action("unmark_all", "", "unmark all", "Take all marks away", "Stream", _LISTS),
    Action("next_mark", "", "next mark", "Go to the next marked row", "Stream", _LISTS),
    Action("previous_mark", "", "previous mark", "Go to the marked row before", "Stream", _LISTS),
    Action("tree", "t", "tree", "Show the detail as a tree of attributes", "Detail", _ROWS, footer=70),
    Action("pretty", "p", "pretty", "Show the detail as indented JSON", "Detail", _ROWS, footer=71),
    Action("hex", "h", "hex", "Show the payload as bytes", "Detail", _ROWS, footer=72),
    Action("wire", "d", "wire", "Show what was sent to each subscriber, with timing", "Detail", _ROWS, footer=73),
    Action(
        "why", "W", "why", "Say why the subscriber got the event, or why it did not, and what to do", "Detail", _LISTS,
    ),
    Action("copy", "y", "copy", "Copy as JSON to the terminal's clipboard and to a file", "Detail", _ROWS, footer=55),
    Action(
        "copy_as", "Y", "copy as", "Copy what raises it again: evtui raise, MI JSON, opensips-cli, script lines",
        "Detail", _ROWS,
    ),
    Action(
        "export", "e", "export", "Write rows of the stream to a file: as filtered, all, or the selected one", "Detail",
        _LISTS, of_files=True,
    ),
    Action("raise", "r", "raise", "Raise the selected event by hand", "Change", _LISTS, changes=True, footer=10),
    Action(
        "clone", "R", "raise again", "Load the notification into the raise form", "Change",
        _ROWS, changes=True, footer=50,
    ),
    Action(
        "subscribe", "s", "subscribe", "Subscribe a socket to the selected event", "Change",
        _LISTS, changes=True, footer=20,
    ),
    Action(
        "unsubscribe", "u", "unsubscribe", "End the selected subscription", "Change",
        _SUBSCRIBERS, changes=True, footer=22, of_subscriber=True,
    ),
    Action("undo", "U", "undo", "Subscribe again what was unsubscribed last", "Change", _LISTS, changes=True),
    Action(
        "subscribe_again", "A", "subscribe again",
        "Subscribe again what was subscribed here and a restart of the server ended", "Change", _LISTS, changes=True,
    ),
    Action(
        "renew", "plus", "renew", "Renew the selected subscription: its expiry starts again", "Change",
        _SUBSCRIBERS, changes=True, footer=21, of_subscriber=True,
    ),
    Action(
        "change_expiry", "E", "change expiry", "Give the selected subscription another expiry", "Change",
        _SUBSCRIBERS, changes=True, of_subscriber=True,
    ),
    Action(
        "renew_socket", "asterisk", "renew all", "Renew all subscriptions of the selected socket", "Change",
        _SUBSCRIBERS, changes=True, of_subscriber=True,
    ),
    Action(
        "test_subscriber", "v", "test", "Send one test notification to the selected subscriber alone", "Change",
        _SUBSCRIBERS, changes=True, of_subscriber=True,
    ),
    Action(
        "run_route", "x", "run", "Run the selected route by hand, or the route of the selected line", "Script",
        ("routes", "file"), changes=True, footer=10,
    ),
    Action(
        "reload", "L", "reload", "Read the script again; if it does not parse, the running one stays", "Script",
        SCRIPT_PANES, changes=True, footer=20,
    ),
    Action(
        "record", "ctrl+r", "record", "Begin to record all that happens into a file, or end the recording",
        "Recording", PANES, of_files=True,
    ),
    Action(
        "step", "full_stop", "step", "In a recording that is shown: go to the next record and stand still", "Recording",
        _LISTS, of_playback=True, footer=31,
    ),
    Action(
        "step_back", "comma", "step back", "Go back to the record before", "Recording",
        _LISTS, of_playback=True, footer=32,
    ),
    Action(
        "jump", "J", "jump", "Go to a time: 14:02:11, +30s, -5m, 50%", "Recording",
        _LISTS, of_playback=True, footer=33,
    ),
    Action(
        "faster", "right_square_bracket", "faster", "Play faster, up to 100 times", "Recording",
        _LISTS, of_playback=True, footer=34,
    ),
    Action(
        "slower", "left_square_bracket", "slower", "Play slower, down to a quarter", "Recording",
        _LISTS, of_playback=True, footer=35,
    ),
    Action("sessions", "H", "viewers", "List who watches through a door of this process, and end a session", "Console",
        _LISTS, changes=True,
    ),
    Action("palette", "colon,ctrl+p", "palette", "Find a command by its name", "Console", footer=90),
    Action("theme", "T", "theme", "Choose the colours: dark, light and others", "Console"),
    Action(
        "screenshot", "", "screenshot", "Write what is on the screen to a file, as a picture (SVG)", "Console",
        of_files=True,
    ),
    Action("tour", "", "tour", "Show the five lines of the first start: what to press first", "Console", PANES),
    Action("help", "question_mark,f1", "help", "Show every key", "Console", footer=80),
    Action("leave", "escape", "close", "Close what is open: a search, a filter, a pane", "Console", footer=15),
    Action("quit", "q", "quit", "Leave the console", "Console", footer=85),
)  # fmt: skip

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}
SUBSCRIBE_AGAIN = BY_ID["subscribe_again"]

_SHOWN = {
    "slash": "/", "plus": "+", "question_mark": "?", "colon": ":", "asterisk": "*", "less_than_sign": "<",
    "greater_than_sign": ">", "pageup": "pgup", "pagedown": "pgdn", "escape": "esc",
    "apostrophe": "'", "full_stop": ".", "comma": ",", "left_square_bracket": "[", "right_square_bracket": "]",
    "up": "↑", "down": "↓", "left": "←", "right": "→", "f1": "F1", "shift+tab": "⇧tab", "tab": "tab",
}  # fmt: skip


_SYMBOLS = {
    "/": "slash", "+": "plus", "*": "asterisk", "?": "question_mark", ":": "colon", " ": "space", "<": "less_than_sign",
    "'": "apostrophe",
    ">": "greater_than_sign", ".": "full_stop", ",": "comma", "[": "left_square_bracket", "]": "right_square_bracket",
}  # fmt: skip
"""Characters that have names in Textual."""

_TYPED = frozenset(_SYMBOLS.values())


def screen_bindings() -> list[Binding]:
    """Return the bindings of a screen."""
    return [_binding(action, f"do('{action.id}')") for action in ACTIONS if not action.in_rows]


def row_bindings() -> list[Binding]:
    """Return the bindings of a list."""
    return [_binding(action, f"row_{action.id}") for action in ACTIONS if action.in_rows]


def shown_keys(action: Action, remapped: Mapping[str, str], *, typing: bool = False) -> tuple[str, ...]:
    """Write the keys of an action for reading; `typing` leaves out those that type a character."""
    keys = _keys(action, remapped)
    return tuple(_SHOWN.get(key, key) for key in keys if not (typing and (len(key) == 1 or key in _TYPED)))


def key_names(action: Action, remapped: Mapping[str, str]) -> set[str]:
    """Return the keys of an action by the names that Textual gives them."""
    return {_SYMBOLS.get(key, key) for key in _keys(action, remapped)}


def offered(pane: AnyPane, *, read_only: bool, source: Pane = "stream", playback: bool = False) -> Iterator[Action]:
    """List the actions that can be done in a pane, as `is_possible` says."""
    return (a for a in ACTIONS if is_possible(a, pane, read_only=read_only, source=source, playback=playback))


def is_possible(
    action: Action, pane: AnyPane, *, read_only: bool, source: Pane = "stream", playback: bool = False
) -> bool:
    """Say whether an action can be done in a pane.

    `source` is the pane whose selection the detail shows, `playback` says whether a recording is shown.
    """
    elsewhere = action.of_subscriber and pane == "detail" and source != "subscribers"
    if action.of_playback and not playback:
        return False
    return pane in action.panes and not elsewhere and not (read_only and action.changes)


def key_conflict(remapped: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Return the ids of two actions that would share a key, and that key; None when no key is shared.

    `remapped` maps an action's id to the keys that replace its own, as `ui.keys` of the configuration does.
    """
    owners: dict[str, str] = {}
    # Remapped actions last, so that a conflict is reported for one of them.
    for action in sorted(ACTIONS, key=lambda action: action.id in remapped):
        for key in _keys(action, remapped):
            owner = owners.setdefault(_SYMBOLS.get(key, key), action.id)
            if owner != action.id:
                return action.id, owner, key
    return None


def _keys(action: Action, remapped: Mapping[str, str]) -> list[str]:
    return [key.strip() for key in remapped.get(action.id, action.keys).split(",") if key.strip()]


def _binding(action: Action, name: str) -> Binding:
    # An action without a key is bound too, to a key that no terminal has: the configuration may give it another.
    keys = action.keys or f"no_key_of_{action.id}"
    return Binding(keys, name, action.label, show=False, priority=action.priority, id=action.id)
