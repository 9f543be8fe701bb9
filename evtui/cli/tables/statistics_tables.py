"""The command `statistics`: what a server did since its start, or in the next seconds, and what stands out in it."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final, TypeVar

from msgspec import Struct

from evtui.backends.remote.asked_server import AskedServer
from evtui.backends.remote.reply_members import member_int, member_number, member_text, members_of
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.cli import output
from evtui.cli.servers.asked_servers import ANSWER_SECONDS, Answers, ServerAnswer, ask_servers
from evtui.cli.tables.transport_tables import ask_evtui
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import RequestError

TOTALS: Final = {
    "raised": "raised",
    "sent": "delivered",
    "failed": "failed",
    "dropped": "lost",
    "no_subscribers": "no subscribers",
    "refused": "refused",
}
"""The counters of `evi:`, and how the console names them."""

_Key = TypeVar("_Key", bound=Hashable)

_OF_EVENTS: Final = ("raised", "sent")
_OF_SUBSCRIPTIONS: Final = ("failed", "dropped")


class RestartedError(RequestError):
    """The server was started again while it was measured."""

    def __init__(self) -> None:
        super().__init__("the server was started again meanwhile: its counters begin anew")


class Reading(Struct, frozen=True):
    """The counters of a server at a moment."""

    uptime: int
    """Seconds since the server's start."""
    totals: Mapping[str, int]
    """Those of `TOTALS`, and `queued`."""
    events: Mapping[str, tuple[int, ...]]
    subscriptions: Mapping[tuple[str, str], tuple[int, ...]]
    latencies: Mapping[tuple[str, str], float]
    """Seconds that the last delivery of a subscription took, of those that tell."""
    errors: Mapping[tuple[str, str], str]
    queues: Sequence[Members]


_NOTHING: Final = Reading(0, {}, {}, {}, {}, {}, ())
"""What a server has counted when it starts."""


class Figures(Struct, frozen=True):
    """What a server did between two readings."""

    seconds: float
    first: Reading
    last: Reading

    def total(self, name: str) -> int:
        """Return by how much a counter grew."""
        return self.last.totals.get(name, 0) - self.first.totals.get(name, 0)

    def rate(self, name: str) -> float | None:
        """Return the same for a second; None when no second has passed."""
        return self.total(name) / self.seconds if self.seconds else None

    def talkers(self, top: int) -> list[tuple[str, tuple[int, ...]]]:
        """List the events with most raises: raises and deliveries."""
        return _most(_growth(self.first.events, self.last.events), top, tuple)

    def failing(self, top: int) -> list[tuple[tuple[str, str], tuple[int, ...]]]:
        """List the subscriptions that did not get most: failed and lost."""
        return _most(_growth(self.first.subscriptions, self.last.subscriptions), top, _together)

    def slowest(self, top: int) -> list[tuple[tuple[str, str], float]]:
        """List the subscriptions whose last delivery took longest, in seconds."""
        return sorted(self.last.latencies.items(), key=lambda item: -item[1])[:top]

    def queues(self, top: int) -> list[Members]:
        """List the queues in which most waits."""
        waiting = [queue for queue in self.last.queues if member_int(queue, "queued")]
        return sorted(waiting, key=lambda queue: -member_int(queue, "queued"))[:top]


def statistics(mi: Sequence[str], *, over: float | None, top: int, as_json: bool) -> None:
    """Print what a server did since its start, or in the next `over` seconds; of several servers what each did."""

    async def ask(server: AskedServer) -> Figures:
        return await _measure(server, over)

    def show(answers: Answers[Figures]) -> None:
        for number, answer in enumerate(answers):
            told = None if answer.told is None else _figures_members(answer.told, top, since_start=over is None)
            if as_json:
                output.json_line(answer.members(*(told or ())) if answer.server else told)
            elif answer.told is not None:
                if number:
                    output.data("")
                _print_tables(answer, answer.told, top, since_start=over is None)

    ask_servers(mi, ask, show, seconds=ANSWER_SECONDS + (over or 0.0))


async def _measure(server: AskedServer, over: float | None) -> Figures:
    last = await _read(server)
    if over is None:
        return Figures(last.uptime, _NOTHING, last)
    first, started = last, REAL_CLOCKS.monotonic()
    await server.waits.sleep(over)
    last = await _read(server)
    if last.uptime < first.uptime or last.totals["raised"] < first.totals["raised"]:
        raise RestartedError
    return Figures(REAL_CLOCKS.monotonic() - started, first, last)


