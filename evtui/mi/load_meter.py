"""How busy this process was in the last second, minute and ten minutes: its share of a processor."""

from collections import deque
from typing import Final

from evtui.core.clocks import Sleep
from evtui.core.ports import Clock

WINDOWS: Final = (1.0, 60.0, 600.0)
"""Seconds, the shortest first."""

_EVERY: Final = 1.0
"""Seconds between two samples."""


class LoadMeter:
    """Samples of the processor time, one each second, for as long as the longest window."""

    def __init__(self, monotonic: Clock, processor: Clock) -> None:
        """`processor` tells the seconds of processor time that this thread has used."""
        self._monotonic = monotonic
        self._processor = processor
        self._samples = deque([(monotonic(), processor())], maxlen=int(WINDOWS[-1] / _EVERY) + 1)

    async def run(self, sleep: Sleep) -> None:
        """Take samples until cancelled."""
        while True:
            await sleep(_EVERY)
            self.sample()

    def sample(self) -> None:
        """Take a sample."""
        self._samples.append((self._monotonic(), self._processor()))

    def loads(self) -> tuple[int, ...]:
        """Return the load of each window in whole percent; of a window that has not passed yet, since the start."""
        now, used = self._monotonic(), self._processor()
        loads: list[int] = []
        samples = iter(reversed(self._samples))
        at, used_then = next(samples)
        for window in WINDOWS:
            while now - at < window and (older := next(samples, None)) is not None:
                at, used_then = older
            loads.append(int(100 * (used - used_then) / (now - at)) if now > at else 0)
        return tuple(loads)
