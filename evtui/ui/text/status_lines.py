"""The words of the lines around the panes: status, tabs, hint and keys."""

import re
from collections.abc import Iterator, Mapping

from evtui.codecs.display_text import display_safe
from evtui.ui.actions import EVERYWHERE, PANES, SCRIPT_PANES, Action, AnyPane, Pane, offered, shown_keys
from evtui.ui.console_state import ConsoleState
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.figures import count, rate, sparkline
from evtui.ui.widgets.one_line import LineWord

PANE_NAMES: Mapping[AnyPane, str] = {
    "stream": "Stream", "events": "Events", "subscribers": "Subscribers", "raise": "Raise", "detail": "Detail",
    "routes": "Routes", "file": "File", "findings": "Findings", "log": "Log",
}  # fmt: skip


def pane_number(pane: AnyPane) -> int:
    """Return the number a pane has at every width."""
    return EVERYWHERE.index(pane) + 1


def status_words(state: ConsoleState, now: float, *, read_only: bool, demo: bool) -> Iterator[LineWord]:
    """Write the status line; state and what was dropped are the last to be cut."""
    stream = state.stream
    status = state.status
    yield LineWord([("strong", "evtui")], 9)
    yield LineWord([("dim", display_safe(status.source if status else "starting", 60))], 4)
    yield _state_word(state)
    speed = state.meter.rate(now)
    yield LineWord([("text", rate(speed).rjust(7))], 5)
    yield LineWord([("accent", sparkline(state.meter.history(now)[-12:]))], 6)
    yield _counted("received", stream.received, 3)
    yield _counted("shown", stream.shown, 7)
    yield _counted("dropped", state.dropped, 0, "bad" if state.dropped else "text")
    if status is not None and status.queued:
        yield _counted("queued", status.queued, 2, "wait")
    if status is not None and status.duplicates:
        yield _counted("duplicates", status.duplicates, 2, "wait")
    yield _counted("evicted", stream.evicted, 8)
    if demo:
        yield LineWord([("mark", " DEMO ")], 2)
    if read_only or (status is not None and status.read_only):
        yield LineWord([("mark", " READ-ONLY ")], 1)


def tab_words(active: AnyPane, *, read_only: bool) -> Iterator[LineWord]:
    """Write the tabs: the panes of this screen by number, the active one marked, and the way to the other screen."""
    scripts = active in SCRIPT_PANES
    for pane in SCRIPT_PANES if scripts else PANES:
        if pane == "raise" and read_only:
            continue
        tone: Role = "match" if pane == active else "dim"
        yield LineWord([(tone, f" {pane_number(pane)} {PANE_NAMES[pane]} ")], 0, f"show_{pane}")
    yield (
        LineWord([("dim", " 1 Console ")], 1, "show_stream")
        if scripts
        else LineWord([("dim", " 6 Script ")], 1, "show_routes")
    )


def key_words(
    pane: AnyPane, remapped: Mapping[str, str], *, read_only: bool, source: Pane = "stream"
) -> Iterator[LineWord]:
    """Write the keys of a pane, what matters most first; `source` is the pane whose selection the detail shows."""
    for action in sorted(offered(pane, read_only=read_only, source=source), key=_footer):
        keys = shown_keys(action, remapped, typing=pane == "raise")
        if not action.footer or not keys or _goes_without_saying(action, pane):
            continue
        label = _SCRIPT_LABELS.get(action.id, action.label) if pane in SCRIPT_PANES else action.label
        cells: Cells = [("accent", keys[0]), ("dim", f" {label}")]
        yield LineWord(cells, action.footer if action.id not in {"help", "quit"} else 0, action.id)


def hint_text(state: ConsoleState, selected: str | None, *, read_only: bool) -> str:
    """Say the next useful key, or nothing once a person has seen it work."""
    if state.trouble is not None:
        return f"{display_safe(_RETRY.sub('', state.trouble), 300)}. What was received stays."
    if state.status is None:
        return "Starting…"
    if state.raises:
        return ""
    event = display_safe(selected, 64) if selected else "the selected event"
    if read_only:
        return "Read-only: events that are raised appear in the stream. ? shows every key."
    if not state.subscribers.living:
        return f"Next: s subscribes a socket to {event}, r raises it by hand. ? shows every key."
    return f"Next: r raises {event} by hand, and the stream shows who got it. ? shows every key."


_RETRY = re.compile(r"; retry in (\d+) s$")
"""How a backend that waits before it asks its server again ends its reason; any other is asked after a second."""

_COUNT = 6
"""Cells of a count: what stands to its right does not move while it grows."""


_SCRIPT_LABELS = {"open": "go to line", "leave": "console"}
"""Other words in the footer of the Script screen."""


def _goes_without_saying(action: Action, pane: AnyPane) -> bool:
    """Say whether a key is no use here: what esc closes where nothing is open, or the way to where one is."""
    closes = pane in {"raise", "detail"} or pane in SCRIPT_PANES
    return action.id == "leave" if not closes else action.id == "show_routes" and pane in SCRIPT_PANES


def _footer(action: Action) -> int:
    return action.footer


def _counted(name: str, number: int, rank: int, role: Role = "text") -> LineWord:
    return LineWord([("dim", name + " "), (role, count(number).ljust(_COUNT))], rank)


def _state_word(state: ConsoleState) -> LineWord:
    if state.trouble is not None:
        retry = _RETRY.search(state.trouble)
        return LineWord([("bad", "● DISCONNECTED"), ("wait", f" retry {retry[1] if retry else 1} s")])
    if state.stream.mode == "paused":
        return LineWord([("wait", f"‖ PAUSED +{count(state.stream.new)}")], action="pause")
    if state.stream.mode == "held" and state.stream.new:
        return LineWord([("good", "● LIVE "), ("wait", f"+{count(state.stream.new)} new")], action="bottom")
    return LineWord([("good", "● LIVE")], action="pause")
