"""Several payloads to UNIX receivers, each of which has room for ten datagrams: the caller may wait until it has more.

Linux says only of a connected socket whether its receiver has room. One is opened for each call or wait: so a receiver
that was started again is found, and none takes a file descriptor when nothing is sent to it.
"""

import errno
import select
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias

from evtui.core.transport import BUSY, FanOut, WaitForRoom
from evtui.transports.datagram.payload_series import PayloadSeries

_LONGEST_MS: Final = 5
"""Milliseconds of one wait."""

_Failed: TypeAlias = Mapping[int, Sequence[tuple[int, str]]]


class OneReceiver:
    """Sends to one receiver, many payloads in a call."""

    def __init__(self, send: Callable[..., int], path: bytes, fan_out: FanOut) -> None:
        """`send` is `sendmmsg`; `fan_out` sends one payload."""
        self._series = PayloadSeries(send)
        self._path = path
        self._alone = ManyReceivers(fan_out, lambda _place: fan_out, [path])

    def send(self, payloads: Sequence[bytes], wait_for_room: WaitForRoom) -> _Failed:
        """Send them in order, as a `ManyFanOut`."""
        done = self._send_together(payloads, wait_for_room) if self._series.fits(payloads) else 0
        if done == len(payloads):
            return {}
        return {done + place: found for place, found in self._alone.send(payloads[done:], wait_for_room).items()}

    def _send_together(self, payloads: Sequence[bytes], wait_for_room: WaitForRoom) -> int:
        """Send in few calls until one fails; returns how many were sent. Why the next one fails is told when it is sent
        alone: a socket that is connected to a receiver which has gone does not find the one that was started since.
        """
        done = 0
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connected:
            try:
                connected.connect(self._path)
            except OSError:
                return done
            wait = partial(_is_writable, connected)
            self._series.set(payloads)
            while True:
                sent = self._series.send_from(done, connected.fileno())
                done += max(sent, 0)
                if done == len(payloads) or (sent < 0 and sent != -errno.EAGAIN) or not wait_for_room(wait):
                    return done


class ManyReceivers:
    """Sends to several receivers, one payload in a call."""

    def __init__(self, fan_out: FanOut, one: Callable[[int], FanOut], paths: Sequence[bytes]) -> None:
        """`fan_out` sends to all; `one` makes what sends to the receiver at one of the paths, by its place."""
        self._fan_out = fan_out
        self._one = one
        self._paths = paths

    def send(self, payloads: Sequence[bytes], wait_for_room: WaitForRoom) -> _Failed:
        """Send them in order, as a `ManyFanOut`."""
        failed: dict[int, Sequence[tuple[int, str]]] = {}
        no_room: dict[int, str] = {}
        for number, payload in enumerate(payloads):
            found = self._send_each(payload, no_room) if no_room else self._fan_out(payload)
            if found and (left := self._send_again(payload, found, no_room, wait_for_room)):
                failed[number] = left
        return failed

    def _send_each(self, payload: bytes, no_room: Mapping[int, str]) -> Sequence[tuple[int, str]]:
        """Send one by one, but to no receiver that has missed an earlier payload; returns what failed."""
        found: list[tuple[int, str]] = []
        for place in range(len(self._paths)):
            if place in no_room:
                found.append((place, no_room[place]))
            elif failed := self._one(place)(payload):
                found.append((place, failed[0][1]))
        return found

    def _send_again(
        self, payload: bytes, found: Sequence[tuple[int, str]], no_room: dict[int, str], wait_for_room: WaitForRoom
    ) -> Sequence[tuple[int, str]]:
        """Send again to those that make room; returns the failures that are left, and notes who has no room."""
        left: list[tuple[int, str]] = []
        for place, why in found:
            reason: str | None = why
            while reason is not None and reason.startswith(BUSY) and place not in no_room:
                if wait_for_room(partial(_has_room, self._paths[place])):
                    failed = self._one(place)(payload)
                    reason = failed[0][1] if failed else None
                else:
                    no_room[place] = reason
            if reason is not None:
                left.append((place, reason))
        return left


def _has_room(path: bytes) -> bool:
    """Wait until a receiver has room. One that has gone counts as one that has: sending tells."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connected:
        try:
            connected.connect(path)
        except OSError:
            return True
        return _is_writable(connected)


def _is_writable(connected: socket.socket) -> bool:
    """Wait until the receiver that a socket is connected to has room; returns whether it has."""
    poller = select.poll()
    poller.register(connected, select.POLLOUT)
    return bool(poller.poll(_LONGEST_MS))
