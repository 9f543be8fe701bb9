"""One member of a virtual socket: tries letters and says which of them are left."""

from collections.abc import Sequence
from typing import Final

import anyio
from msgspec import Struct
from msgspec.structs import replace

from evtui.codecs.payload import encoder
from evtui.core.carriage import Letter, Settle, Sink, Target, Waiting
from evtui.core.errors import DeliveryError

SINK_WINDOW: Final = 256
"""Letters that a member served in place takes at once."""

_NEVER: Final = ("EMSGSIZE",)
"""What a member served in place says of a letter that it will never take; all else may be better later."""


class Numbered(Struct, frozen=True):
    """A letter and its place in the outbox's batch."""

    place: int
    letter: Letter


class Trial(Struct, frozen=True):
    """What became of letters that a member was given."""

    left: tuple[Numbered, ...]
    """Those it did not deliver, in order."""
    refused: dict[int, str]
    """Why it will never take some of them, by place."""
    broken: str | None = None
    """Why it stopped before the end."""

    @property
    def failed(self) -> bool:
        """Say whether the member did not do all that it was asked."""
        return bool(self.left)


class Member:
    """A member, opened; it sends what its own codec writes."""

    def __init__(self, target: Target, opened: Sink | Waiting, codec: str) -> None:
        """`codec` is what wrote the payloads of the letters it gets."""
        self.name = str(target.socket)
        self._opened = opened
        self._encode = None if target.codec == codec else encoder(target.codec)
        self.rests_until = float("-inf")
        """The clock's second until which it is left alone after a failure."""

    @property
    def window(self) -> int:
        """Count the letters it takes at once."""
        return self._opened.courier.window if isinstance(self._opened, Waiting) else SINK_WINDOW

    @property
    def confirms(self) -> bool:
        """Say whether its peer acknowledges."""
        return isinstance(self._opened, Waiting) and self._opened.courier.confirms

    async def deliver(self, letters: Sequence[Numbered], settle: Settle) -> Trial:
        """Try letters in order until the link breaks; the delivered are settled, no other."""
        left: list[Numbered] = []
        refused: dict[int, str] = {}
        for start in range(0, len(letters), self.window):
            part = letters[start : start + self.window]
            ends, broken = await self._try(part, settle)
            left += [item for item in part if ends.get(item.place, "open") is not None]
            refused.update((place, reason) for place, reason in ends.items() if reason is not None)
            if broken is not None:
                return Trial((*left, *letters[start + len(part) :]), refused, broken)
        return Trial(tuple(left), refused)

    async def aclose(self) -> None:
        """Let go of its link."""
        if isinstance(self._opened, Waiting):
            await self._opened.courier.aclose()

    async def _try(self, part: Sequence[Numbered], settle: Settle) -> tuple[dict[int, str | None], str | None]:
        ends: dict[int, str | None] = {}

        def note(number: int, reason: str | None) -> None:
            place = part[number].place
            if place not in ends:
                ends[place] = reason
                if reason is None:
                    settle(place, None)

        own = [self._own(item.letter) for item in part]
        if isinstance(self._opened, Waiting):
            broken = await _ask(self._opened, own, note)
        else:
            broken = _serve(self._opened, own, note)
        if broken is None and len(ends) < len(part):
            broken = "it did not say what became of it"
        return ends, broken

    def _own(self, letter: Letter) -> Letter:
        return letter if self._encode is None else replace(letter, payload=self._encode(letter.event, letter.params))


async def _ask(waiting: Waiting, letters: Sequence[Letter], note: Settle) -> str | None:
    """Send within the member's own time limit; returns why it did not get to the end."""
    limit = waiting.policy.timeout
    with anyio.move_on_after(limit) as scope:
        try:
            await waiting.courier.send(letters, note)
        except DeliveryError as error:
            return error.reason
    return f"no answer in {limit:g} s" if scope.cancelled_caught else None


def _serve(sink: Sink, letters: Sequence[Letter], note: Settle) -> str | None:
    for number, letter in enumerate(letters):
        try:
            sink.send(letter.payload)
        except DeliveryError as error:
            if not error.reason.startswith(_NEVER):
                return error.reason
            note(number, error.reason)
        else:
            note(number, None)
    return None
