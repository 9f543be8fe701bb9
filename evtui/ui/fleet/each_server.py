"""Ask one server of a fleet or all of them, with a result of each; one that hangs keeps no other waiting."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

import anyio
from msgspec import Struct

from evtui.core.errors import BackendError, EvtuiError, UnknownEventError
from evtui.core.fleet_port import ServerRequests
from evtui.core.ports import Backend
from evtui.core.values import Subscription
from evtui.ui.subscribers.remembering_backend import RememberingBackend

ANSWER_SECONDS: Final = 3.0
"""Seconds for which each server of a fleet is waited for."""

_Answered = TypeVar("_Answered")


class ServerResult(Struct, Generic[_Answered], frozen=True):
    """What one server answered."""

    server: str
    answer: _Answered | None = None
    error: EvtuiError | None = None
    """Why it did not do it; None when it did."""

    @property
    def why(self) -> str:
        """Say why it did not do it, without its name."""
        return str(self.error).removeprefix(f"{self.server}: ")


async def ask_each(
    backend: Backend, server: str, ask: Callable[[ServerRequests], Awaitable[_Answered]]
) -> Sequence[ServerResult[_Answered]] | None:
    """Ask a server by its name, or all with an empty one; None where there is no fleet."""
    if not isinstance(backend, RememberingBackend) or backend.fleet is None:
        return None
    names = [server] if server else [state.name for state in backend.fleet.servers]
    found: dict[str, ServerResult[_Answered]] = {}

    async def one(name: str) -> None:
        try:
            with anyio.fail_after(ANSWER_SECONDS):
                found[name] = ServerResult(name, await ask(backend.at(name)))
        except TimeoutError:
            why = f"no answer within {ANSWER_SECONDS:g} s; it may still do it"
            found[name] = ServerResult(name, error=BackendError(why))
        except EvtuiError as error:
            found[name] = ServerResult(name, error=error)

    async with anyio.create_task_group() as tasks:
        for name in names:
            tasks.start_soon(one, name)
    return [found[name] for name in names]


async def subscribe_each(
    backend: Backend, server: str, event: str, socket: str, expire: int | None
) -> tuple[Sequence[Subscription], EvtuiError | None]:
    """Subscribe a socket at one server or at all; returns what was made, and what was refused.

    A server without the event does not count as refusing where another one has it.
    raises as `Backend.subscribe` where there is no fleet.
    """
    results = await ask_each(backend, server, lambda requests: requests.subscribe(event, socket, expire))
    if results is None:
        return await backend.subscribe(event, socket, expire), None
    done = [result for result in results if result.error is None]
    made = [each for result in done for each in result.answer or ()]
    refused = [result for result in results if result.error is not None]
    if done:
        refused = [result for result in refused if not isinstance(result.error, UnknownEventError)]
    if len(results) == 1 or not refused:
        return made, refused[0].error if refused else None
    kinds = {type(result.error) for result in refused}
    if not done and len(kinds) == 1:
        return made, refused[0].error
    why = "; ".join(f"{result.server}: {result.why}" for result in refused)
    return made, BackendError(f"subscribed at {', '.join(each.server for each in done) or 'none'}; {why}")
