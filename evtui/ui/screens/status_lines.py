"""What stands in the lines around the panes: status, tabs, hint and keys."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct

from evtui.codecs.display_text import display_safe
from evtui.core.ports import EventState, QueueUse, Status
from evtui.core.recording_port import PlaybackState
from evtui.ui.actions import Action, offered, shown_keys
from evtui.ui.fleet.server_looks import light_counts, light_names
from evtui.ui.panes import PANE_NAMES, PANES, SCRIPT_PANES, AnyPane, Pane, pane_number
from evtui.ui.recording.playback_words import damage_text, playback_words
from evtui.ui.recording.record_key import recording_words
from evtui.ui.screens.viewer_sessions import session_words
from evtui.ui.state.console_state import ConsoleState
from evtui.ui.state.delivery_counts import DeliveryCounts
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.figures import count, rate, sparkline
from evtui.ui.widgets.one_line import LineWord

CALM_SECONDS = 0.5
"""Between two updates of what cannot be read when it changes more often."""


def status_words(state: ConsoleState, now: float, *, read_only: bool, demo: bool) -> Iterator[LineWord]:
    """Write the status line; the state and what was dropped are the last to be left out."""
    stream = state.stream
    status = state.status
    yield LineWord([("strong", "evtui")], 9)
    yield from _source_words(status)
    if state.profile:
        yield LineWord([("dim", "profile "), ("accent", state.profile)], 4)
    if state.playback is not None:
        yield from playback_words(state.playback.state)
    else:
        yield _state_word(state, now)
    calm = int(now / CALM_SECONDS) * CALM_SECONDS
    yield LineWord([("text", rate(state.raise_rate.rate(calm)).rjust(7))], 5)
    yield LineWord([("accent", sparkline(state.raise_rate.history(calm)[-12:]))], 6)
    yield from _delivery_words(state)
    yield _counted("lost", state.lost, 0, "bad" if state.lost else "text")
    if state.unread.skipped:
        yield _counted("not shown", state.unread.skipped, 1, "dim")
    if status is not None and status.queued:
        yield _counted("queued", status.queued, 2, "wait")
        if (full := _percent_full(status.queue_use)) >= _NEARLY_FULL:
            yield LineWord([("bad", f"queues {full} % full")], 0)
    if status is not None and status.duplicates:
        yield _counted("duplicates", status.duplicates, 2, "wait")
    if stream.evicted:
        yield _counted("evicted", stream.evicted, 3)
    yield from state.alerts.words()
    yield from recording_words(None if state.recordings is None else state.recordings.state)
    yield from session_words(state.sessions)
    if demo:
        yield LineWord([("mark", " DEMO ")], 2)
    if state.playback is None and (read_only or (status is not None and status.read_only)):
        yield LineWord([("mark", " READ-ONLY ")], 1)


STATUS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "raised": "Events that were raised, by whomever, among the records that this console has read",
        "received": "Notifications of which this console was told, by all servers where there are several",
        "delivered": "Notifications that were sent, or acknowledged; `at 2 of 3`: so many servers tell that",
        "failed": "Notifications that their subscriber will never get: each row says why",
        "lost": "Notifications dropped by a bound of a queue or at a restart, and what did not reach this console",
        "no subscribers": "Raises without subscribers; the client of the management interface got a 480",
        "refused": "Raises that were refused: read-only, bad parameters, an unknown event, nested too deep",
        "queued": "Notifications that wait for their subscriber",
        "firing": "Watch rules that fired and have not recovered; `w` lists them",
        "not shown": "Records that came faster than this console reads; subscribers got them",
        "evicted": "The oldest records, which the journal no longer holds: newer ones took their place",
        "◉": "Sessions of viewers, who watch through a door of this process; `H` lists them",
        "duplicates": "Messages of the broker that came before and were left out",
    }
)
"""The words of the status line, and what each counts."""


def _delivery_words(state: ConsoleState) -> Iterator[LineWord]:
    """Write what was raised and what became of it; the server's own counters where only its feed is read."""
    status, counts = state.status, state.counts
    told: _Told | DeliveryCounts = counts
    if status is None and not state.raises:
        return  # nothing is known yet, not even zeros
    if status is not None and state.playback is not None:
        yield _counted("raised", status.raised, 3)
        told = _Told(status.sent, status.failed, status.no_subscribers, status.refused)
    elif status is None or status.tells_all:
        yield _counted("raised", counts.raised, 3)
    else:
        yield _counted("received", state.stream.received, 3)
        told = _Told(status.sent, status.failed, status.no_subscribers, status.refused)
    by = "" if status is None else status.told_by
    if told.delivered is not None:
        yield _counted("delivered", told.delivered, 7, by=by)
    if told.failed is not None:
        yield _counted("failed", told.failed, 1 if told.failed else 7, "bad" if told.failed else "text", by=by)
    if told.no_subscribers:
        yield _counted("no subscribers", told.no_subscribers, 4, "wait", by=by)
    if told.refused:
        yield _counted("refused", told.refused, 2, "bad", by=by)


