"""A moment of a recording as it is typed: a time of day, a date with a time, seconds from here, a part of the whole."""

import re
from datetime import datetime
from typing import Final

from evtui.core.recording_port import PlaybackState

_STEP: Final = re.compile(r"([+-])(\d{1,9}(?:\.\d{1,6})?)([smhd]?)")
_PART: Final = re.compile(r"(\d{1,3}(?:\.\d{1,6})?) ?%")
_TIME: Final = re.compile(r"(?:(\d{4}-\d\d-\d\d)[ T])?(\d{1,2}):(\d\d)(?::(\d\d(?:\.\d{1,6})?))?")
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DAY: Final = 86400.0

EXAMPLES: Final = "14:02:11, 2026-11-30 14:02, +30s, -5m, 50%, start, end"


class BadMomentError(ValueError):
    """A text is not a moment."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a moment: write {EXAMPLES}")


def parse_moment(text: str, playback: PlaybackState) -> float:
    """Return the wall seconds that a text means; a time of day is the next one after the begin of the recording.

    raises BadMomentError.
    """
    text = text.strip()
    if text in {"start", "end"}:
        return playback.begin if text == "start" else playback.end
    if found := _STEP.fullmatch(text):
        seconds = float(found[2]) * _UNITS[found[3]]
        return playback.position + (seconds if found[1] == "+" else -seconds)
    if found := _PART.fullmatch(text):
        return playback.begin + (playback.end - playback.begin) * min(100.0, float(found[1])) / 100
    if (found := _TIME.fullmatch(text)) is None:
        raise BadMomentError(text)
    try:
        return _time_of_day(found, playback.begin)
    except (ValueError, OverflowError) as error:
        raise BadMomentError(text) from error


def _time_of_day(found: re.Match[str], begin: float) -> float:
    start = datetime.fromtimestamp(begin).astimezone()
    second = float(found[4] or 0)
    day = datetime.fromisoformat(found[1]).date() if found[1] else start.date()
    clock = datetime.strptime(f"{int(found[2])}:{found[3]}:{int(second)}", "%H:%M:%S").time()  # noqa: DTZ007 - it becomes local below
    moment = datetime.combine(day, clock).astimezone().timestamp() + second % 1
    return moment if found[1] or moment >= int(begin) else moment + _DAY
