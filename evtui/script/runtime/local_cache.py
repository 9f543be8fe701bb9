"""The cache of `cache_store("local", …)` and its relatives: texts by key, which may expire."""

from typing import Final

from evtui.script.runtime.script_values import ScriptFault, parse_integer, wrap

MAX_ENTRIES: Final = 100_000
MAX_SIZE: Final = 1 << 26
"""Characters of all keys and texts together."""


def local_key(system: str, key: str) -> str | None:
    """Return the key in the local cache; None for another cache. Each group of `local:group` has its own keys."""
    name, _, group = system.partition(":")
    return f"{group}:{key}" if name == "local" else None


class LocalCache:
    """Texts by key. `now` is the caller's wall time in seconds."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[str | int, float | None]] = {}
        self._size = 0

    def put(self, key: str, value: str | int, expire: int, now: float) -> None:
        """Store a text or a counter for `expire` seconds, 0 for ever. raises ScriptFault: the cache is full."""
        self.remove(key)
        size = _size(key, value)
        if len(self._entries) >= MAX_ENTRIES or self._size + size > MAX_SIZE:
            self._remove_expired(now, size)
        self._entries[key] = (value, now + expire if expire > 0 else None)
        self._size += size

    def get(self, key: str, now: float) -> str | int | None:
        """Return the text or the counter of a key; None when there is none or it has expired."""
        found = self._entries.get(key)
        if found is None:
            return None
        value, until = found
        if until is not None and until <= now:
            self.remove(key)
            return None
        return value

    def remove(self, key: str) -> bool:
        """Remove a key; return whether it was there."""
        found = self._entries.pop(key, None)
        if found is None:
            return False
        self._size -= _size(key, found[0])
        return True

    def add(self, key: str, amount: int, expire: int, now: float) -> int:
        """Add to a counter that starts at 0, and return its new value. raises ScriptFault: the text is not a number."""
        found = self.get(key, now)
        total = wrap((parse_integer(found) if isinstance(found, str) else found or 0) + amount)
        self.put(key, total, expire, now)
        return total

    def _remove_expired(self, now: float, size: int) -> None:
        self._entries = {key: kept for key, kept in self._entries.items() if kept[1] is None or kept[1] > now}
        self._size = sum(_size(key, value) for key, (value, _) in self._entries.items())
        if len(self._entries) >= MAX_ENTRIES or self._size + size > MAX_SIZE:
            raise ScriptFault(f"the local cache is full: {len(self._entries)} entries, {self._size} characters")


def _size(key: str, value: str | int) -> int:
    return len(key) + len(str(value))
