"""`evtui test`: one synthetic notification to one subscriber, and what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import click

from evtui.backends.remote.asked_server import AskedServer
from evtui.backends.remote.remote_requests import RemoteRequests
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, ask_one, is_fleet, usage
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.quickline import parse_words
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.errors import RequestError
from evtui.core.records import TEST_PARAMS, SubscriberTest
from evtui.core.redact import redact_listed
from evtui.core.values import check_event_name


class ChooseEventError(RequestError):
    """The socket is subscribed to no event, or to several."""

    def __init__(self, socket: str, events: Sequence[str]) -> None:
        shown = redact_listed(socket)
        named = ", ".join(events[:_NAMED]) + (f" and {len(events) - _NAMED:,} more" if len(events) > _NAMED else "")
        several = f"{shown} is subscribed to {len(events):,} events, choose one with --event: {named}"
        super().__init__(several if events else f"{shown} is subscribed to no event: `evtui subscribers` lists who is")


_NAMED = 20
"""Events that are named in an error."""


def test(socket: str, event: str | None, words: Sequence[str], mi: Sequence[str], *, as_json: bool) -> None:
    """Ask servers to send it, and print what became of it; exit status 1 when it failed or still waits at one."""
    usage(lambda: check_socket(socket, KNOWN_SCHEMES))
    if event is not None:
        usage(lambda: check_event_name(event))
    params = usage(lambda: parse_words(words)) if words else TEST_PARAMS

    async def ask(server: AskedServer) -> SubscriberTest:
        name = event if event is not None else await _only_event(server.backend, socket)
        return await server.backend.test_subscriber(name, socket, params)

    tests = _test_at_each(mi, ask, as_json=as_json) if is_fleet(mi) else _test_at_one(mi, ask, as_json=as_json)
    if not all(each.outcome in {"sent", "acknowledged"} for each in tests):
        raise click.exceptions.Exit(EXIT_REFUSED)


_Ask: TypeAlias = Callable[[AskedServer], Awaitable[SubscriberTest]]


def _test_at_one(mi: Sequence[str], ask: _Ask, *, as_json: bool) -> Sequence[SubscriberTest]:
    done = ask_one(next(iter(mi), None), ask)
    with output.quiet_pipe():
        if as_json:
            output.json_line(Members(_members(done)))
        else:
            output.data(_text(done))
    return [done]


def _test_at_each(mi: Sequence[str], ask: _Ask, *, as_json: bool) -> Sequence[SubscriberTest]:
    from evtui.cli.servers.several_servers import ask_at_each, end_by

    answers = ask_at_each(mi, ask)
    for answer in answers:
        if as_json:
            output.json_line(answer.members(*(() if answer.told is None else _members(answer.told))))
        elif answer.told is not None:
            output.data(f"{answer.server}: {_text(answer.told)}")
    end_by(answers)
    return [answer.told for answer in answers if answer.told is not None]


async def _only_event(backend: RemoteRequests, socket: str) -> str:
    """Return the only event that a socket is subscribed to. raises ChooseEventError."""
    events = [state.subscription.event for state in await backend.subscriptions(socket=socket)]
    if len(events) != 1:
        raise ChooseEventError(socket, events)
    return events[0]


def _members(test: SubscriberTest) -> Sequence[tuple[str, Json]]:
    return (
        ("event", test.event), ("socket", str(test.socket)), ("serial", test.serial),
        ("outcome", test.outcome), ("latency", test.latency), ("reason", test.reason),
    )  # fmt: skip


def _text(test: SubscriberTest) -> str:
    took = "" if test.latency is None else f" after {test.latency * 1000:,.1f} ms"
    outcome = "it still waits in the queue" if test.outcome == "queued" else test.outcome
    return f"{test.event} to {test.socket}: {outcome}{took}" + (f": {test.reason}" if test.reason else "")
