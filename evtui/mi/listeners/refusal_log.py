"""Log what clients do wrong: the first case at once, then one line a minute of each kind, with the addresses."""

import logging
from collections import Counter
from typing import Final

from evtui.core.ports import Clock

PERIOD: Final = 60.0
"""Seconds between two lines of one kind."""

MAX_ADDRESSES: Final = 1000
"""Addresses that are counted apart in one minute; all further ones are counted together."""

_SHOWN: Final = 5
_OTHERS: Final = "other addresses"

_log = logging.getLogger(__name__)


class RefusalLog:
    """Counts refusals by kind and address. Nothing that a client sent gets into a line, only its address."""

    def __init__(self, place: str, clock: Clock) -> None:
        """`place` names the listener, `clock` tells monotonic seconds."""
        self._place = place
        self._clock = clock
        self._next: dict[str, float] = {}
        self._counted: dict[str, Counter[str]] = {}

    def note(self, kind: str, address: str) -> None:
        """Count a case, and log it when the last line of its kind is a minute old."""
        addresses = self._counted.setdefault(kind, Counter())
        addresses[address if address in addresses or len(addresses) < MAX_ADDRESSES else _OTHERS] += 1
        if self._next.get(kind, 0.0) <= self._clock():
            self._write(kind)

    def write_due(self) -> None:
        """Log what was counted for a minute; call it about once a second."""
        now = self._clock()
        for kind in [kind for kind in self._counted if self._next[kind] <= now]:
            self._write(kind)

    def _write(self, kind: str) -> None:
        addresses = self._counted.pop(kind)
        self._next[kind] = self._clock() + PERIOD
        some = ", ".join(f"{address} ({count:,})" for address, count in addresses.most_common(_SHOWN))
        more = f" and {len(addresses) - _SHOWN} more addresses" if len(addresses) > _SHOWN else ""
        _log.warning("%s: %s: %d from %s%s", self._place, kind, addresses.total(), some, more)
