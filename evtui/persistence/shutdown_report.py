"""What is reported when evtui stops: what each destination did not get, and what the spool keeps for the next start."""

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


def print_undelivered(engine: Engine, print_error: Callable[[str], None]) -> None:
    """Print a line for each destination of a closed engine that did not get everything."""
    for line in undelivered_lines(engine.undelivered):
        print_error(f"evtui: {line}")


def log_undelivered(engine: Engine) -> None:
    """Log the same lines."""
    for line in undelivered_lines(engine.undelivered):
        _log.warning("%s", line)


def undelivered_lines(undelivered: Sequence[Undelivered]) -> Iterator[str]:
    """Write a line for each of the ten worst destinations, and one for the rest."""
    worst = sorted(undelivered, key=lambda each: (-each.lost, -each.kept))
    for each in worst[:MAX_LINES]:
        yield f"{redact_text(display_safe(str(each.socket)))}: {_counts(each.lost, each.kept)}"
    if rest := worst[MAX_LINES:]:
        lost, kept = sum(each.lost for each in rest), sum(each.kept for each in rest)
        yield f"and {len(rest):,} more: {_counts(lost, kept)}"


def _counts(lost: int, kept: int) -> str:
    parts = [f"{_notifications(lost)} not delivered"] if lost else []
    if kept:
        parts.append(f"{_notifications(kept)} {'waits' if kept == 1 else 'wait'} in the spool for the next start")
    return ", ".join(parts)


def _notifications(number: int) -> str:
    return "1 notification" if number == 1 else f"{number:,} notifications"
