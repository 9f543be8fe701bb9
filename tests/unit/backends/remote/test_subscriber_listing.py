"""The listing of subscriptions where one reply does not hold them all."""

import pytest

from evtui.backends.remote.mi_address import UdpAddress
from evtui.backends.remote.mi_client import MiClient, NoRoomError
from evtui.backends.remote.reply_members import member_text, members_of
from evtui.backends.remote.subscriber_listing import SubscriberListing
from evtui.codecs.jsonvalue import Json, Members, dumps
from tests.unit.backends.remote.fakes import Ticker

ROOM = 65_457
"""Bytes of the longest reply over datagrams."""


class SmallReplies:
    """A server whose replies go through datagrams; `calls` holds what it was asked."""

    def __init__(self, **subscribers: int) -> None:
        self.subscribers = subscribers
        self.calls: list[tuple[str, str]] = []
        self.refused = 0

    async def __call__(self, method: str, params: list[Json] | None = None) -> Json:
        """Answer a listing, or refuse it for its length."""
        only = str(params[0]) if params else ""
        self.calls.append((method, only))
        if method == "events_list":
            return Members((("Events", [_event(name, place) for place, name in enumerate(self.subscribers)]),))
        events: list[Json] = [
            _event(name, place, number)
            for place, (name, number) in enumerate(self.subscribers.items())
            if number and only in {"", name}
        ]
        listed = Members((("Event", events[0]),)) if only and events else Members((("Events", events),))
        if len(dumps(listed)) > ROOM:
            self.refused += 1
            raise NoRoomError(UdpAddress("127.0.0.1", 9), method)
        return listed


def _event(name: str, place: int, subscribers: int = 0) -> Members:
    listed: list[Json] = [
        Members((("socket", f"udp:127.0.0.1:{port}"), ("expire", 3600), ("ttl", 3599))) for port in range(subscribers)
    ]
    return Members((("name", name), ("id", place), *((("Subscribers", listed),) if listed else ())))


def listing_of(server: SmallReplies, clock: Ticker) -> SubscriberListing:
    client = MiClient(UdpAddress("127.0.0.1", 9))
    client.speaks_lines = False
    return SubscriberListing(client, server, clock)


def counts(listed: Json) -> dict[str, int]:
    return {member_text(event, "name"): len(members_of(event, "Subscribers")) for event in members_of(listed, "Events")}


async def test_a_listing_that_fits_is_asked_for_at_once() -> None:
    server = SmallReplies(E_A=3, E_B=0)
    listing = listing_of(server, Ticker())
    assert counts(await listing.of_all()) == {"E_A": 3}
    assert (server.calls, listing.gaps) == ([("subscribers_list", "")], "")


async def test_one_that_does_not_fit_is_asked_for_event_by_event_from_then_on() -> None:
    server, clock = SmallReplies(E_A=900, E_B=900, E_C=0), Ticker()
    listing = listing_of(server, clock)
    for _ in range(5):
        assert counts(await listing.of_all()) == {"E_A": 900, "E_B": 900}
        clock.now += 1
    assert (server.refused, listing.gaps) == (1, "")  # each refusal is an error in the server's log


async def test_a_listing_by_event_is_kept_for_one_poll_and_dropped_after_a_change() -> None:
    server, clock = SmallReplies(E_A=900, E_B=900), Ticker()
    listing = listing_of(server, clock)
    await listing.of_all()
    asked = len(server.calls)
    await listing.of_all()
    assert len(server.calls) == asked
    listing.forget()
    await listing.of_all()
    assert len(server.calls) > asked


async def test_an_event_that_does_not_fit_is_left_out_and_named() -> None:
    server, clock = SmallReplies(E_A=2000, E_B=5), Ticker()
    listing = listing_of(server, clock)
    for _ in range(10):
        assert counts(await listing.of_all()) == {"E_B": 5}
        clock.now += 1
    assert listing.gaps.startswith("E_A: the subscriptions do not fit into a datagram: attach with --mi fifo:PATH")
    assert (listing.is_unlisted("E_A"), listing.is_unlisted("E_B")) == (True, False)
    assert server.refused == 2
    with pytest.raises(NoRoomError):
        await listing.of_event("E_A")
    assert server.refused == 2


async def test_it_is_asked_for_at_once_again_when_it_has_become_small() -> None:
    server, clock = SmallReplies(E_A=2000, E_B=5), Ticker()
    listing = listing_of(server, clock)
    await listing.of_all()
    server.subscribers["E_A"] = 1
    clock.now += 61
    assert counts(await listing.of_all()) == {"E_A": 1, "E_B": 5}
    assert listing.gaps == ""
    clock.now += 1
    server.calls.clear()
    await listing.of_all()
    assert server.calls == [("subscribers_list", "")]