def tab_words(active: AnyPane, *, read_only: bool) -> Iterator[LineWord]:
    """Write the tabs: the panes of this screen with the active one marked, and the other screen."""
    scripts = active in SCRIPT_PANES
    for pane in SCRIPT_PANES if scripts else PANES:
        if pane == "raise" and read_only:
            continue
        tone: Role = "match" if pane == active else "dim"
        number, name = pane_number(pane), PANE_NAMES[pane]
        short: Cells = [(tone, f" {number} {_SHORT_NAMES.get(pane, name)} ")]
        yield LineWord([(tone, f" {number} {name} ")], 0, f"show_{pane}", short)
    yield (
        LineWord([("dim", " 1 Console ")], 1, "show_stream")
        if scripts
        else LineWord([("dim", " 6 Script ")], 1, "show_routes")
    )


def key_words(
    pane: AnyPane, remapped: Mapping[str, str], *, read_only: bool, source: Pane = "stream",
    playback: PlaybackState | None = None,
) -> Iterator[LineWord]:  # fmt: skip
    """Write the keys of a pane, the most important first.

    `source` is the pane whose selection the detail shows, `playback` the recording that is shown.
    """
    possible = offered(pane, read_only=read_only, source=source, playback=playback is not None)
    for action in sorted(possible, key=_footer):
        keys = shown_keys(action, remapped, typing=pane == "raise")
        if not action.footer or not keys or _is_of_no_use(action, pane):
            continue
        label = _SCRIPT_LABELS.get(action.id, action.label) if pane in SCRIPT_PANES else action.label
        if action.id == "pause" and playback is not None and playback.is_paused:
            label = "play"
        cells: Cells = [("accent", keys[0]), ("dim", f" {label}")]
        yield LineWord(cells, action.footer if action.id not in {"help", "quit"} else 0, action.id)


def hint_text(state: ConsoleState, selected: EventState | None, *, is_typing: bool = False) -> str:
    """Say what is not shown, and which key is useful next, until the first raise was seen or while keys are typed."""
    if state.trouble is not None:
        kept = "" if state.status is None else " What was received is still shown."
        return f"{display_safe(_RETRY.sub('', state.trouble), 300)}.{kept}"
    if state.playback is not None and (damage := damage_text(state.playback.state)):
        return damage
    if state.status is None:
        return "Starting…"
    if missing := _missing_text(state.status):
        return missing
    if state.raises or is_typing:
        return ""
    event = display_safe(selected.event.name, 64) if selected else "the selected event"
    why_no_raise = state.status.why_no_raise
    return state.steps.hint(event, has_subscribers=bool(state.subscribers.active), why_no_raise=why_no_raise)


