"""The commands that send one request to a server: subscribe, unsubscribe, mi."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from evtui.backends.remote.subscription_requests import is_evtui
from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import is_fleet, run, usage
from evtui.cli.mi_parameters import parse_call
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.config.value_syntax import parse_expire
from evtui.core.redact import redact_words
from evtui.core.values import Subscription, check_event_name

_MAX_LISTED: Final = 5
"""Subscriptions of a wildcard that are printed one by one; of more only the number is printed."""


def subscribe(event: str, socket: str, expire: str, mi: Sequence[str], *, as_json: bool) -> None:
    """Subscribe, refresh or (expire 0) unsubscribe, at one server or at each of several."""
    seconds = usage(lambda: parse_expire(expire))
    usage(lambda: check_event_name(event))
    usage(lambda: check_socket(socket, KNOWN_SCHEMES))
    asked = _Asked(event, socket, seconds)
    if is_fleet(mi):
        _subscribe_at_each(asked, mi, as_json=as_json)
        return

    async def work(server: AttachedServer) -> None:
        made = await asked.of(server)
        if as_json:
            output.json_line(made.members())
        for line in () if as_json else made.lines():
            output.data(display_safe(line))
        if made.why_none:
            output.message(made.why_none)

    run(next(iter(mi), None), work)


def _subscribe_at_each(asked: "_Asked", mi: Sequence[str], *, as_json: bool) -> None:
    from evtui.cli.servers.several_servers import ask_at_each, end_by

    answers = ask_at_each(mi, asked.of)
    for answer in answers:
        made = answer.told
        if as_json:
            output.json_line(answer.members(("subscriptions", None if made is None else made.members())))
        elif made is not None:
            for line in made.lines():
                output.data(display_safe(f"{answer.server}: {line}"))
        if made is not None and made.why_none:
            output.message(f"{answer.server}: {made.why_none}")
    end_by(answers)


def call(method: str, words: list[str], mi: str | None, *, as_json: bool) -> None:
    """Call a command and print its result."""
    params = usage(lambda: parse_call(method, words))

    async def work(server: AttachedServer) -> None:
        result = await server.client.call(method, params)
        if as_json:
            output.json_line(result)
        elif isinstance(result, str):
            output.data(display_safe(result))
        else:
            output.data(output.pretty(result))

    run(mi, work)


class _Asked(Struct, frozen=True):
    """What is subscribed, or ended."""

    event: str
    socket: str
    seconds: int

    async def of(self, server: AttachedServer) -> "_Made":
        """Ask a server for it. raises EvtuiError."""
        made = await server.backend.subscribe(self.event, self.socket, self.seconds)
        return _Made(self, made, "" if made else await self._why_none(server))

    async def _why_none(self, server: AttachedServer) -> str:
        socket = redact_words(self.socket)
        if self.seconds == 0:
            return f"{socket} was not subscribed to {self.event}"
        # evtui keeps the wildcard for events published later; another server has no wildcards.
        if await is_evtui(server.client):
            published = f"{socket} is subscribed to those published within {self.seconds} s"
            return f"no event matches {self.event} yet; {published}"
        return f"no event matches {self.event}: nothing was subscribed"


class _Made(Struct, frozen=True):
    """The subscriptions that a server made or ended, and why there are none."""

    asked: _Asked
    subscriptions: Sequence[Subscription]
    why_none: str = ""

    def members(self) -> list[Json]:
        """Write them as JSON; those that were ended have an expiry of 0."""
        seconds = self.asked.seconds
        return [
            _members(event=s.event, socket=str(s.socket), expire=s.expire if seconds else 0) for s in self.subscriptions
        ]

    def lines(self) -> Sequence[str]:
        """Write them for people."""
        seconds = self.asked.seconds
        done = "unsubscribed" if seconds == 0 else f"subscribed for {seconds} s"
        if len(self.subscriptions) > _MAX_LISTED:
            return [f"{self.asked.event} {redact_words(self.asked.socket)} {done}: {len(self.subscriptions):,} events"]
        forever = "subscribed; on this server it never expires"
        return [
            f"{found.event} {found.socket} {forever if seconds and found.expire is None else done}"
            for found in self.subscriptions
        ]


def _members(**members: Json) -> Members:
    return Members(members.items())
