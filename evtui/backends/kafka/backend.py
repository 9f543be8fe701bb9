"""A backend that shows what servers publish to a topic of a Kafka cluster. It satisfies the Backend port.

It is read-only. It consumes as long as there is a watch, no faster than the watches read. In a group the offset of a
message is committed when every watch has read it: what was not shown comes again. Without a group nothing is committed:
it begins with what is published from now on, and goes on behind the last message after a lost connection.
"""

import importlib.util
import logging
import math
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from math import ceil
from typing import Any, Final, NoReturn

import anyio
from anyio.abc import TaskGroup

from evtui.backends.kafka.kafka_address import SCHEME, KafkaAddress
from evtui.backends.seen.consumed_backend import ConsumedBackend
from evtui.backends.seen.notification_body import decode_body
from evtui.core.backoff import Backoff
from evtui.core.clocks import Clocks
from evtui.core.errors import BackendError, BadMessageError
from evtui.core.ports import Status
from evtui.core.records import DispatchGroup, DispatchPlan, Record, Refused
from evtui.core.values import NO_PARAMS, Socket
from evtui.engine.journal import WHOLE_JOURNAL, JournalBounds
from evtui.transports.library_loading import load_library

STEP: Final = 500
"""Messages that are taken at once."""

AHEAD: Final = 2_000
"""Records a watch may be behind before the next messages wait for it."""

LOOK_SECONDS: Final = 2.0
"""Seconds between two questions whether a broker answers."""

SOON: Final = 1.0
"""Seconds after which a first connection that is not there yet is told."""

_COMMIT_SECONDS: Final = 5.0
_RETRY_FIRST: Final = 0.5
_RETRY_LONGEST: Final = 10.0
_WAIT_MS: Final = 200

_log = logging.getLogger(__name__)


