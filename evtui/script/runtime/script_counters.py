"""The statistics that a script declares or updates: `modparam("statistics", "variable", …)`, `update_stat`, `$stat`."""

from typing import Final

from evtui.script.runtime.script_values import ScriptFault, wrap

MAX_COUNTERS: Final = 10_000
_GROUP: Final = "dynamic"
"""The group of names that are declared without one."""


class ScriptCounters:
    """Counters by `name` or `group:name`; a name without a group belongs to the group `dynamic`."""

    def __init__(self) -> None:
        self._values: dict[str, int] = {}
        self._kept: set[str] = set()

    def declare(self, text: str) -> None:
        """Declare a counter as the module parameter does: `name`, or `name/no_reset`, which keeps its value."""
        name, _, option = text.partition("/")
        self._values.setdefault(_full(name.strip()), 0)
        if option.strip() == "no_reset":
            self._kept.add(_full(name.strip()))

    def value(self, name: str) -> int | None:
        """Return the value of a counter; None when there is none of this name."""
        return self._values.get(_full(name))

    def add(self, name: str, amount: int) -> None:
        """Add to a counter, which is made when it is missing. raises ScriptFault: there are too many."""
        full = _full(name)
        if full not in self._values and len(self._values) >= MAX_COUNTERS:
            raise ScriptFault(f"more than {MAX_COUNTERS} statistics")
        self._values[full] = wrap(self._values.get(full, 0) + amount)

    def reset(self, name: str) -> None:
        """Set a counter to 0, and make it when it is missing. raises ScriptFault: there are too many."""
        full = _full(name)
        if full not in self._kept:
            self.add(name, -self._values.get(full, 0))


def _full(name: str) -> str:
    group, _, local = name.rpartition(":")
    return f"{group or _GROUP}:{local}"
