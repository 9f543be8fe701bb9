"""A consumer of one topic that tells when it has ended. Imported on first use.

aiokafka works in tasks of its own. When one of them ends by an error, aiokafka logs that and goes on without it: a
consumer that fetches no more returns no messages for ever, as if none were published. `check` looks at its tasks.
"""

import logging
from collections import deque
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import anyio
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaConnectionError,
    KafkaError,
    UnknownTopicOrPartitionError,
)  # fmt: skip

from evtui.backends.kafka.bounded_library import REASONS, bound_library

FETCH_BYTES: Final = 4 << 20
"""Bytes of messages that a broker is asked for at once."""

ANSWER_SECONDS: Final = 5.0
"""Seconds that a broker may take to answer."""

_KEPT_REASONS: Final = 3

_log = logging.getLogger(__name__)

_STOP_SECONDS: Final = 3.0
_CLOSE_SECONDS: Final = 1.0


class TopicConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # the library has no types
    """One consumer: alone, or as a member of a group. It commits only what it is told."""

    _fetcher: Any
    _coordinator: Any
    _client: Any

    def __init__(self, topic: str, servers: list[str], group: str | None, options: Mapping[str, Any]) -> None:
        """`options` are those of `transports.kafka.connection.client_options`: name, TLS, login."""
        bound_library()
        library: Any = super()
        library.__init__(
            topic, bootstrap_servers=servers, group_id=group, enable_auto_commit=False, auto_offset_reset="latest",
            fetch_max_bytes=FETCH_BYTES,
            **{_CONSUMER_NAMES.get(name, name): value for name, value in options.items()},
        )  # fmt: skip
        self._topic = topic
        self._reasons: deque[str] = deque(maxlen=_KEPT_REASONS)

    async def begin(self) -> None:
        """Connect and begin to consume.

        raises KafkaError: no broker can be reached, or none lets us in; it says why.
        """
        REASONS.set(self._reasons)  # its tasks begin here, and get this context
        try:
            await self.start()
        except KafkaConnectionError as error:
            raise KafkaConnectionError(self._no_broker()) from error

    def _no_broker(self) -> str:
        why = "; ".join(dict.fromkeys(self._reasons))
        return f"no broker answers and accepts the connection ({why})" if why else "no broker answers"

    async def check(self) -> None:
        """Find out whether messages can come: its tasks run, a broker answers, and the topic is there.

        raises KafkaError: they cannot.
        """
        self.check_tasks()
        answered = False
        with anyio.move_on_after(ANSWER_SECONDS):
            answered = await self._client.force_metadata_update()
        if not answered:
            raise KafkaConnectionError(self._no_broker())
        self._reasons.clear()
        if self._client.cluster.partitions_for_topic(self._topic) is None:
            raise UnknownTopicOrPartitionError(f"the cluster has no topic {self._topic}")

    def check_tasks(self) -> None:
        """Return when the tasks that fetch messages and follow the cluster run. raises KafkaError: one has ended."""
        for task in (self._fetcher.error_future, self._client._sync_task):  # noqa: SLF001 - it has no other name
            if task.done():
                why = None if task.cancelled() else task.exception()
                cause = getattr(why, "__cause__", None) or why
                raise KafkaError(f"aiokafka ended a task: {cause!r}") from why

    async def go_on(self, positions: MutableMapping[Any, int]) -> None:
        """Go on at known offsets of partitions; of the others add those at which it begins."""
        library: Any = super()
        with anyio.move_on_after(ANSWER_SECONDS):
            for partition in library.assignment():
                if partition in positions:
                    library.seek(partition, positions[partition])
                else:
                    positions[partition] = await library.position(partition)

    async def commit_shown(self, offsets: Mapping[Any, int]) -> None:
        """Commit offsets. While the group shares its partitions anew it takes none: such messages come again."""
        library: Any = super()
        try:
            await library.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            _log.debug("not committed: %s", error)

    async def end(self) -> None:
        """Leave the group and close the connections, also when no broker answers."""
        with anyio.move_on_after(_STOP_SECONDS, shield=True):
            await self.stop()
            return
        with anyio.move_on_after(_CLOSE_SECONDS, shield=True):
            if self._fetcher is not None:
                await self._fetcher.close()
            await self._client.close()


_CONSUMER_NAMES: Final = {"max_idle_ms": "connections_max_idle_ms"}
"""How a consumer names options of a connection that have other names there."""
