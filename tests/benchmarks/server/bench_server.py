"""evtui and a server of OpenSIPS on the same configuration: what each sends and answers a second, in turn.

Both run at once and work in turn, round by round. Each line is how many times as much evtui does as the server in C:
notifications, raises, or turns of a loop that a script does a second, and round trips of clients. Clients and receivers
are in C, so that they are not what is measured.
"""

import contextlib
import statistics
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from tests.benchmarks.pairs import TABLE, say, say_not_measured
from tests.benchmarks.peers.rabbit import on_rabbit
from tests.benchmarks.server.compared_server import ComparedServer, evtui_command, opensips_command, running
from tests.benchmarks.server.loader import compiled
from tests.benchmarks.server.measures import (
    ASKING,
    RABBITMQ,
    SCRIPTED,
    Measure,
    Outcome,
    Told,
    Work,
    asking,
    queued,
    scripted,
    told,
)
from tests.benchmarks.server.rabbit_queue import rabbit_queue
from tests.functional.transports.rabbit_node import RabbitNode

ROUNDS: Final = 7
"""Rounds that count, after one that does not."""
MEASURES: Final = (*(each.measure for each in (*SCRIPTED, *ASKING)), RABBITMQ)
"""The lines, in their order."""


def main() -> None:
    """Print the ratios; what is missing for them, where something is."""
    with tempfile.TemporaryDirectory(prefix="evtui-b-") as folder:
        if (why := why_not(TABLE.reference)) is not None:
            missing(why)
        elif (program := compiled(Path(folder))) is None:
            missing("no C compiler here")
        else:
            assert TABLE.reference is not None
            _compare_all(TABLE.reference.resolve(), Path(folder), program)


def why_not(directory: Path | None) -> str | None:
    """Say why nothing can be compared with the server of a directory; None when it can."""
    if directory is None:
        return "no server was given (--reference DIR)"
    absent = [name for name in ("opensips", "modules") if not (directory / name).exists()]
    return f"{directory} holds no {' and no '.join(absent)}" if absent else None


def missing(why: str) -> None:
    """Say for each line why it could not be measured."""
    for measure in MEASURES:
        say_not_measured(_label(measure), why)


def _compare_all(reference: Path, folder: Path, program: Path) -> None:
    modules = reference / "modules"
    with contextlib.ExitStack() as stack:
        teller = stack.enter_context(told())
        servers = (
            stack.enter_context(running(folder / "ours", evtui_command, modules)),
            stack.enter_context(running(folder / "theirs", partial(opensips_command, reference), modules)),
        )
        for server in servers:
            teller.subscribe(server)
        for each in SCRIPTED:
            with contextlib.ExitStack() as receiving:
                _compare(each.measure, scripted(receiving, each, teller, program, servers), servers)
        for ask in ASKING:
            _compare(ask.measure, asking(ask, program), servers)
        on_rabbit(partial(_compare_queued, teller, servers))


def _compare_queued(teller: Told, servers: Sequence[ComparedServer], node: RabbitNode) -> None:
    with rabbit_queue(node) as queue:
        _compare(RABBITMQ, queued(queue, teller, servers), servers)


def _compare(measure: Measure, work: Work, servers: Sequence[ComparedServer]) -> None:
    for server in servers:
        work(server)
    spent = [server.processor_seconds() for server in servers]
    rounds = [tuple(work(server) for server in servers) for _ in range(ROUNDS)]
    spent = [server.processor_seconds() - before for server, before in zip(servers, spent, strict=True)]
    ratios = [ours.rate / theirs.rate for ours, theirs in rounds]
    ours, theirs = (
        _figures([outcomes[index] for outcomes in rounds], spent[index] / ROUNDS) for index in range(len(servers))
    )
    say(_label(measure), ratios, measure.limit, f"{ours}; C {theirs}")


def _figures(outcomes: Sequence[Outcome], processor: float) -> str:
    """Write the median rate of a server, the processor time of a round, and what was lost."""
    rate = statistics.median(outcome.rate for outcome in outcomes)
    lost = [outcome.lost for outcome in outcomes if outcome.lost is not None]
    share = f", {statistics.fmean(lost):.1%} lost" if lost else ""
    return f"{rate:,.0f}/s, {processor * 1e3:,.0f} ms of processor{share}"


def _label(measure: Measure) -> str:
    return f"{measure.label} / the C server"
