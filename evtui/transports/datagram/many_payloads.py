"""Several payloads to the same sinks: those of one size together, others one after the other."""

from collections.abc import Mapping, Sequence

from evtui.core.errors import DeliveryError
from evtui.core.transport import FanOut, Sink, WaitForRoom
from evtui.transports.datagram.segments import UNFIT, SegmentedDatagrams, runs


class ManyPayloads:
    """Sends to the sinks of one fan-out."""

    def __init__(self, sinks: Sequence[Sink], fan_out: FanOut, segmented: SegmentedDatagrams) -> None:
        self._sinks = sinks
        self._fan_out = fan_out
        self._segmented = segmented
        self._is_fit = True
        """Whether the ways to the sinks take segments, as far as is known."""

    def send(self, payloads: Sequence[bytes], _wait_for_room: WaitForRoom) -> Mapping[int, Sequence[tuple[int, str]]]:
        """Send them; returns (place, reason) of each sink that did not get a payload, by the place of the payload."""
        failed: dict[int, Sequence[tuple[int, str]]] = {}
        for first, behind in runs(payloads):
            if behind - first == 1 or not self._is_fit:
                for place in range(first, behind):
                    if found := self._fan_out(payloads[place]):
                        failed[place] = found
            elif left := self._segmented(payloads[first:behind]):
                self._is_fit = UNFIT.isdisjoint(number for _, number in left)
                for place in range(first, behind):
                    if found := self._send_again(payloads[place], [sink for sink, _ in left]):
                        failed[place] = found
        return failed

    def _send_again(self, payload: bytes, places: Sequence[int]) -> Sequence[tuple[int, str]]:
        """Send a datagram to the sinks that got no segments: each may be sent, or have a reason of its own."""
        failed: list[tuple[int, str]] = []
        for place in places:
            try:
                self._sinks[place].send(payload)
            except DeliveryError as error:
                failed.append((place, error.reason))
        return failed
