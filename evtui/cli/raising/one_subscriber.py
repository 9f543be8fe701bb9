"""`evtui test`: one synthetic notification to one subscriber, and what became of it."""

from collections.abc import Sequence

import click

from evtui.bootstrap.remote_server import AttachedServer
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, run, usage
from evtui.codecs.jsonvalue import Members
from evtui.codecs.quickline import parse_words
from evtui.codecs.sockets import check_socket
from evtui.config.known_schemes import KNOWN_SCHEMES
from evtui.core.errors import RequestError
from evtui.core.ports import Backend
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


def test(socket: str, event: str | None, words: Sequence[str], mi: str | None, *, as_json: bool) -> None:
    """Ask a server to send it, and print what became of it; exit status 1 when it failed or still waits."""
    usage(lambda: check_socket(socket, KNOWN_SCHEMES))
    if event is not None:
        usage(lambda: check_event_name(event))
    params = usage(lambda: parse_words(words)) if words else TEST_PARAMS
    is_good = False

    async def work(server: AttachedServer) -> None:
        nonlocal is_good
        name = event if event is not None else await _only_event(server.backend, socket)
        test = await server.backend.test_subscriber(name, socket, params)
        is_good = test.outcome in {"sent", "acknowledged"}
        _print(test, as_json=as_json)

    run(mi, work)
    if not is_good:
        raise click.exceptions.Exit(EXIT_REFUSED)


async def _only_event(backend: Backend, socket: str) -> str:
    """Return the only event that a socket is subscribed to. raises ChooseEventError."""
    events = [state.subscription.event for state in await backend.subscriptions(socket=socket)]
    if len(events) != 1:
        raise ChooseEventError(socket, events)
    return events[0]


def _print(test: SubscriberTest, *, as_json: bool) -> None:
    if as_json:
        output.json_line(
            Members(
                (
                    ("event", test.event), ("socket", str(test.socket)), ("serial", test.serial),
                    ("outcome", test.outcome), ("latency", test.latency), ("reason", test.reason),
                )
            )
        )  # fmt: skip
        return
    took = "" if test.latency is None else f" after {test.latency * 1000:,.1f} ms"
    outcome = "it still waits in the queue" if test.outcome == "queued" else test.outcome
    output.data(f"{test.event} to {test.socket}: {outcome}{took}" + (f": {test.reason}" if test.reason else ""))
