"""What `$stat` shows: the counters of the engine and the SIP socket, and numbers that somebody gave."""

from collections.abc import Mapping

from evtui.engine.engine import Engine
from evtui.sip.sip_statistics import SipStatistics


class ScriptStatistics:
    """Numbers by `name` or `group:name`; given ones go before counted ones."""

    def __init__(self, engine: Engine, sip: SipStatistics, given: Mapping[str, int]) -> None:
        self._engine = engine
        self._sip = sip
        self._given = dict(given)

    def value(self, name: str) -> int | None:
        """Return a number; None when there is none of that name."""
        group, colon, local = name.rpartition(":")
        if (given := self._given.get(name, self._given.get(local) if colon else None)) is not None:
            return given
        if group in {"sip", ""} and (counted := self._sip.statistics().get(local)) is not None:
            return counted
        return self._counted().get(local) if group in {"evi", ""} else None

    def give(self, name: str, value: int) -> None:
        """Let a name have a value from now on."""
        self._given[name] = value

    def shown(self) -> dict[str, int]:
        """List the given ones (without a group they are `load:`'s) and those of SIP, as MI shows them: `group:name`."""
        sip = {f"sip:{name}": value for name, value in self._sip.statistics().items()}
        return {**sip, **{name if ":" in name else f"load:{name}": value for name, value in self._given.items()}}

    def _counted(self) -> dict[str, int]:
        states = self._engine.event_states()
        return {
            "events": len(states),
            "subscriptions": sum(state.subscribers for state in states),
            "raised": sum(state.raised for state in states),
            "sent": sum(state.sent for state in states),
            "failed": sum(state.failed for state in states),
            "dropped": sum(state.dropped for state in states),
            "queued": sum(outbox.queued for outbox in self._engine.outbox_states().values()),
        }
