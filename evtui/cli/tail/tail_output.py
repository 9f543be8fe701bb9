"""What both kinds of `tail` share: writing a notification, and stopping on a signal."""

import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio
from anyio import CancelScope
from anyio.abc import TaskGroup

from evtui.cli import output
from evtui.cli.client_session import EXIT_USAGE, fail
from evtui.codecs.csv_text import Cell
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Json, Members, dumps
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


def text_line(at: float, event: str, params: Params, server: str = "") -> str:
    """Write a notification for people, made safe to show; of a fleet with its server."""
    where = f"{server}  " if server else ""
    return display_safe(f"{output.clock_time(at)}  {where}{event}  {format_line(params)}".rstrip())


class TailLines:
    """Writes what arrived in one form: as a text for people, as JSON, or as CSV whose first line names the columns."""

    def __init__(self, *, as_json: bool, as_csv: bool) -> None:
        if as_json and as_csv:
            fail("give --json or --csv, not both", EXIT_USAGE)
        self._as_json = as_json
        self._as_csv = as_csv
        self._has_header = False

    def write(self, at: float, event: str, params: Params, *rest: tuple[str, Json], server: str = "") -> None:
        """Write one notification; for people with its server in a fleet.

        `rest` is what JSON and CSV tell besides, always the same names in the same order.
        """
        if not self._as_json and not self._as_csv:
            output.data(text_line(at, event, params, server))
            return
        members = Members((("time", at), ("event", event), ("params", params_json(params)), *rest))
        if self._as_json:
            output.json_line(members)
            return
        if not self._has_header:
            self._has_header = True
            output.csv_cells([name for name, _ in members])
        output.csv_cells([_cell(value) for _, value in members])


def _cell(value: Json) -> Cell:
    if isinstance(value, bool):
        return "true" if value else "false"
    return dumps(value) if isinstance(value, list | Members) else value


def params_json(params: Params) -> Json:
    """Return parameters as JSON: an object when they are named, else an array."""
    return Members(zip(params.names, params.values, strict=True)) if params.names else list(params.values)
