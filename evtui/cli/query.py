"""The commands that send one request to a server: subscribe, unsubscribe, mi."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec import Struct

from evtui.backends.remote.asked_server import AskedServer
from evtui.backends.remote.subscription_requests import is_evtui
from evtui.cli import output
from evtui.cli.client_session import usage
from evtui.cli.mi_parameters import parse_call
from evtui.cli.servers.asked_servers import Answers, ask_servers
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.redact import redact_words
from evtui.core.values import Subscription, check_event_name

_MAX_LISTED: Final = 5
"""Subscriptions of a wildcard that are printed one by one; of more only the number is printed."""


def subscribe(event: str, socket: str, expire: str, mi: Sequence[str], *, as_json: bool) -> None:
    """Subscribe, refresh or (expire 0) unsubscribe, at one server or at each of several."""
    from evtui.config.value_syntax import parse_expire  # on first use: `mi` needs none of it

    seconds = usage(lambda: parse_expire(expire))
    usage(lambda: check_event_name(event))
    usage(lambda: check_socket(socket, KNOWN_SCHEMES))
    ask_servers(mi, _Asked(event, socket, seconds).of, partial(_show_made, as_json))


def _show_made(as_json: bool, answers: "Answers[_Made]") -> None:
    for answer in answers:
        made = answer.told
        members = None if made is None else made.members()
        if as_json:
            output.json_line(answer.members(("subscriptions", members)) if answer.server else members)
        for line in () if made is None or as_json else made.lines():
            output.data(display_safe(answer.line(line)))
        if made is not None and made.why_none:
            output.message(answer.line(made.why_none))


def call(method: str, words: list[str], mi: Sequence[str], *, as_json: bool) -> None:
    """Call a command, at one server or at each of several, and print its result."""
    params = usage(lambda: parse_call(method, words))

    async def ask(server: AskedServer) -> Json:
        return await server.client.call(method, params)

    def show(answers: Answers[Json]) -> None:
        for answer in answers:
            told = answer.told
            if as_json:
                result = () if answer.error is not None else (("result", told),)
                output.json_line(answer.members(*result) if answer.server else told)
            elif answer.error is None:
                output.data(answer.line(display_safe(told) if isinstance(told, str) else output.pretty(told)))

    ask_servers(mi, ask, show)


class _Asked(Struct, frozen=True):
    """What is subscribed, or ended."""

    event: str
    socket: str
    seconds: int

    async def of(self, server: AskedServer) -> "_Made":
        """Ask a server for it. raises EvtuiError."""
        made = await server.backend.subscribe(self.event, self.socket, self.seconds)
        return _Made(self, made, "" if made else await self._why_none(server))

    async def _why_none(self, server: AskedServer) -> str:
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
