"""The local cache of the script that runs, for MI commands."""

from evtui.core.errors import RequestError
from evtui.core.ports import Clock
from evtui.script.runtime.local_cache import LocalCache, local_key
from evtui.script.runtime.script_values import ScriptFault


class CacheAccess:
    """Stores and fetches what scripts do with `cache_store` and `cache_fetch`. A cache is `local` or `local:GROUP`."""

    def __init__(self, cache: LocalCache | None, wall: Clock) -> None:
        """`cache` is None when no script is loaded."""
        self._cache = cache
        self._wall = wall

    def fetch(self, system: str, key: str) -> str | None:
        """Return the text of a key; None when it is not there. raises RequestError: there is no such cache."""
        cache, name = self._locate(system, key)
        found = cache.get(name, self._wall())
        return None if found is None else str(found)

    def store(self, system: str, key: str, value: str, expire: int) -> None:
        """Store a text for `expire` seconds, 0 for ever. raises RequestError: there is no such cache, or it is full."""
        cache, name = self._locate(system, key)
        try:
            cache.put(name, value, expire, self._wall())
        except ScriptFault as error:
            raise RequestError(str(error)) from error

    def remove(self, system: str, key: str) -> None:
        """Remove a key, if it is there. raises RequestError: there is no such cache."""
        cache, name = self._locate(system, key)
        cache.remove(name)

    def _locate(self, system: str, key: str) -> tuple[LocalCache, str]:
        if self._cache is None:
            raise RequestError("no script is loaded: start evtui with --script FILE")
        name = local_key(system, key)
        if name is None:
            raise RequestError(f"no cache {system!r}: there is only the cache 'local'")
        return self._cache, name
