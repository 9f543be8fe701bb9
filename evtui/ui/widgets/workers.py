"""How the background work of a widget begins and ends."""

from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeAlias, cast

from textual.widget import Widget
from textual.worker import Worker, WorkerError

WorkerFunction: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


def start_worker(widget: Widget, work: WorkerFunction, group: str, *, restart: bool = False) -> Worker[None]:
    """Start work that ends with the widget; `restart` first cancels the work of the group that has not ended."""
    worker: Worker[None] = widget.run_worker(work, group=group, exclusive=restart)
    return worker


def repeat_after(widget: Widget, seconds: Callable[[], float], work: Callable[[], object]) -> None:
    """Do something now, and again so many seconds after each time; ends with the widget."""

    def work_on() -> None:
        work()
        widget.set_timer(seconds(), work_on)

    work_on()


def is_working(widget: Widget) -> bool:
    """Say whether work of a widget goes on, which would be cancelled if the widget went."""
    workers = cast("Iterable[Worker[None]]", widget.workers)
    return any(worker.node is widget and not worker.is_finished for worker in workers)


async def finish_workers(widget: Widget) -> None:
    """Cancel the work of a widget and wait until it has released what it held: Textual cancels but does not wait."""
    for worker in cast("list[Worker[None]]", widget.workers.cancel_node(widget)):  # pyright: ignore[reportUnknownMemberType]
        with suppress(WorkerError):
            await worker.wait()