async def _read(server: AskedServer) -> Reading:
    """Ask for all counters. raises UnsupportedError: the server is not evtui."""
    counters = await ask_evtui(server, "get_statistics", [["evi:", "core:timestamp"]])
    named = counters if isinstance(counters, Members) else Members(())
    events = members_of(await ask_evtui(server, "event_counters"), "Events")
    subscriptions = members_of(await ask_evtui(server, "subscription_counters"), "Subscriptions")
    keys = [(member_text(item, "event"), member_text(item, "socket")) for item in subscriptions]
    keyed = list(zip(keys, subscriptions, strict=True))
    return Reading(
        member_int(named, "core:timestamp"),
        {name: member_int(named, f"evi:{name}") for name in (*TOTALS, "queued")},
        {member_text(item, "name"): _counts(item, _OF_EVENTS) for item in events},
        {key: _counts(item, _OF_SUBSCRIPTIONS) for key, item in keyed},
        {key: member_number(item, "latency") for key, item in keyed if dict(item).get("latency") is not None},
        {key: error for key, item in keyed if (error := member_text(item, "last_error"))},
        members_of(await ask_evtui(server, "queues_list"), "Queues"),
    )


def _counts(item: Members, names: Sequence[str]) -> tuple[int, ...]:
    return tuple(member_int(item, name) for name in names)


def _growth(first: Mapping[_Key, tuple[int, ...]], last: Mapping[_Key, tuple[int, ...]]) -> dict[_Key, tuple[int, ...]]:
    """Return by how much the counters of each grew; those of a subscription that was made anew begin at 0."""
    found: dict[_Key, tuple[int, ...]] = {}
    for key, counts in last.items():
        before = first.get(key, (0,) * len(counts))
        fresh = any(now < then for now, then in zip(counts, before, strict=True))
        found[key] = counts if fresh else tuple(now - then for now, then in zip(counts, before, strict=True))
    return found


def _most(
    growth: Mapping[_Key, tuple[int, ...]], top: int, rank: Callable[[tuple[int, ...]], tuple[int, ...]]
) -> list[tuple[_Key, tuple[int, ...]]]:
    grown = [item for item in growth.items() if any(item[1])]
    return sorted(grown, key=lambda item: rank(item[1]), reverse=True)[:top]


def _together(growth: tuple[int, ...]) -> tuple[int, ...]:
    return (sum(growth),)


def _print_tables(answer: ServerAnswer[Figures], figures: Figures, top: int, *, since_start: bool) -> None:
    when = "since the start" if since_start else "measured"
    output.data(answer.line(f"{when}: {output.duration(figures.seconds)}"))
    rows = [(shown, f"{figures.total(name):,}", _rate(figures.rate(name))) for name, shown in TOTALS.items()]
    output.table(("", "number", "rate"), [*rows, ("waiting", f"{figures.last.totals['queued']:,}", "")], right=(1, 2))
    tables: tuple[tuple[tuple[str, ...], list[tuple[str, ...]], tuple[int, ...]], ...] = (
        (
            ("top talkers", "raised", "delivered"),
            [(event, *map(_count, n)) for event, n in figures.talkers(top)],
            (1, 2),
        ),
        (
            ("slowest subscribers", "socket", "last latency"),
            [(*key, f"{1000 * latency:,.1f} ms") for key, latency in figures.slowest(top)],
            (2,),
        ),
        (
            ("failing subscribers", "socket", "failed", "lost", "last error"),
            [(*key, *map(_count, n), figures.last.errors.get(key, "")) for key, n in figures.failing(top)],
            (2, 3),
        ),
        (
            ("deepest queues", "waiting", "oldest", "state"),
            [_queue_row(queue) for queue in figures.queues(top)],
            (1, 2),
        ),
    )
    for titles, lines, right in tables:
        if lines:
            output.data("")
            output.table(titles, lines, right=right)


def _queue_row(queue: Members) -> tuple[str, ...]:
    return (
        member_text(queue, "socket"), _count(member_int(queue, "queued")), f"{member_number(queue, 'age'):.1f} s",
        member_text(queue, "state"),
    )  # fmt: skip


def _count(number: int) -> str:
    return f"{number:,}"


def _rate(per_second: float | None) -> str:
    if per_second is None:
        return ""
    return f"{60 * per_second:,.1f}/min" if 0 < per_second < 0.05 else f"{per_second:,.1f}/s"


def _figures_members(figures: Figures, top: int, *, since_start: bool) -> Members:
    """Describe all as one object; latencies and ages are in seconds, `rates` are for a second."""
    talkers: list[Json] = [_members(event=event, raised=n[0], sent=n[1]) for event, n in figures.talkers(top)]
    slowest: list[Json] = [
        _members(event=event, socket=socket, latency=latency) for (event, socket), latency in figures.slowest(top)
    ]
    failing: list[Json] = [
        _members(event=key[0], socket=key[1], failed=n[0], dropped=n[1], last_error=figures.last.errors.get(key))
        for key, n in figures.failing(top)
    ]
    queues: list[Json] = [
        _members(**{name: dict(queue).get(name) for name in ("socket", "queued", "age", "state")})
        for queue in figures.queues(top)
    ]
    return _members(
        since="start" if since_start else "request", seconds=round(figures.seconds, 3),
        **{name: figures.total(name) for name in TOTALS}, queued=figures.last.totals["queued"],
        rates=_members(**{name: _rounded(figures.rate(name)) for name in TOTALS}),
        talkers=talkers, slowest=slowest, failing=failing, queues=queues,
    )  # fmt: skip


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 3)


def _members(**members: Json) -> Members:
    return Members(members.items())
