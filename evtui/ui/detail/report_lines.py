"""A step of a timeline as a line, for the detail and for the window that says why."""

from collections.abc import Mapping
from types import MappingProxyType

from evtui.codecs.display_text import display_safe
from evtui.core.delivery_report import ReportStep, StepKind
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.figures import clock_time, count

_ROLES: Mapping[StepKind, Role] = MappingProxyType(
    {"missed": "bad", "delivered": "good", "waiting": "wait", "not told": "wait"}
)


def step_line(step: ReportStep) -> Cells:
    """Write when it was, what happened, how often in a row, and why."""
    times = f" {count(step.count)} times" if step.count > 1 else ""
    return [
        ("dim", clock_time(step.at)[:8] + " "),
        (_ROLES.get(step.kind, "accent"), step.kind + times),
        ("text", f": {display_safe(step.cause, 300)}"),
    ]
