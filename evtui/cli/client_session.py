"""Run a client command: find its server, print its errors, choose the exit status."""

import os
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias, TypeVar

import click

from evtui.cli import output
from evtui.core.errors import AwayError, BadSocketError, EvtuiError, RequestError

if TYPE_CHECKING:
    from evtui.backends.fleet.backend import FleetBackend
    from evtui.backends.remote.asked_server import AskedServer
    from evtui.bootstrap.remote_server import AttachedServer
    from evtui.core.ports import Backend

EXIT_REFUSED: Final = 1
"""The server refused or is away."""

EXIT_USAGE: Final = 2
"""The command line is wrong; no request was sent."""

_NO_SERVER: Final = (
    "no evtui of this user runs on this host: start one (evtui, or evtui serve), or name a server with --mi ADDRESS"
)

_REACHED_SECONDS: Final = 5.0

Work: TypeAlias = "Callable[[AttachedServer], Awaitable[None]]"

_Parsed = TypeVar("_Parsed")
_Told = TypeVar("_Told")


class BadAddressError(RequestError):
    """The address of a server is wrong. The text names the option or the variable that holds it."""

    def __init__(self, origin: str, error: BadSocketError) -> None:
        super().__init__(f"{origin}: {error}")


def ask_one(
    mi: str | None, ask: "Callable[[AskedServer], Awaitable[_Told]]", *, alone: Callable[[], _Told] | None = None
) -> _Told:
    """Ask a server, without an event loop, and return what it told; errors end the program with their exit status.

    `alone` tells it instead when no server is named and none runs on this host.
    """
    # Imported here, because the console uses this module for its errors, and starts sooner without clients of servers.
    from evtui.backends.remote.exchange.blocking_waits import BlockingWaits
    from evtui.bootstrap.real_clocks import REAL_CLOCKS
    from evtui.bootstrap.remote_server import ask as ask_at
    from evtui.bootstrap.remote_server import default_address

    usage(lambda: _check(mi))
    waits = BlockingWaits(REAL_CLOCKS.monotonic)

    async def asked() -> _Told:
        with ask_at(mi or default_address(), os.environ, waits) as server:
            return await ask(server)

    with _ending_at_errors(), output.quiet_pipe():
        try:
            return waits.run(asked())
        except AwayError as error:
            if alone is None or mi is not None:
                _refuse_away(mi, error)
            return alone()


def run(mi: str | None, work: Work) -> None:
    """Do the work with a server in an event loop; errors end the program with their exit status."""
    import anyio

    from evtui.bootstrap.remote_server import attach, default_address

    async def attached() -> None:
        async with attach(mi or default_address(), os.environ) as server:
            await work(server)

    usage(lambda: _check(mi))
    with _ending_at_errors(), output.quiet_pipe():
        try:
            anyio.run(attached)
        except AwayError as error:
            _refuse_away(mi, error)


@contextmanager
def _ending_at_errors() -> Generator[None]:
    """End the program when a server refused, and when ctrl+c was pressed."""
    try:
        yield
    except EvtuiError as error:
        refuse(error, EXIT_REFUSED)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None


def _refuse_away(mi: str | None, error: AwayError) -> NoReturn:
    if mi is not None:
        fail(str(error), EXIT_REFUSED)
    output.message(f"evtui: {error}")
    fail(_NO_SERVER, EXIT_REFUSED)


def is_fleet(mi: Sequence[str]) -> bool:
    """Say whether several servers are named, or one that may be several; ends the program when one is wrong."""
    if not mi:
        return False
    from evtui.backends.fleet.given_servers import is_several

    if len(mi) < 2 and not any(map(is_several, mi)):
        return False
    from evtui.config.server_texts import read_servers

    usage(lambda: read_servers(mi))
    return True


def run_with_fleet(
    mi: Sequence[str], work: "Callable[[FleetBackend], Awaitable[None]]", *, back: int = 0, wanted: str = ""
) -> None:
    """Do the work with several servers, when each was reached or has had five seconds; tell which were not.

    A watch begins with `back` older records; evtui servers send those that the filter `wanted` shows. Errors end the
    program with their exit status, as does a server that was not reached.
    """
    import anyio

    from evtui.bootstrap.fleet_setup import run_fleet
    from evtui.config.schema import Config

    away: list[str] = []

    async def attached() -> None:
        async with run_fleet(mi, Config(), os.environ, back=back, wanted=wanted) as fleet:
            await fleet.reach_all(_REACHED_SECONDS)
            for server in fleet.servers:
                if server.light != "live":
                    away.append(server.name)
                    output.message(f"evtui: {server.name}: {server.detail}")
            await work(fleet)

    with _ending_at_errors(), output.quiet_pipe():
        anyio.run(attached)
    if away:
        raise click.exceptions.Exit(EXIT_REFUSED)


def run_with_backend(mi: Sequence[str], work: "Callable[[Backend], Awaitable[None]]") -> None:
    """Do the work with a server, or with several servers as one backend; as `run` and `run_with_fleet`."""
    if is_fleet(mi):
        run_with_fleet(mi, work)
        return

    async def with_one(server: "AttachedServer") -> None:
        await work(server.backend)

    run(next(iter(mi), None), with_one)


def usage(parse: Callable[[], _Parsed]) -> _Parsed:
    """Parse a part of the command line; an error ends the program with exit status 2."""
    try:
        return parse()
    except EvtuiError as error:
        refuse(error, EXIT_USAGE)


def fail(why: str, status: int) -> NoReturn:
    """Print what is wrong and end the program."""
    output.message(f"evtui: {why}")
    raise click.exceptions.Exit(status)


def refuse(error: EvtuiError, status: int) -> NoReturn:
    """Print an error, which may have several lines, and end the program."""
    first, *rest = error.lines
    output.message(f"evtui: {first}")
    for line in rest:
        output.message(line)
    raise click.exceptions.Exit(status)


def _check(mi: str | None) -> None:
    if mi is None:
        return
    from evtui.backends.remote.mi_address import parse_mi_address

    try:
        parse_mi_address(mi)
    except BadSocketError as error:
        raise BadAddressError("EVTUI_MI" if mi == os.environ.get("EVTUI_MI") else "--mi", error) from error
