"""How often the stream is painted: half as often while rows pass faster than they can be read."""

from evtui.ui.stream.rate_meter import RateMeter

_FRAMES_OF_A_RUSH = 2
_LATE = 0.5
"""The part of a frame by which a look may come early and still be the one that is waited for."""

_LONGEST = 0.5
"""Seconds after which a rush is painted again, however seldom the looks are."""


class PaintPacing:
    """Says at which looks the stream is painted; `frame` is the time between two looks. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._meter = RateMeter()
        self._painted_at = float("-inf")
        self._waits = False

    def is_due(self, rows: int, room: int, frame: float, now: float) -> bool:
        """Take note of new rows, and say whether to paint what is new now.

        In a rush, which is when a pane of `room` lines is filled anew within a second, every second look paints, or
        each where the looks are seldom; what a look leaves out the next one paints, also when nothing came meanwhile.
        """
        if rows:
            self._meter.add(now, rows)
            self._waits = True
        if not self._waits:
            return False
        is_rush = self._meter.rate(now) > room
        if is_rush and now - self._painted_at < min(_LONGEST, (_FRAMES_OF_A_RUSH - _LATE) * frame):
            return False
        self._painted_at, self._waits = now, False
        return True
