"""What the tests of transports that wait have in common: notifications, and a pad that says how they ended."""

from collections.abc import Callable, Iterable

import anyio

from evtui.codecs.payload import encoder
from evtui.core.transport import Notification, Queued, Sender, Target
from evtui.core.values import Params, ParamsLike
from tests.limits import HANG


class Pad:
    """Notes how the notifications of a batch ended, in the order it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str | None]] = []

    def __call__(self, place: int, reason: str | None) -> None:
        self.told.append((place, reason))

    def all_delivered(self, first: int, behind: int) -> None:
        self.told += [(place, None) for place in range(first, behind)]

    @property
    def delivered(self) -> list[int]:
        return [place for place, reason in self.told if reason is None]

    @property
    def refused(self) -> dict[int, str]:
        return {place: reason for place, reason in self.told if reason is not None}


def notification(serial: int, params: ParamsLike = None, *, event: str = "E_T", codec: str = "jsonrpc") -> Notification:
    """Write one notification as the engine does."""
    made = Params.of(params if params is not None else (serial,))
    return Notification("run", serial, 1_700_000_000.0 + serial, event, made, encoder(codec)(event, made))


def notifications(numbers: Iterable[int], codec: str = "jsonrpc") -> list[Notification]:
    """Write notifications whose only value is their serial."""
    return [notification(number, codec=codec) for number in numbers]


def waiting(target: Target) -> Queued:
    """Open a target that waits."""
    opened = target.open()
    assert isinstance(opened, Queued)
    return opened


async def deliver(sender: Sender, batch: list[Notification]) -> Pad:
    """Send one batch as an outbox does, with a time limit around it."""
    pad = Pad()
    with anyio.fail_after(HANG):
        await sender.send(batch, pad)
    return pad


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    with anyio.fail_after(HANG):
        while not condition():  # noqa: ASYNC110 - files and threads ring no bell
            await anyio.sleep(0.005)
