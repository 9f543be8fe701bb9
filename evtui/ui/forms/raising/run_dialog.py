"""The dialog that raises many times: the form's raise again and again, or the rows of a file, with progress."""

from functools import partial
from pathlib import Path
from typing import ClassVar

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static
from textual.worker import Worker

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend
from evtui.raising.raise_file import file_steps
from evtui.raising.raise_run import Pace, RaiseCounts, repeated, run_raises
from evtui.ui.forms.raising.form_tools import FormTools
from evtui.ui.forms.raising.raise_draft import RaiseDraft
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.widgets.form_keys import FIELD_KEYS, RUN_KEYS, bindings
from evtui.ui.widgets.path_field import PathField
from evtui.ui.widgets.safe_input import SafeInput
from evtui.ui.widgets.static_text import update_static
from evtui.ui.widgets.workers import finish_workers, start_worker

MAX_TIMES = 10_000_000
SHOW_SECONDS = 0.25
"""Between two updates of the progress."""


class RunPlan(Struct, frozen=True):
    """What the fields ask for."""

    times: int
    rate: float | None
    path: Path | None


class BadField(Exception):  # noqa: N818 - becomes a note, never an error of evtui
    """A field is wrong: its id and why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


def read_plan(times: str, rate: str, path: str) -> RunPlan:
    """Read the fields.

    raises BadField.
    """
    number = times.strip().replace(",", "")
    if not path.strip() and not (number.isdecimal() and len(number) < 10 and 1 <= int(number) <= MAX_TIMES):
        raise BadField("times", f"a whole number from 1 to {MAX_TIMES:,}")
    try:
        limit = float(rate) if rate.strip() else None
    except ValueError:
        limit = 0.0
    if limit is not None and not 0 < limit < 1e6:
        raise BadField("rate", "raises a second, more than 0; empty is as fast as they are accepted")
    return RunPlan(
        int(number) if number.isdecimal() and len(number) < 10 else 1,
        limit,
        Path(path.strip()).expanduser() if path.strip() else None,
    )


class RunDialog(ModalScreen[str | None], DismissedOnce[str | None]):
    """Closes with a sentence on what was raised, or None when nothing was."""

    SUBJECT = "Raise many times"
    HELP_KEYS = (*RUN_KEYS, *FIELD_KEYS)
    AUTO_FOCUS = "#times"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(RUN_KEYS),
        Binding("tab", "next_field", "next field", show=False, priority=True),
        Binding("down", "app.focus_next", "next field", show=False, priority=True),
        Binding("shift+tab,up", "app.focus_previous", "previous field", show=False, priority=True),
        Binding("enter", "enter", "start", show=False, priority=True),
    ]

    def __init__(self, backend: Backend, tools: FormTools, draft: RaiseDraft) -> None:
        super().__init__()
        self._backend = backend
        self._tools = tools
        self._draft = draft
        self._counts = RaiseCounts()
        self._run_worker: Worker[None] | None = None
        self._is_over = False
        self._was_cancelled = False

    def compose(self) -> ComposeResult:
        """Lay out the fields, the progress and the buttons."""
        with VerticalScroll(id="run", can_focus=False) as box:
            box.border_title = f"Raise many times · {display_safe(self._draft.event, 64) or 'from a file'}"
            for name, label, value, hint in (
                ("times", "Times", "100", ""), ("rate", "Rate", "", "raises a second; empty: as fast as accepted"),
            ):  # fmt: skip
                with Horizontal(classes="field"):
                    yield Label(label, classes="label")
                    yield SafeInput(value, id=name, compact=True, placeholder=hint)
            with Horizontal(classes="field"):
                yield Label("File", classes="label")
                hint = "CSV or JSONL: a raise for each row, instead of the form's"
                field = PathField(id="file", files=True, placeholder=hint)
                if not self._tools.files.reads_rows:
                    field.disabled, field.placeholder = True, "no files of the server's host are read"
                yield field
            yield Static("", id="run-note", classes="note", markup=False)
            yield Static("", id="run-problems", classes="note", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Start  enter", id="start", variant="primary", compact=True)
                yield Button("Close  esc", id="close", compact=True)

    def on_mount(self) -> None:
        """Begin to show the progress."""
        self.set_interval(SHOW_SECONDS, self._show_progress)

    async def on_unmount(self) -> None:
        """Wait until the run has ended."""
        await finish_workers(self)

    @property
    def is_raising(self) -> bool:
        """Say whether raises are under way."""
        return self._run_worker is not None and not self._run_worker.is_finished

    async def action_next_field(self) -> None:
        """Complete the path of the file, or go to the next field."""
        field = self.query_one(PathField)
        if not (field.has_focus and await field.complete()):
            self.focus_next()

    def action_enter(self) -> None:
        """Start, or close when the run is over; a button handles the key as what it says."""
        if isinstance(self.focused, Button) and self.focused.id == "close":
            self.action_cancel()
        elif self._is_over:
            self._close()
        else:
            self.action_start()

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Start the run, unless a field is wrong."""
        if self.is_raising or self._is_over:
            return None
        times, rate = (self.query_one(f"#{name}", Input).value for name in ("times", "rate"))
        try:
            plan = read_plan(times, rate, self.query_one(PathField).path)
        except BadField as bad:
            self.set_focus(self.query_one(f"#{bad.field}"))
            return self._tell(str(bad), "$error")
        problem = "" if plan.path is not None else self._missing()
        if problem:
            return self._tell(problem, "$error")
        self._counts = RaiseCounts(None if plan.path else plan.times)
        self._run_worker = start_worker(self, partial(self._run, plan), "run")
        return None

    @on(Button.Pressed, "#close")
    def action_cancel(self) -> None:
        """End the run, or close the dialog."""
        if self.is_raising and self._run_worker is not None:
            self._was_cancelled = True
            self._run_worker.cancel()
        else:
            self._close()

    def _close(self) -> None:
        self.dismiss(self._summary() if self._counts.done or self._counts.stopped else None)

    def _missing(self) -> str:
        if not self._draft.event:
            return "the form names no event"
        return next((problem.why for problem in self._draft.problems()), "")

    async def _run(self, plan: RunPlan) -> None:
        try:
            pace = Pace(plan.rate, self._tools.monotonic, self._tools.sleep)
            if plan.path is None:
                steps = repeated(self._draft.template(), plan.times, self._tools.wall, self._tools.pick)
            else:
                steps = file_steps(plan.path, self._draft.event or None)
            await run_raises(steps, self._backend.raise_event, self._counts, pace)
        except EvtuiError as error:
            self._counts.stopped = str(error)
        finally:
            self._is_over = True

    def _show_progress(self) -> None:
        if self._run_worker is None or not self.is_attached:
            return
        if self._is_over:
            self._tell(self._summary(), "$success" if self._counts.is_good else "$warning")
            self.query_one("#start").display = False
        else:
            self._tell(f"{self._counts.summary()} …  esc ends it", "$accent")
        problems = "\n".join(display_safe(problem, 300) for problem in self._counts.problems[:5])
        line = self.query_one("#run-problems", Static)
        line.display = bool(problems)
        update_static(line, Content.styled(problems, "$error"))

    def _summary(self) -> str:
        return self._counts.summary(was_cancelled=self._was_cancelled)

    def _tell(self, text: str, colour: str) -> None:
        update_static(self.query_one("#run-note", Static), Content.styled(display_safe(text, 400), colour))
