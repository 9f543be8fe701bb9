"""How the background work of a widget begins and ends."""

from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeAlias, cast

from textual import worker as textual_worker
from textual.widget import Widget
from textual.worker import Worker, WorkerError

WorkerFunction: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
Turn: TypeAlias = Callable[[Callable[[], None]], object]
"""Takes a piece of work, and lets it be done when others have had their turn."""

_ACTIVE_WORKER = cast("ContextVar[object]", vars(textual_worker)["active_worker"])
"""The worker of the task that runs."""


def start_worker(widget: Widget, work: WorkerFunction, group: str, *, restart: bool = False) -> Worker[None]:
    """Start work that ends with the widget; `restart` first cancels the work of the group that has not ended."""
    worker: Worker[None] = widget.run_worker(partial(_do, [work]), group=group, exclusive=restart)
    return worker


async def _do(works: list[WorkerFunction]) -> None:
    """Do the only one, and leave no cycle of references: a worker keeps what it does, and its task the worker."""
    try:
        await works.pop()()
    finally:
        _ACTIVE_WORKER.set(None)


def repeat_after(
    widget: Widget, seconds: Callable[[], float], work: Callable[[], None], turn: Turn | None = None
) -> None:
    """Do something now, and again so many seconds after each time; ends with the widget.

    With `turn` it is done when that lets it.
    """
    if turn is None:
        work()
    else:
        turn(work)
    widget.set_timer(seconds(), partial(repeat_after, widget, seconds, work, turn))


def is_working(widget: Widget) -> bool:
    """Say whether work of a widget goes on, which would be cancelled if the widget went."""
    workers = cast("Iterable[Worker[None]]", widget.workers)
    return any(worker.node is widget and not worker.is_finished for worker in workers)


async def finish_workers(widget: Widget) -> None:
    """Cancel the work of a widget and wait until it has released what it held: Textual cancels but does not wait."""
    for worker in cast("list[Worker[None]]", widget.workers.cancel_node(widget)):  # pyright: ignore[reportUnknownMemberType]
        with suppress(WorkerError):
            await worker.wait()
