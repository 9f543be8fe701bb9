"""The cache that `cache_store("local", …)` and its like work on: texts by key, some of which expire."""

from typing import Final

from evtui.script.values import Fault, whole, wrap

MAX_ENTRIES: Final = 100_000


class Store:
    """Texts by key. Times are the caller's wall seconds; an entry that is too many is a fault."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[str, float | None]] = {}

    def put(self, key: str, text: str, expire: int, now: float) -> None:
        """Keep a text for so many seconds, 0 for ever. raises Fault: the cache is full."""
        if key not in self._entries and len(self._entries) >= MAX_ENTRIES:
            self._sweep(now)
        self._entries[key] = (text, now + expire if expire > 0 else None)

    def get(self, key: str, now: float) -> str | None:
        """Return what is kept; None when there is nothing or its time is over."""
        found = self._entries.get(key)
        if found is None:
            return None
        text, until = found
        if until is not None and until <= now:
            del self._entries[key]
            return None
        return text

    def remove(self, key: str) -> bool:
        """Forget a key; says whether it was there."""
        return self._entries.pop(key, None) is not None

    def add(self, key: str, amount: int, expire: int, now: float) -> int:
        """Add to a counter that starts at 0, and return it. raises Fault: what is kept is no number."""
        total = wrap(whole(self.get(key, now) or "0") + amount)
        self.put(key, str(total), expire, now)
        return total

    def _sweep(self, now: float) -> None:
        self._entries = {key: kept for key, kept in self._entries.items() if kept[1] is None or kept[1] > now}
        if len(self._entries) >= MAX_ENTRIES:
            raise Fault(f"the local cache is full: {MAX_ENTRIES} entries")
