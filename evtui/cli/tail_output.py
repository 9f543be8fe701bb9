"""What both kinds of `tail` share: writing a notification, and stopping on a signal."""

import signal
from typing import Final

import anyio
from anyio import CancelScope
from anyio.abc import TaskStatus

from evtui.cli import output
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Json, Members
from evtui.codecs.quickline import format_line
from evtui.core.values import Params

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def stop_on_signal(scope: CancelScope, *, task_status: TaskStatus[None]) -> None:
    """Cancel a scope when a signal asks the program to end."""
    with anyio.open_signal_receiver(*_SIGNALS) as signals:
        task_status.started()
        async for _ in signals:
            scope.cancel()


def text_line(at: float, event: str, params: Params) -> str:
    """Write a notification for people, made safe to show."""
    return display_safe(f"{output.clock_time(at)}  {event}  {format_line(params)}".rstrip())


def params_json(params: Params) -> Json:
    """Return parameters as JSON: an object when they are named, else an array."""
    return Members(zip(params.names, params.values, strict=True)) if params.names else list(params.values)
