"""What both kinds of `tail` share: writing a notification, and stopping on a signal."""

import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio
from anyio import CancelScope
from anyio.abc import TaskGroup

from evtui.cli import output
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.quickline import format_line
from evtui.core.values import Params

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@asynccontextmanager
async def until_signal() -> AsyncGenerator[TaskGroup]:
    """Run tasks until a signal asks the program to end; a second signal does not cut short how they end."""
    with anyio.open_signal_receiver(*_SIGNALS) as signals:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel_on_signal, signals, tasks.cancel_scope)
            yield tasks


async def _cancel_on_signal(signals: AsyncIterator[signal.Signals], scope: CancelScope) -> None:
    async for _ in signals:
        scope.cancel()


def text_line(at: float, event: str, params: Params) -> str:
    """Write a notification for people, made safe to show."""
    return display_safe(f"{output.clock_time(at)}  {event}  {format_line(params)}".rstrip())


def params_json(params: Params) -> Json:
    """Return parameters as JSON: an object when they are named, else an array."""
    return Members(zip(params.names, params.values, strict=True)) if params.names else list(params.values)
