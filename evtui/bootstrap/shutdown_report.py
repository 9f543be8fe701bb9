"""What is said on leaving: which destinations did not get everything, and what waits for the next start."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from evtui.codecs.display_text import display_safe
from evtui.core.redact import redact_text
from evtui.engine.engine import Engine
from evtui.engine.outbox.outboxes import Undelivered

MAX_LINES: Final = 10
"""Destinations that are named; those that lost most come first."""

_log = logging.getLogger(__name__)


def tell_leftovers(engine: Engine, complain: Callable[[str], None]) -> None:
    """Say a line for each destination of a closed engine that something was lost or waits for."""
    for line in leaving_lines(engine.leftovers):
        complain(f"evtui: {line}")


def log_leftovers(engine: Engine) -> None:
    """Log the same lines."""
    for line in leaving_lines(engine.leftovers):
        _log.warning("%s", line)


def leaving_lines(leftovers: Sequence[Undelivered]) -> Iterator[str]:
    """Write the lines, ten at most and one about the rest."""
    worst = sorted(leftovers, key=lambda each: (-each.lost, -each.kept))
    for each in worst[:MAX_LINES]:
        yield f"{redact_text(display_safe(str(each.socket)))}: {_fate(each.lost, each.kept)}"
    if rest := worst[MAX_LINES:]:
        lost, kept = sum(each.lost for each in rest), sum(each.kept for each in rest)
        yield f"and {len(rest)} more: {_fate(lost, kept)}"


def _fate(lost: int, kept: int) -> str:
    said = [f"{_count(lost)} not delivered"] if lost else []
    if kept:
        said.append(f"{_count(kept)} {'waits' if kept == 1 else 'wait'} in the spool for the next start")
    return ", ".join(said)


def _count(number: int) -> str:
    return "1 notification" if number == 1 else f"{number:,} notifications"
