"""What a raise would send and its results, as styled text: the bytes by payload, the status by subscriber."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.codecs.opensips_raise import ServerRaise, opensips_raise
from evtui.codecs.payload import encoder
from evtui.core.ports import SubscriptionState
from evtui.core.records import Delivery, Raised
from evtui.core.values import Params, Socket
from evtui.ui.stream.delivery_status import DeliveryStatus, QueuedDeliveries
from evtui.ui.stream.status_signs import STATUS_SIGNS, attempt_text
from evtui.ui.text.cells import Role
from evtui.ui.text.figures import clock_time, count, cut_middle, fill, latency

MAX_DATAGRAM: Final = 65_507
"""Bytes of the largest UDP datagram over IPv4."""

MAX_RESULTS: Final = 100
"""Subscribers that are listed; the others are counted."""

MAX_NOTES: Final = 8
"""Sentences on what OpenSIPS sends otherwise."""

_SHOWN_BYTES: Final = 2000
_DIM: Final = "$foreground 60%"
_GOOD: Final = "$success"
_BAD: Final = "$error"
_COLOURS: Final[Mapping[Role, str]] = MappingProxyType({"good": _GOOD, "bad": _BAD, "wait": "$warning", "dim": _DIM})
_WORST_FIRST: Final[tuple[DeliveryStatus, ...]] = ("failed", "dropped", "retrying", "queued", "sent", "acknowledged")
_INDENT: Final = "\n    "

Piece: TypeAlias = tuple[str, str]
RaisesAs: TypeAlias = Literal["evtui", "opensips"]


def describe_payloads(
    event: str, params: Params, subscriptions: Sequence[SubscriptionState], raises_as: RaisesAs = "evtui"
) -> Content:
    """Show the bytes that each subscriber would get, once for each payload in use.

    Of a raise by OpenSIPS, show what that sends, and below it in what it differs from what is written.
    """
    raised = ServerRaise(params) if raises_as == "evtui" else opensips_raise(params)
    if raised.refusal:
        return Content.styled(display_safe(raised.refusal), _BAD)
    codecs = Counter(state.codec for state in subscriptions) or Counter({"jsonrpc": 0})
    pieces: list[Piece] = []
    for codec, number in codecs.most_common():
        pieces += [("\n", "")] if pieces else []
        if codec:
            pieces += _payload_pieces(codec, encoder(codec)(event, raised.params), number)
        else:
            pieces.append((f"the server does not tell the payload of {subscribers_text(number)}", _DIM))
    pieces += [(f"\n{display_safe(note)}", "$warning") for note in raised.notes[:MAX_NOTES]]
    return Content.assemble(*pieces)


def describe_result(record: Raised, width: int, queued: QueuedDeliveries | None = None) -> Content:
    """Show the result of each subscriber, for a width in cells; of too many, the failed ones come first.

    `queued` holds the queued deliveries of the raise.
    """
    results = [_result(delivery, queued) for delivery in record.deliveries()]
    counts = Counter(result.status for result in results)
    pieces: list[Piece] = [(f"#{record.serial} at {clock_time(record.at)}", _DIM)]
    for status, (role, sign) in STATUS_SIGNS.items():
        if counts[status]:
            pieces += [("  ", ""), (f"{sign} {count(counts[status])} {status}", _COLOURS[role])]
    if len(results) > MAX_RESULTS:
        results.sort(key=lambda result: _WORST_FIRST.index(result.status))
    shown = results[:MAX_RESULTS]
    sockets = max((len(_socket(result, width)) for result in shown), default=0)
    signs = max((len(STATUS_SIGNS[result.status][1]) for result in shown), default=0)
    for result in shown:
        pieces += _result_pieces(result, signs, sockets, width)
    if len(results) > MAX_RESULTS:
        pieces.append((f"\n… and {count(len(results) - MAX_RESULTS)} more", _DIM))
    return Content.assemble(*pieces)


def show_bytes(payload: bytes) -> str:
    """Show a payload line by line with all characters visible; a long payload is cut and says so."""
    text = payload[:_SHOWN_BYTES].decode("utf-8", "surrogateescape")
    lines = "↵\n".join(display_safe(line, _SHOWN_BYTES) for line in text.split("\n"))
    rest = len(payload) - _SHOWN_BYTES
    return f"{lines}\n… {count(rest)} bytes more" if rest > 0 else lines


def subscribers_text(number: int) -> str:
    """Write `no subscribers`, `1 subscriber`, `2 subscribers`."""
    match number:
        case 0:
            return "no subscribers"
        case 1:
            return "1 subscriber"
        case _:
            return f"{count(number)} subscribers"


def _payload_pieces(codec: str, payload: bytes, number: int) -> Iterator[Piece]:
    yield codec, "bold"
    yield f"  {count(len(payload))} bytes", _DIM
    yield f" to {subscribers_text(number)}", _DIM
    if len(payload) > MAX_DATAGRAM:
        yield "  too long for one UDP datagram", _BAD
    for line in ("\n" + show_bytes(payload).removesuffix("\n")).splitlines(keepends=True):
        body, mark, end = line.partition("↵")
        yield body, ""
        yield mark, _DIM
        yield end, ""


class _Result(Struct, frozen=True):
    """The status of the delivery to one subscriber."""

    socket: Socket
    status: DeliveryStatus
    took: float | None = None
    reason: str | None = None


def _result(delivery: Delivery, queued: QueuedDeliveries | None) -> _Result:
    socket = delivery.socket
    if not delivery.queued:
        status: DeliveryStatus = "sent" if delivery.error is None else "failed"
        return _Result(socket, status, delivery.latency, delivery.error)
    if queued is None:
        return _Result(socket, "queued")
    if (end := queued.ends.get(socket)) is not None:
        return _Result(socket, end.outcome, end.latency, end.reason)
    retry = queued.retry(socket)
    return _Result(socket, queued.status(socket), None, None if retry is None else attempt_text(retry))


def _socket(result: _Result, width: int) -> str:
    return cut_middle(display_safe(str(result.socket), 300), max(12, width // 2))


def _result_pieces(result: _Result, signs: int, sockets: int, width: int) -> Iterator[Piece]:
    role, sign = STATUS_SIGNS[result.status]
    yield f"\n{sign.ljust(signs)} ", _COLOURS[role]
    yield fill(_socket(result, width), sockets), ""
    yield f" {latency(result.took):>8}", _DIM
    if result.reason is not None:
        reason = display_safe(result.reason, 200)
        fits = signs + sockets + len(reason) + 12 <= width
        yield f"{'  ' if fits else _INDENT}{reason}", _COLOURS[role]
