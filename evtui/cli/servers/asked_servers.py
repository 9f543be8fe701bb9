"""One question to the server of a command, or to each of several, and what is shown of the answers."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

import click
from msgspec import Struct

from evtui.backends.remote.asked_server import AskedServer
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, ask_one, is_fleet
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import EvtuiError

ANSWER_SECONDS: Final = 10.0
"""Seconds that each of several servers may take. A raise with queues waits for its results for some of them."""

_Told = TypeVar("_Told")

AskServer: TypeAlias = Callable[[AskedServer], Awaitable[_Told]]


class ServerAnswer(Struct, Generic[_Told], frozen=True):
    """What one server answered, or why it did not. The server has no name where only one is asked."""

    server: str
    told: _Told | None
    error: EvtuiError | None = None

    @property
    def why(self) -> str:
        """Say why it did not answer, without its name before that; empty when it did."""
        return "" if self.error is None else str(self.error).removeprefix(f"{self.server}: ")

    def members(self, *told: tuple[str, Json]) -> Members:
        """Write it as JSON: its server, whether it was done, and what it told or why not."""
        ok = self.error is None
        return Members((("server", self.server), ("ok", ok), *told, *(() if ok else (("error", self.why),))))

    def line(self, text: str) -> str:
        """Write the name of the server before a text."""
        return f"{self.server}: {text}" if self.server else text

    def item(self, item: Members) -> Members:
        """Write the name of the server into an item of a list."""
        return Members((("server", self.server), *item)) if self.server else item


Answers: TypeAlias = Sequence[ServerAnswer[_Told]]


def ask_servers(
    mi: Sequence[str], ask: AskServer[_Told], show: Callable[[Answers[_Told]], None], *,
    seconds: float = ANSWER_SECONDS, alone: Callable[[], _Told] | None = None,
) -> None:  # fmt: skip
    """Ask the servers that are named, each of several at the same time, and show the answers in their order.

    Each of several has so many seconds. `alone` tells what is shown when no server is named and none runs. The exit
    status is 1 unless all answered.
    """
    answers = _of_each(mi, ask, seconds) if is_fleet(mi) else _of_one(mi, ask, alone)
    with output.quiet_pipe():
        show(answers)
    if any(answer.error is not None for answer in answers):
        raise click.exceptions.Exit(EXIT_REFUSED)


def list_table(
    answers: Answers[Sequence[Members]], titles: Sequence[str], row: Callable[[Members], Sequence[str]],
    right: Sequence[int],
) -> bool:  # fmt: skip
    """Print what servers list as a table, with a column of servers where several were asked; False for no rows.

    The columns at the places in `right` are numbers.
    """
    several = any(answer.server for answer in answers)
    rows = [(answer.server, *row(item))[not several :] for answer in answers for item in answer.told or ()]
    if rows:
        output.table(("server", *titles)[not several :], rows, [place + several for place in right])
    return bool(rows)


def list_json(answers: Answers[Sequence[Members]]) -> None:
    """Print what servers list as one array; of several servers each item names its server."""
    output.json_line([answer.item(item) for answer in answers for item in answer.told or ()])


def _of_each(mi: Sequence[str], ask: AskServer[_Told], seconds: float) -> Answers[_Told]:
    from evtui.cli.servers.several_servers import ask_at_each  # on first use: one server is the usual case

    return ask_at_each(mi, ask, seconds)


def _of_one(mi: Sequence[str], ask: AskServer[_Told], alone: Callable[[], _Told] | None) -> Answers[_Told]:
    return [ServerAnswer("", ask_one(next(iter(mi), None), ask, alone=alone))]
