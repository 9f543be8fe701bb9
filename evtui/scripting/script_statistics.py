"""The statistics that `$stat` reads: counters of the engine and of the SIP socket, and values set from outside."""

from collections.abc import Mapping

from evtui.engine.engine import Engine
from evtui.scripting.sip.sip_statistics import SipStatistics


class ScriptStatistics:
    """Numbers by `name` or `group:name`; a value that was set hides a counter of the same name."""

    def __init__(self, engine: Engine, sip: SipStatistics, values: Mapping[str, int]) -> None:
        """`values`: the values set by the configuration."""
        self._engine = engine
        self._sip = sip
        self._values = dict(values)

    def value(self, name: str) -> int | None:
        """Return a number; None when there is none of that name."""
        group, colon, local = name.rpartition(":")
        if (value := self._values.get(name, self._values.get(local) if colon else None)) is not None:
            return value
        if group in {"sip", ""} and (counted := self._sip.statistics().get(local)) is not None:
            return counted
        return self._counted().get(local) if group in {"evi", ""} else None

    def set_value(self, name: str, value: int) -> None:
        """Set the value of a name."""
        self._values[name] = value

    def shown(self) -> dict[str, int]:
        """List the set values and the SIP counters as MI shows them, by `group:name`; the default group is `load`."""
        sip = {f"sip:{name}": value for name, value in self._sip.statistics().items()}
        return {**sip, **{name if ":" in name else f"load:{name}": value for name, value in self._values.items()}}

    def _counted(self) -> dict[str, int]:
        states = self._engine.event_states()
        return {
            "events": len(states),
            "subscriptions": sum((state.subscribers or 0) + state.viewers for state in states),
            "raised": sum(state.raised or 0 for state in states),
            "sent": sum(state.sent or 0 for state in states),
            "failed": sum(state.failed or 0 for state in states),
            "dropped": sum(state.dropped or 0 for state in states),
            "queued": sum(outbox.queued for outbox in self._engine.outbox_states().values()),
        }
