"""What the subscription table must do, as a dict and with no regard for cost (docs/opensips-behaviour.md 1 and 7)."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

FOR_EVER = 2**53
"""Seconds of the longest expiry: above it a float cannot count single seconds."""


def deadline(expire: int | None, now: float) -> float | None:
    """Return the deadline of what is subscribed now."""
    return None if expire is None else now + min(expire, FOR_EVER)


@dataclass
class Entry:
    """One subscription: its expiry, its deadline, and what it has got since it was made."""

    expire: int | None
    dies: float | None
    sent: int = 0
    failed: int = 0
    last_error: str | None = None

    def renew(self, expire: int | None, now: float) -> None:
        """Count an expiry anew; without one a permanent entry stays so and an expiring one gets its time again."""
        if expire is not None:
            self.expire = expire
        self.dies = deadline(self.expire, now)

    def left(self, now: float) -> float | None:
        """Tell the seconds it has left."""
        return None if self.dies is None else self.dies - now


def outlasts(one: Entry, other: Entry) -> bool:
    """Say whether one lasts longer than the other."""
    return other.dies is not None and (one.dies is None or one.dies > other.dies)


@dataclass
class Event:
    """One event's entries, oldest first, and its counters."""

    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    raised: int = 0
    sent: int = 0
    failed: int = 0


@dataclass
class Model:
    """All events by name, and the wildcards that wait for new ones."""

    now: float = 0.0
    events: dict[str, Event] = field(default_factory=dict[str, Event])
    wildcards: dict[tuple[str, str], Entry] = field(default_factory=dict[tuple[str, str], Entry])

    def publish(self, name: str) -> list[str]:
        """Publish an event; returns the records it makes."""
        if name in self.events:
            return []
        event = self.events[name] = Event()
        for (pattern, socket), entry in self.wildcards.items():
            if fnmatchcase(name, pattern):
                known = event.entries.setdefault(socket, Entry(entry.expire, entry.dies))
                if outlasts(entry, known):
                    known.expire, known.dies = entry.expire, entry.dies
        return [f"published {name}", *(f"subscribed {name} {socket}" for socket in event.entries)]

    def subscribe(self, asked: str, socket: str, expire: int | None) -> list[str]:
        """Subscribe to a name or a wildcard; returns the records it makes."""
        if asked not in self.events:
            entry = self.wildcards.setdefault((asked, socket), Entry(expire, None))
            entry.renew(expire, self.now)
        return [self._subscribe(name, socket, expire) for name in self.matching(asked)]

    def unsubscribe(self, asked: str, socket: str) -> list[str]:
        """End what a name or a wildcard means; returns the records it makes."""
        self.wildcards.pop((asked, socket), None)
        ended = [name for name in self.matching(asked) if self.events[name].entries.pop(socket, None)]
        return [f"unsubscribed {name} {socket}" for name in ended]

    def advance(self, seconds: float) -> list[str]:
        """Let time pass; returns the records of what has expired, in no order."""
        self.now += seconds
        for key in [key for key, entry in self.wildcards.items() if self._dead(entry)]:
            del self.wildcards[key]
        records: list[str] = []
        for name, event in self.events.items():
            for socket in [socket for socket, entry in event.entries.items() if self._dead(entry)]:
                del event.entries[socket]
                records.append(f"expired {name} {socket}")
        return records

    def raise_event(self, name: str, down: set[str]) -> list[str]:
        """Serve all subscribers of an event, newest first; returns the sockets in order."""
        event = self.events[name]
        event.raised += 1
        for socket, entry in event.entries.items():
            if socket in down:
                event.failed += 1
                entry.failed += 1
                entry.last_error = "EDOWN"
            else:
                event.sent += 1
                entry.sent += 1
        return list(reversed(event.entries))

    def matching(self, asked: str) -> list[str]:
        """List the names a subscriber means: an exact name before a wildcard."""
        return [asked] if asked in self.events else [name for name in self.events if fnmatchcase(name, asked)]

    def _subscribe(self, name: str, socket: str, expire: int | None) -> str:
        entries = self.events[name].entries
        known = entries.get(socket)
        if known is None:
            entries[socket] = Entry(expire, deadline(expire, self.now))
            return f"subscribed {name} {socket}"
        known.renew(expire, self.now)
        return f"refreshed {name} {socket}"

    def _dead(self, entry: Entry) -> bool:
        return entry.dies is not None and entry.dies <= self.now
