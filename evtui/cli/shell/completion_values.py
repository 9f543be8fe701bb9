"""What a shell offers for a word: events, sockets, attributes and commands of the server that the line names.

A server that does not answer soon, or refuses, offers nothing: a completion prints no error.
"""

import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final, TypeVar

import click

from evtui.backends.fleet.given_servers import is_list_file, parse_server
from evtui.backends.remote.asked_server import AskedServer
from evtui.backends.remote.exchange.blocking_waits import BlockingWaits
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.bootstrap.remote_server import ask as ask_at
from evtui.bootstrap.remote_server import default_address
from evtui.codecs.jsonvalue import Json
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.errors import EvtuiError
from evtui.core.values import Event

LIMIT: Final = 1.0
"""Seconds in which a server must answer."""

_MOST: Final = 1000
"""Values that are offered at most."""

_Found = TypeVar("_Found")


def events(context: click.Context) -> Sequence[str]:
    """List the names of the server's events."""
    return [event.name for event in _events(context)]


def sockets(context: click.Context, event: str | None) -> Sequence[str]:
    """List the sockets that are subscribed to an event, or to any; without a server the schemes."""

    async def ask(server: AskedServer) -> Sequence[str]:
        states = await server.backend.subscriptions(event)
        return [str(state.subscription.socket) for state in states if not state.viewer]

    return list(dict.fromkeys(_ask(context, ask) or ()))


def schemes() -> Sequence[str]:
    """List how sockets begin."""
    return sorted(f"{info.scheme}:" for info in KNOWN_SCHEMES)


def attributes(context: click.Context, event: str | None, given: Iterable[str]) -> Sequence[str]:
    """List the documented attributes of an event, as `name=`, without those that are given."""
    used = {word.partition("=")[0].removesuffix(":") for word in given}
    found = next((item for item in _events(context) if item.name == event), None)
    return [f"{item.name}=" for item in found.parameters if item.name not in used] if found is not None else []


def methods(context: click.Context) -> Sequence[str]:
    """List the commands of the server's management interface."""

    async def ask(server: AskedServer) -> Sequence[str]:
        listed = await server.client.call("which", [])
        names: list[Json] = listed if isinstance(listed, list) else []
        return [name for name in names if isinstance(name, str)]

    return _ask(context, ask) or ()


def matching(values: Iterable[str], incomplete: str) -> list[str]:
    """Return the values that begin with what was typed, a bounded number of them."""
    found = (value for value in values if value.startswith(incomplete) and value.isprintable())
    return [value for value, _ in zip(found, range(_MOST), strict=False)]


def _events(context: click.Context) -> Sequence[Event]:
    async def ask(server: AskedServer) -> Sequence[Event]:
        return [state.event for state in await server.backend.events()]

    return _ask(context, ask) or ()


def _ask(context: click.Context, ask: Callable[[AskedServer], Awaitable[_Found]]) -> _Found | None:
    waits = BlockingWaits(REAL_CLOCKS.monotonic)

    async def work() -> _Found:
        address = _asked_server(context.params.get("mi")) or default_address()
        with waits.within(LIMIT), ask_at(address, os.environ, waits) as server:
            return await ask(server)

    with suppress(EvtuiError, OSError, KeyboardInterrupt):  # a TimeoutError is an OSError
        return waits.run(work())
    return None


def _asked_server(given: "str | Sequence[str] | None") -> str:
    """Return the address of the server that is asked: of several the first one; empty where none is named."""
    first = given if isinstance(given, str) else next(iter(given or ()), "")
    return "" if is_list_file(first) else parse_server(first, str).address if first else ""
