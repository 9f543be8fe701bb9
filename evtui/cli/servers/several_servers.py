"""Do the same at each of several servers, at the same time, and tell what became of it at each."""

import os
from collections.abc import Sequence
from typing import NoReturn, TypeVar

import anyio
import click

from evtui.backends.amqp.address import is_amqp
from evtui.backends.fleet.given_servers import GivenServer
from evtui.backends.kafka.kafka_address import is_kafka
from evtui.backends.remote.exchange.loop_waits import LoopWaits
from evtui.bootstrap.remote_server import ask as ask_at
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED
from evtui.cli.servers.asked_servers import ANSWER_SECONDS, AskServer, ServerAnswer
from evtui.config.server_texts import read_servers
from evtui.core.errors import BackendError, EvtuiError

_Told = TypeVar("_Told")


class OnlyReadError(BackendError):
    """A source was asked for what only a server can do."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: it is a source of notifications, not a server: it can only be watched")


def ask_at_each(
    mi: Sequence[str], ask: AskServer[_Told], seconds: float = ANSWER_SECONDS
) -> Sequence[ServerAnswer[_Told]]:
    """Ask each server, and return the answers in the order in which the servers were named.

    One that hangs delays no other; each has so many seconds. The errors are printed, and kept in the answers.
    """
    given = read_servers(mi)
    found: dict[str, ServerAnswer[_Told]] = {}

    async def one(server: GivenServer) -> None:
        told: _Told | None = None
        error: EvtuiError | None = None
        try:
            with anyio.fail_after(seconds):
                told = await _ask(server, ask)
        except TimeoutError:
            error = BackendError(f"{server.name}: no answer within {seconds:g} s; it may still do it")
        except EvtuiError as refused:
            error = refused
        found[server.name] = ServerAnswer(server.name, told, error)

    async def all_of_them() -> None:
        async with anyio.create_task_group() as tasks:
            for server in given:
                tasks.start_soon(one, server)

    try:
        anyio.run(all_of_them)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None
    answers = [found[server.name] for server in given]
    for answer in answers:
        if answer.error is not None:
            output.message(f"evtui: {answer.server}: {answer.why}")
    return answers


def end_by(answers: Sequence[ServerAnswer[_Told]]) -> None:
    """End the program with exit status 1 when a server did not do it."""
    if any(answer.error is not None for answer in answers):
        _end()


def _end() -> NoReturn:
    raise click.exceptions.Exit(EXIT_REFUSED)


async def _ask(server: GivenServer, ask: AskServer[_Told]) -> _Told:
    if is_amqp(server.address) or is_kafka(server.address):
        raise OnlyReadError(server.name)
    with ask_at(server.address, os.environ, LoopWaits(), suffix=server.variable) as asked:
        return await ask(asked)
