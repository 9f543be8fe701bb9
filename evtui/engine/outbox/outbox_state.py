"""The state of an outbox, as lists and the console show it."""

from evtui.core.ports import LinkState, OutboxState
from evtui.core.values import Socket
from evtui.engine.outbox.queue import OutboxQueue
from evtui.engine.outbox.retry_schedule import RetrySchedule


def describe(
    socket: Socket, queue: OutboxQueue, schedule: RetrySchedule, now: float, error: tuple[str | None, float | None],
    *, durable: bool,
) -> OutboxState:  # fmt: skip
    """Describe an outbox and its deliveries; `error` is the last one and when it happened."""
    oldest = queue.oldest
    last_error, failed_at = error
    return OutboxState(
        socket,
        link=_link_state(queue, schedule),
        queued=queue.count,
        bytes=queue.bytes,
        age=now - oldest.since if oldest else 0.0,
        attempt=schedule.failed_attempts,
        retry_in=None if schedule.next_at is None else max(0.0, schedule.next_at - now),
        delivered=queue.counts["sent"] + queue.counts["acknowledged"],
        failed=queue.counts["failed"],
        dropped=queue.counts["dropped"],
        last_error=last_error,
        last_error_age=None if failed_at is None else now - failed_at,
        durable=durable,
    )


def _link_state(queue: OutboxQueue, schedule: RetrySchedule) -> LinkState:
    if queue.oldest is None:
        return "idle"
    if schedule.failed_attempts:
        return "retrying"
    return "sending" if queue.is_sending else "idle"
