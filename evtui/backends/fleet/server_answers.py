"""What each server of a fleet answered to one request, and what that is for the one who asked all of them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, NoReturn, TypeVar

import anyio

from evtui.backends.fleet.fleet_server import FleetServer
from evtui.core.errors import BackendError, EvtuiError, ReadOnlyError, UnknownEventError

REQUEST_SECONDS: Final = 2.0
"""Seconds for which a request to all servers waits for each of them."""

_Answered = TypeVar("_Answered")


class PartlyDoneError(BackendError):
    """Some servers of a fleet did what all were asked for; others could not."""

    def __init__(self, what: str, done: Sequence[str], failed: Sequence[tuple[str, EvtuiError]]) -> None:
        why = "; ".join(f"{name}: {str(error).removeprefix(f'{name}: ')}" for name, error in failed)
        super().__init__(f"{what} at {', '.join(done)}, not at {why}")


class Answers(Generic[_Answered]):
    """The answers, in the order of the servers."""

    def __init__(self) -> None:
        self.done: list[tuple[FleetServer, _Answered]] = []
        self.failed: list[tuple[FleetServer, EvtuiError]] = []

    def required(self, what: str) -> Sequence[tuple[FleetServer, _Answered]]:
        """Return what was done, at one server at least; `what` is a word for it.

        A server that does not know the event, or that can only be read, is not missed where another one did it.
        raises the error that tells most when none did it. PartlyDoneError: a server that would have done it could not.
        """
        if not self.done:
            self.raise_worst()
            raise BackendError("the fleet has no server")
        missed = [(s.given.name, e) for s, e in self.failed if not isinstance(e, UnknownEventError | ReadOnlyError)]
        if missed:
            raise PartlyDoneError(what, [server.given.name for server, _ in self.done], missed)
        return self.done

    def raise_worst(self) -> None:
        """Raise the error that tells most, if there is any."""
        if self.failed:
            _raise(max((error for _, error in self.failed), key=_weight))


async def ask_each(
    servers: Sequence[FleetServer], ask: Callable[[FleetServer], Awaitable[_Answered]]
) -> Answers[_Answered]:
    """Ask all servers at the same time, each for a limited time."""
    told: dict[FleetServer, _Answered] = {}
    refused: dict[FleetServer, EvtuiError] = {}

    async def one(server: FleetServer) -> None:
        try:
            with anyio.fail_after(REQUEST_SECONDS):
                told[server] = await ask(server)
        except TimeoutError:
            why = f"{server.given.name}: no answer within {REQUEST_SECONDS:g} s; it may still do it"
            refused[server] = BackendError(why)
        except EvtuiError as error:
            refused[server] = error

    async with anyio.create_task_group() as tasks:
        for server in servers:
            tasks.start_soon(one, server)
    answers: Answers[_Answered] = Answers()
    answers.done = [(server, told[server]) for server in servers if server in told]
    answers.failed = [(server, refused[server]) for server in servers if server in refused]
    return answers


def _weight(error: EvtuiError) -> int:
    """Weigh an error: that a server lacks the event says least, that it could not be reached says more."""
    return 0 if isinstance(error, UnknownEventError) else 1 if isinstance(error, BackendError) else 2


def _raise(error: EvtuiError) -> NoReturn:
    raise error
