"""How a form's work in the background begins and ends."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeAlias, cast

from textual.widget import Widget
from textual.worker import Worker, WorkerError

Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


def start(widget: Widget, work: Work, group: str, *, renew: bool = False) -> Worker[None]:
    """Start work that ends with the widget; `renew` cancels what the group is still at."""
    worker: Worker[None] = widget.run_worker(work, group=group, exclusive=renew)
    return worker


async def finish(widget: Widget) -> None:
    """Cancel a widget's work and wait until it has let go of what it held: Textual cancels but does not wait."""
    for worker in cast("list[Worker[None]]", widget.workers.cancel_node(widget)):  # pyright: ignore[reportUnknownMemberType]
        with suppress(WorkerError):
            await worker.wait()