def _missing_text(status: Status) -> str:
    if status.list_trouble:
        return f"{display_safe(status.list_trouble, 300)}. The servers stay as they were."
    return f"Not all subscriptions are shown. {display_safe(status.gaps, 400)}." if status.gaps else ""


def notice_words(notice: str, leave: str) -> list[LineWord]:
    """Write a notice that stays until the key `leave` closes it."""
    return [LineWord([("wait", f"! {display_safe(notice)}")]), LineWord([("dim", f"{leave} closes this")], 1)]


class _Told(Struct, frozen=True):
    """What a server tells of all its deliveries; None is what it does not tell."""

    delivered: int | None
    failed: int | None
    no_subscribers: int | None
    refused: int | None


_RETRY = re.compile(r"; (?:retry|next attempt) in (\d+) s$")
"""The end of the reason of a backend that waits before it asks its server again. Others are asked after a second."""

_NEARLY_FULL = 80
"""Percent of what all queues together may hold, from which the status line says so."""

_COUNT = 6
"""Cells of a count, so that the words to its right do not move while it grows."""


_SHORT_NAMES: Mapping[AnyPane, str] = {"subscribers": "Subs"}
"""Names of panes where there is little room."""

_SCRIPT_LABELS = {"open": "go to line", "leave": "console"}
"""Labels that differ on the Script screen."""


def _is_of_no_use(action: Action, pane: AnyPane) -> bool:
    """Say whether a key has no use in a pane: closing where nothing can be open, going to the screen that is shown."""
    closes = pane in {"raise", "detail"} or pane in SCRIPT_PANES
    return action.id == "leave" if not closes else action.id == "show_routes" and pane in SCRIPT_PANES


def _footer(action: Action) -> int:
    return action.footer


def _source_words(status: Status | None) -> Iterator[LineWord]:
    """Write what is shown: the lights of a fleet, or the address of the one server."""
    if status is not None and status.servers:
        yield LineWord(light_counts(status.servers), 1, "servers")
        yield LineWord(light_names(status.servers), 4, "servers")
    else:
        yield LineWord([("dim", display_safe(status.source if status else "starting", 60))], 4)


def _percent_full(use: QueueUse) -> int:
    return 100 * use.bytes // use.limit if use.limit else 0


def _counted(name: str, number: int | None, rank: int, role: Role = "text", *, by: str = "") -> LineWord:
    """Write a counter; of a fleet of which some servers do not tell it, `by` says how many do."""
    if not by:
        return LineWord([("dim", name + " "), (role, count(number).ljust(_COUNT))], rank)
    return LineWord([("dim", name + " "), (role, count(number)), ("dim", f" at {by}")], rank)


def _trouble_word(state: ConsoleState, trouble: str, now: float) -> LineWord:
    if state.status is not None and state.status.silence:  # its connection stands, and nothing comes
        return LineWord([("bad", "● NO ANSWER"), ("wait", f" {state.status.silence:.0f} s")])
    retry = _RETRY.search(trouble)
    said: Cells = [("bad", "● DISCONNECTED")]
    if state.is_heard(now):
        said = [("good", "● LIVE "), ("wait", "no answers")]
    return LineWord([*said, ("wait", f" retry {retry[1] if retry else 1} s")])


def _state_word(state: ConsoleState, now: float) -> LineWord:
    if state.trouble is not None:
        return _trouble_word(state, state.trouble, now)
    if state.status is not None and (silence := state.silence(now)):
        return LineWord([("bad", "● NO ANSWER"), ("wait", f" {silence:.0f} s")])
    if state.stream.mode == "paused":
        return LineWord([("wait", f"‖ PAUSED +{count(state.stream.new)}")], action="pause")
    if state.stream.mode == "held" and state.stream.new:
        return LineWord([("good", "● LIVE "), ("wait", f"+{count(state.stream.new)} new")], action="bottom")
    if state.status is None:
        return LineWord([("wait", "○ STARTING")])
    return LineWord([("good", "● LIVE")], action="pause")
