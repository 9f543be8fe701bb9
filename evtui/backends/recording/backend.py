"""A recording as a `Backend`: the catalogue, the subscriptions and the queues are those of its position."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio import to_thread
from msgspec.structs import replace

from evtui.backends.recording.player import TICK, Player
from evtui.backends.recording.recorded_set import RecordedSet
from evtui.codecs.recording.line_records import to_socket
from evtui.core.clocks import Clocks
from evtui.core.delivery_report import DeliveryReport
from evtui.core.errors import ReadOnlyError, UnknownEventError
from evtui.core.ports import EventState, JournalUse, Status, SubscriptionState, Watch
from evtui.core.records import Raised, Record, SubscriberTest, event_of
from evtui.core.transport import TransportInfo
from evtui.core.values import Params, Subscription
from evtui.core.wildcards import matches
from evtui.engine.history.delivery_timeline import report_delivery

WHY_NO_RAISE = "a recording is only shown: `evtui replay` raises its events again"


class RecordingBackend:
    """A recording that is played by a player."""

    def __init__(self, player: Player, schemes: Iterable[TransportInfo]) -> None:
        """`schemes` are those that this program knows."""
        self._player = player
        self._schemes = tuple(schemes)

    async def status(self) -> Status:
        """Describe the recorded backend and its totals, as they were."""
        return replace(
            self._player.states.status(), read_only=True, can_raise=False, can_be_permanent=False,
            why_no_raise=WHY_NO_RAISE, schemes=self._schemes, transports=self._schemes,
        )  # fmt: skip

    async def events(self) -> Sequence[EventState]:
        """List the catalogue as it was."""
        return self._player.states.events()

    async def subscriptions(self, event: str | None = None, socket: str | None = None) -> Sequence[SubscriptionState]:
        """List the subscriptions as they were.

        raises UnknownEventError.
        """
        if event is not None:
            self._check_event(event)
        found = self._player.states.subscriptions(event, self._player.state.position)
        return found if socket is None else [state for state in found if str(state.subscription.socket) == socket]

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:  # noqa: ARG002
        """Refuse it. raises ReadOnlyError."""
        raise ReadOnlyError("subscribe")

    async def raise_event(self, event: str, params: Params) -> Raised | None:  # noqa: ARG002
        """Refuse it. raises ReadOnlyError."""
        raise ReadOnlyError("raise")

    async def test_subscriber(self, event: str, socket: str, params: Params) -> SubscriberTest:  # noqa: ARG002
        """Refuse it. raises ReadOnlyError."""
        raise ReadOnlyError("test")

    async def report_delivery(self, event: str, socket: str = "") -> DeliveryReport:
        """Say why a socket got an event or did not, from the records before the position.

        raises UnknownEventError.
        """
        self._check_event(event)
        parsed = to_socket(socket) if socket else None
        return await report_delivery(event, parsed, self._player.journal, self._player.history)

    async def watch(self, events: Sequence[str] = ()) -> Watch:
        """Follow the records from the position on."""
        return RecordedWatch(self._player, tuple(events))

    def _check_event(self, name: str) -> None:
        if not self._player.states.has_event(name):
            raise UnknownEventError(name)


class RecordedWatch:
    """The place of one reader in a recording; satisfies `core.ports.Watch`.

    It begins with the records before the position, and does so again when the recording moves to another place.
    """

    def __init__(self, player: Player, events: tuple[str, ...]) -> None:
        self._player = player
        self._events = events
        self._place = 0
        self._moves = player.moves
        self._skipped = 0

    @property
    def lost(self) -> int:
        """Count the records that the recording lacks, and those that were read too late."""
        return self._skipped + self._player.lost

    @property
    def skipped(self) -> int:
        """Count the records that were read too late."""
        return self._skipped

    @property
    def journal(self) -> JournalUse:
        """Say what is kept of the records before the position."""
        return self._player.journal.use

    def read(self, limit: int | None = None) -> Sequence[Record]:
        """Take the new records, oldest first, at most the newest `limit`."""
        self._follow_move()
        journal = self._player.journal
        records, evicted = journal.since(self._place)
        self._place = journal.written
        self._skipped += evicted
        if self._events:
            records = [each for each in records if any(matches(event_of(each), wanted) for wanted in self._events)]
        if limit is not None and len(records) > limit:
            self._skipped += len(records) - limit
            records = records[len(records) - limit :]
        return records

    async def wait(self) -> None:
        """Return when there is something to read."""
        while self._moves == self._player.moves:
            with anyio.move_on_after(TICK):
                await self._player.journal.wait_beyond(self._place)
                return

    async def aclose(self) -> None:
        """Do nothing: a watch holds no resource."""

    def _follow_move(self) -> None:
        if self._moves != self._player.moves:
            self._moves, self._place = self._player.moves, 0


@asynccontextmanager
async def open_recording(
    path: Path, schemes: Iterable[TransportInfo], clocks: Clocks
) -> AsyncGenerator[tuple[RecordingBackend, Player]]:
    """Open the recording that ends with a file, and play it until the block ends; the files before it belong to it.

    raises RecordingError: it cannot be read, or is not a recording.
    """
    player = await to_thread.run_sync(lambda: Player(RecordedSet(path), clocks))
    await player.begin()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(player.run)
        yield RecordingBackend(player, schemes), player
        tasks.cancel_scope.cancel()
