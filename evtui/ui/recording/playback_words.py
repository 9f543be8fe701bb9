"""What the status line and the hint say while a recording is shown."""

from collections.abc import Iterator

from evtui.codecs.display_text import display_safe
from evtui.core.recording_port import PlaybackState
from evtui.ui.text.cells import Role
from evtui.ui.text.figures import clock_time, count
from evtui.ui.widgets.one_line import LineWord

_TOLD = 3
"""Holes that the hint names."""


def playback_words(playback: PlaybackState) -> Iterator[LineWord]:
    """Write that a recording is shown, where it is, and how fast it goes on."""
    yield LineWord([("mark", " RECORDING ")], 0)
    role: Role = "wait" if playback.is_paused else "good"
    sign, time = "‖" if playback.is_paused else "▶", clock_time(playback.position).partition(".")[0]
    speed = f"\N{MULTIPLICATION SIGN}{playback.speed:g}".ljust(5)
    yield LineWord([(role, f"{sign} {time} "), ("text", speed)], 0, "pause")
    end = clock_time(playback.end).partition(".")[0]
    where = f"of {end}" if playback.progress is None else f"reading {playback.progress:.0%}"
    yield LineWord([("dim", where)], 3)
    yield LineWord([("dim", "record "), ("text", f"{count(playback.record)}/{count(playback.records)}")], 4)
    if playback.damage and playback.progress is None:
        yield LineWord([("bad", "damaged")], 2)
    if number := len(playback.holes):
        yield LineWord([("wait", f"{count(number)} hole{'s' * (number > 1)}")], 2)


def damage_text(playback: PlaybackState) -> str:
    """Say where the recording cannot be read any further, and what is missing in it; empty when all is there."""
    said = [f"Shown up to {display_safe(playback.damage, 300)}."] if playback.damage else []
    if playback.holes:
        spans = "; ".join(display_safe(hole.span(_second), 200) for hole in playback.holes[:_TOLD])
        more = f"; and {len(playback.holes) - _TOLD:,} more" if len(playback.holes) > _TOLD else ""
        said.append(f"Not recorded: {spans}{more}.")
    return " ".join(said)


def _second(at: float) -> str:
    return clock_time(at).partition(".")[0]
