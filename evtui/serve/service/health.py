"""The health of this process: whether it can do its work, and if not, why."""

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from evtui.core.clocks import Clocks
from evtui.core.ports import QueueUse, Totals
from evtui.serve.service.loop_lag import RECENT, LoopLag
from evtui.serve.service.viewer_counts import ViewerCounts

LATE: Final = 1.0
"""Seconds: a loop that was later than that is not ready."""

FULL: Final = 0.95
"""The share of `engine.queue_bytes` from which on notifications are about to be dropped."""

Stage: TypeAlias = Literal["starting", "ready", "reloading", "stopping"]

Check: TypeAlias = Callable[[], str]
"""Says what is wrong now; empty when nothing is."""


class HealthReport(Struct, frozen=True):
    """The answer to `/healthz`."""

    alive: bool
    """True: a process whose event loop hangs gives no answer."""
    ready: bool
    """Whether it can do its work: nothing is in `reasons`."""
    stage: Stage
    reasons: tuple[str, ...]
    """Why it is not ready."""
    warnings: tuple[str, ...]
    """What an operator should look at, although it is ready."""
    version: str
    uptime: int
    """Seconds since the start."""


class Health:
    """Knows the stage of this process, and asks its parts what is wrong."""

    def __init__(self, clocks: Clocks, version: str) -> None:
        """`version` is that of the program."""
        self._clocks = clocks
        self._version = version
        self._started = clocks.monotonic()
        self._checks: list[Check] = []
        self._warnings: list[Check] = []
        self.stage: Stage = "starting"
        self.doing = ""
        """What it is about while it starts, as `it loads the script`."""
        self.lag = LoopLag(clocks)
        self.viewers = ViewerCounts()

    def add_check(self, check: Check) -> None:
        """Ask a part of the program too; it is not ready while that says what is wrong."""
        self._checks.append(check)

    def add_warning(self, check: Check) -> None:
        """Ask a part of the program that may be wrong although the program is ready."""
        self._warnings.append(check)

    def begin(self) -> None:
        """Take note that it has started. How late the loop was meanwhile counts no more: no client waited for it."""
        self.stage, self.doing = "ready", ""
        self.lag.forget()

    def report(self) -> HealthReport:
        """Say how this process is now."""
        reasons = (*self._stage_reasons(), *_told(self._checks))
        uptime = int(self._clocks.monotonic() - self._started)
        is_ready = not reasons
        return HealthReport(True, is_ready, self.stage, reasons, _told(self._warnings), self._version, uptime)

    def _stage_reasons(self) -> tuple[str, ...]:
        doing = f": {self.doing}" if self.doing else ""
        reasons = [f"evtui is {self.stage}{doing}"] if self.stage in {"starting", "stopping"} else []
        if (worst := self.lag.worst()) > LATE:
            reasons.append(f"the event loop was {worst:.1f} s late within the last {RECENT:g} s")
        return tuple(reasons)


def status_line(report: HealthReport, totals: Totals) -> str:
    """Say in one line how a process is, as `systemctl status` shows it."""
    if not report.ready:
        return f"not ready: {'; '.join(report.reasons)}"
    told = f"{totals.subscriptions:,} subscriptions, {totals.raised:,} raised, {totals.queued:,} wait"
    return f"{told}; {'; '.join(report.warnings)}" if report.warnings else told


def check_queues(use: QueueUse) -> str:
    """Say that all queues together are about to be full."""
    if use.limit and use.bytes >= FULL * use.limit:
        return f"the queues hold {100 * use.bytes // use.limit} % of the {use.limit:,} bytes of engine.queue_bytes"
    return ""


def _told(checks: list[Check]) -> tuple[str, ...]:
    return tuple(told for check in checks if (told := check()))
