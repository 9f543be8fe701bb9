"""Runs a command of a viewer in a process of its own, and sends what it writes."""

import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Protocol

import anyio
from anyio.abc import ByteReceiveStream, Process
from msgspec import Struct

from evtui.serve.terminal.sessions import Session

_READ: Final = 16 << 10
_PATIENCE: Final = 2.0
"""Seconds in which a process has to end that was asked to; then it is killed."""

ENDED: Final = 143
"""The exit status of a command that was ended."""


class CommandOutput(Protocol):
    """Where the output of a command goes."""

    async def send(self, data: bytes, *, is_error: bool) -> None:
        """Send bytes; returns when more may be sent."""
        ...


class CommandPlace(Struct, frozen=True):
    """How commands are run."""

    program: Sequence[str]
    """The words that start evtui."""
    environment: Callable[[], Mapping[str, str]]
    """Returns its variables; `EVTUI_MI` is the address of a management interface that refuses every change."""


async def run_command(session: Session, place: CommandPlace, words: Sequence[str], output: CommandOutput) -> int:
    """Run a command until it or the session ends; returns its exit status."""
    process = await anyio.open_process(
        [*place.program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=dict(place.environment()), start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel_at_end, session, tasks.cancel_scope)
            async with anyio.create_task_group() as pumps:
                pumps.start_soon(_pump, process.stdout, session, output.send, False)
                pumps.start_soon(_pump, process.stderr, session, output.send, True)
            status = await process.wait()
            tasks.cancel_scope.cancel()
            return status if status >= 0 else 128 - status
    finally:
        with anyio.CancelScope(shield=True):
            await _stop(process)
    return ENDED


async def _cancel_at_end(session: Session, scope: anyio.CancelScope) -> None:
    await session.ending.wait()
    scope.cancel()


async def _pump(
    stream: ByteReceiveStream, session: Session, send: Callable[..., Awaitable[None]], is_error: bool
) -> None:
    try:
        while True:
            data = await stream.receive(_READ)
            session.typed()  # a command that writes is not idle
            await send(data, is_error=is_error)
    except (anyio.EndOfStream, anyio.ClosedResourceError, anyio.BrokenResourceError):
        return


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        with anyio.move_on_after(_PATIENCE):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
    await process.aclose()
