"""What a raise would send and what it sent, as styled text: the bytes by payload, the outcome by subscriber."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from textual.content import Content

from evtui.codecs.payload import encoder
from evtui.codecs.sanitise import display_safe
from evtui.core.ports import SubscriptionState
from evtui.core.records import Delivery, Raised
from evtui.core.values import Params
from evtui.ui.figures import clock_time, count, cut_middle, fill, latency

MAX_DATAGRAM: Final = 65_507
"""Bytes of the largest UDP datagram over IPv4."""

MAX_RESULTS: Final = 100
"""Subscribers that are listed; the others are counted."""

_SHOWN_BYTES: Final = 2000
_DIM: Final = "$foreground 60%"
_GOOD: Final = "$success"
_BAD: Final = "$error"
_INDENT: Final = "\n    "

Piece: TypeAlias = tuple[str, str]


def describe_payloads(event: str, params: Params, subscriptions: Sequence[SubscriptionState]) -> Content:
    """Show the bytes each subscriber would get, once for each payload in use."""
    codecs = Counter(state.codec for state in subscriptions) or Counter({"jsonrpc": 0})
    pieces: list[Piece] = []
    for codec, takers in codecs.most_common():
        pieces += [("\n", "")] if pieces else []
        pieces += _payload_pieces(codec, encoder(codec)(event, params), takers)
    return Content.assemble(*pieces)


def describe_result(record: Raised, width: int) -> Content:
    """Show what each subscriber got, in so many cells; when they are too many, the failed ones come first."""
    deliveries = list(record.deliveries())
    failed = sum(delivery.error is not None for delivery in deliveries)
    sent = len(deliveries) - failed
    pieces: list[Piece] = [(f"#{record.serial} at {clock_time(record.at)}  ", _DIM)]
    pieces += [(f"✓ {count(sent)} sent", _GOOD)] if sent else []
    pieces += [("  " if sent else "", ""), (f"✗ {count(failed)} failed", _BAD)] if failed else []
    if len(deliveries) > MAX_RESULTS:
        deliveries.sort(key=lambda delivery: delivery.error is None)
    shown = deliveries[:MAX_RESULTS]
    sockets = max((len(_socket(delivery, width)) for delivery in shown), default=0)
    for delivery in shown:
        pieces += _delivery_pieces(delivery, sockets, width)
    if len(deliveries) > MAX_RESULTS:
        pieces.append((f"\n… and {count(len(deliveries) - MAX_RESULTS)} more", _DIM))
    return Content.assemble(*pieces)


def show_bytes(payload: bytes) -> str:
    """Show a payload line by line with nothing left invisible; a long one is cut and says so."""
    text = payload[:_SHOWN_BYTES].decode("utf-8", "surrogateescape")
    lines = "↵\n".join(display_safe(line, _SHOWN_BYTES) for line in text.split("\n"))
    rest = len(payload) - _SHOWN_BYTES
    return f"{lines}\n… {count(rest)} bytes more" if rest > 0 else lines


def takers_text(takers: int) -> str:
    """Write `no subscribers`, `1 subscriber`, `2 subscribers`."""
    match takers:
        case 0:
            return "no subscribers"
        case 1:
            return "1 subscriber"
        case _:
            return f"{count(takers)} subscribers"


def _payload_pieces(codec: str, payload: bytes, takers: int) -> Iterator[Piece]:
    yield codec, "bold"
    yield f"  {count(len(payload))} bytes", _DIM
    yield f" to {takers_text(takers)}", _DIM
    if len(payload) > MAX_DATAGRAM:
        yield "  too long for one UDP datagram", _BAD
    for line in ("\n" + show_bytes(payload).removesuffix("\n")).splitlines(keepends=True):
        body, mark, end = line.partition("↵")
        yield body, ""
        yield mark, _DIM
        yield end, ""


def _socket(delivery: Delivery, width: int) -> str:
    return cut_middle(display_safe(str(delivery.socket), 300), max(12, width // 2))


def _delivery_pieces(delivery: Delivery, sockets: int, width: int) -> Iterator[Piece]:
    good = delivery.error is None
    yield ("\n✓ ", _GOOD) if good else ("\n✗ ", _BAD)
    yield fill(_socket(delivery, width), sockets), ""
    yield f" {latency(delivery.latency):>8}", _DIM
    if delivery.error is not None:
        reason = display_safe(delivery.error, 200)
        fits = sockets + len(reason) + 13 <= width
        yield f"{'  ' if fits else _INDENT}{reason}", _BAD