class KafkaBackend(ConsumedBackend):
    """One topic. Made by `open_kafka`, whose task group runs its consumer."""

    def __init__(self, address: KafkaAddress, tasks: TaskGroup, clocks: Clocks, bounds: JournalBounds) -> None:
        super().__init__(address, tasks, bounds.make(), clocks.wall)
        self._address = address
        self._clocks = clocks
        self._plans: dict[str, DispatchPlan] = {}
        self._malformed = 0
        self._connected = False
        self._trouble = ""
        """Why it does not consume; empty while it does, and before the first attempt has ended."""
        self._retry_at = 0.0
        self._began_at = math.inf
        """Monotonic seconds at which the first attempt began."""
        self._positions: dict[Any, int] = {}
        """Of each partition the offset of the next message; without a group a lost connection goes on there."""
        self._unshown: deque[tuple[int, dict[Any, int]]] = deque()
        """Offsets to commit, each with the place in the journal up to which it must have been read."""

    async def status(self) -> Status:
        """Describe the source; `detail` says why there is no connection and when the next attempt is."""
        detail = self._trouble_text()
        return Status(
            str(self._address), connected=not detail, detail=detail, read_only=True, tells_all=False,
            can_raise=False, raised=None, sent=None, failed=None, dropped=self._malformed, queued=None,
        )  # fmt: skip

    def _trouble_text(self) -> str:
        now = self._clocks.monotonic()
        if self._trouble:
            return f"{self._trouble}; next attempt in {max(1, ceil(self._retry_at - now))} s"
        return "" if self._connected or now - self._began_at < SOON else "connecting"

    async def _consume(self) -> None:
        if math.isinf(self._began_at):
            self._began_at = self._clocks.monotonic()
        self._positions.clear()
        backoff = Backoff(_RETRY_FIRST, _RETRY_LONGEST)
        try:
            while True:
                try:
                    await self._consume_topic(backoff)
                except Exception as error:  # noqa: BLE001 - whatever the library raises is trouble of this source
                    await self._pause(error, backoff.next_pause())
        finally:
            self._connected = False

    async def _pause(self, error: Exception, seconds: float) -> None:
        why = str(error) or type(error).__name__
        if why != self._trouble:
            _log.warning("%s: %s", self._address.place, why)
        self._connected, self._trouble = False, why
        self._retry_at = self._clocks.monotonic() + seconds
        await self._clocks.sleep(seconds)

    async def _consume_topic(self, backoff: Backoff) -> NoReturn:
        """Consume until that does not work any more. raises KafkaError, OSError, and what else the library raises."""
        await load_library("evtui.backends.kafka.topic_consumer")
        from evtui.backends.kafka.topic_consumer import TopicConsumer
        from evtui.transports.kafka.connection import client_options

        try:
            options = await anyio.to_thread.run_sync(client_options, dict(self._address.properties))
        except OSError as error:
            raise BackendError(f"the certificates cannot be read: {error.strerror or error}") from error
        consumer: Any = TopicConsumer(self._address.topic, self._address.servers, self._address.group, options)
        self._unshown.clear()
        try:
            await consumer.begin()
            if self._address.group is None:
                await consumer.go_on(self._positions)
            looked = -math.inf
            while True:
                for partition, messages in (await consumer.getmany(timeout_ms=_WAIT_MS, max_records=STEP)).items():
                    self._take(partition, messages)
                await self._wait_for_watches(AHEAD)
                await self._commit(consumer)
                if self._clocks.monotonic() - looked >= LOOK_SECONDS:
                    await consumer.check()
                    looked = self._clocks.monotonic()
                    self._works(backoff)
        finally:
            with anyio.CancelScope(shield=True):
                await self._end(consumer)

    def _works(self, backoff: Backoff) -> None:
        if self._trouble:
            _log.warning("%s: connected again", self._address.place)
        self._connected, self._trouble = True, ""
        backoff.reset()

    async def _end(self, consumer: Any) -> None:
        try:
            if self._connected:
                await self._commit(consumer)
        except Exception as error:  # noqa: BLE001 - as above; what is not committed comes again
            _log.debug("%s: not committed: %s", self._address.place, error)
        try:
            await consumer.end()
        except Exception as error:  # noqa: BLE001 - as above; why it ended is told
            _log.debug("%s: %s", self._address.place, error)

    async def _commit(self, consumer: Any) -> None:
        """Commit what every watch has read, of the partitions that are still this consumer's."""
        shown = self._shown
        offsets: dict[Any, int] = {}
        while self._unshown and self._unshown[0][0] <= shown:
            offsets.update(self._unshown.popleft()[1])
        own = consumer.assignment()
        offsets = {partition: offset for partition, offset in offsets.items() if partition in own}
        if offsets and self._address.group is not None:
            with anyio.move_on_after(_COMMIT_SECONDS):
                await consumer.commit_shown(offsets)

    def _take(self, partition: Any, messages: Sequence[Any]) -> None:
        for message in messages:
            body = message.value or b""
            self._journal.append(self._record(body), len(body))
        self._positions[partition] = messages[-1].offset + 1
        self._unshown.append((self._journal.written, {partition: self._positions[partition]}))

    def _record(self, body: bytes) -> Record:
        at = self._clocks.wall()
        try:
            event, params, codec = decode_body(body)
        except BadMessageError as error:
            self._malformed += 1
            why = f"not a notification, {len(body):,} bytes: {error}"
            return Refused(at, self._address.topic, NO_PARAMS, why, "not a notification")
        plan = self._plans.get(codec)
        if plan is None:
            socket = Socket(SCHEME, self._address.topic)
            plan = self._plans[codec] = DispatchPlan((codec,), (DispatchGroup((socket,), 0),), 1)
        return self._raised(at, event, params, plan, body)


@asynccontextmanager
async def open_kafka(
    address: KafkaAddress, clocks: Clocks, bounds: JournalBounds = WHOLE_JOURNAL
) -> AsyncGenerator[KafkaBackend]:
    """Open a source. It consumes as long as there is a watch; at the end its connections are closed.

    raises BackendError: the library for it is not installed.
    """
    if importlib.util.find_spec("aiokafka") is None:
        raise BackendError(
            f"{address.place}: the library for it is missing: install evtui[kafka], or aiokafka beside it"
        )
    async with anyio.create_task_group() as tasks:
        try:
            yield KafkaBackend(address, tasks, clocks, bounds)
        finally:
            tasks.cancel_scope.cancel()
