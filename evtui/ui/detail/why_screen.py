"""The timeline of one socket on one event: why it got the event, or why it did not."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from evtui.codecs.display_text import display_safe
from evtui.core.delivery_report import DeliveryReport
from evtui.ui.detail.report_lines import step_line
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.text.cells import Role
from evtui.ui.text.figures import clock_time
from evtui.ui.widgets.form_keys import WHY_KEYS, bindings

_COLOURS: Mapping[Role, str] = MappingProxyType(
    {"dim": "$foreground 60%", "bad": "$error", "good": "$success", "wait": "$warning", "accent": "$accent"}
)


class WhyScreen(ModalScreen[None], DismissedOnce[None]):
    """Shows a report of deliveries."""

    SUBJECT = "Why"
    HELP_KEYS = WHY_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(WHY_KEYS)]

    def __init__(self, report: DeliveryReport) -> None:
        super().__init__()
        self._report = report

    def compose(self) -> ComposeResult:
        """Lay out the answer, what to do, and the steps."""
        report = self._report
        with VerticalScroll(id="help") as box:
            box.border_title = Content.styled(f"Why · {display_safe(report.event, 64)}", "bold")
            box.border_subtitle = "esc closes"
            yield Static(Content(display_safe(report.socket or "no socket", 200)), classes="group")
            yield Static(Content(display_safe(report.answer, 400)))
            if report.advice:
                yield Static(Content.assemble(("What to do: ", "bold"), display_safe(report.advice, 400)))
            if report.steps:
                yield Static(Content.styled("Timeline", "bold $accent"), classes="group")
            for step in report.steps:
                yield Static(Content.assemble(*((text, _COLOURS.get(role, "")) for role, text in step_line(step))))
                if step.advice:
                    yield Static(Content(f"→ {display_safe(step.advice, 300)}"), classes="advice")
            if report.since is not None:
                note = f"Raises are remembered since {clock_time(report.since)}."
                yield Static(Content.styled(note, "$foreground 60%"), classes="group")

    def action_scroll(self, step: int) -> None:
        """Scroll a line."""
        self.query_one("#help").scroll_relative(y=step, animate=False)
