"""The dialog that writes rows of the stream to a file: which rows, in which form, where."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from anyio import to_thread
from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static
from textual.worker import Worker

from evtui.codecs.display_text import display_safe
from evtui.core.ports import Clock
from evtui.ui.forms.export.export_draft import FORMATS, PathCheck, RowChoice, check_path, proposed_name, with_format
from evtui.ui.forms.export.export_rows import ExportFormat, export_rows
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.text.figures import count
from evtui.ui.text.path_text import path_text
from evtui.ui.widgets.choice import ChoiceField
from evtui.ui.widgets.form_keys import EXPORT_KEYS, FIELD_KEYS, bindings
from evtui.ui.widgets.path_field import PathField
from evtui.ui.widgets.static_text import update_static
from evtui.ui.widgets.workers import finish_workers, start_worker


class ExportDialog(ModalScreen[str | None], DismissedOnce[str | None]):
    """Closes with what was written, in words, or with None when nothing was."""

    SUBJECT = "Export"
    HELP_KEYS = (*EXPORT_KEYS, *FIELD_KEYS[1:])
    AUTO_FOCUS = "#path"
    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority: they act before the keys that are typed next are given to the field that has the cursor.
        *(replace(binding, priority=True) for binding in bindings(EXPORT_KEYS)),
        Binding("shift+tab", "next_field(-1)", "previous field", show=False, priority=True),
    ]

    def __init__(self, choices: Sequence[RowChoice], directory: Path, wall: Clock, *, only_there: bool) -> None:
        """`choices` are the rows that can be chosen, `directory` is where the proposed path leads.

        `only_there` refuses every other directory.
        """
        super().__init__()
        self._choices = {choice.word: choice for choice in choices}
        self._choice = choices[0]
        self._directory = directory
        self._only_there = only_there
        self._now = wall()
        self._format: ExportFormat = "jsonl"
        self._proposed = ""
        self._may_replace: Path | None = None
        """The file that a person was asked about."""
        self._writing: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the fields."""
        self._proposed = self._propose()
        with VerticalScroll(classes="sheet", can_focus=False) as sheet:
            sheet.border_title = "Export"
            with Horizontal(classes="field"):
                yield Label("Rows", classes="label")
                yield ChoiceField(tuple(self._choices), self._choice.word, id="rows")
            yield Static("", id="rows-note", classes="note", markup=False)
            with Horizontal(classes="field"):
                yield Label("Format", classes="label")
                yield ChoiceField(FORMATS, self._format, id="format")
            yield Static("", id="format-note", classes="note", markup=False)
            with Horizontal(classes="field"):
                yield Label("File", classes="label")
                yield PathField(self._proposed, id="path")
            yield Static("", id="path-note", classes="note", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Write  enter", id="submit", variant="primary", compact=True)
                yield Button("Cancel  esc", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Say what the fields mean."""
        self._tell()

    async def on_unmount(self) -> None:
        """Wait until a file that is being written is removed."""
        await finish_workers(self)

    @property
    def is_busy(self) -> bool:
        """Say whether the file is being written: when it is, the dialog closes."""
        return self._writing is not None

    # What the keys do

    def action_submit(self) -> None:
        """Write the file; ask first when there is one of its name."""
        if isinstance(self.focused, Button):
            raise SkipAction
        if self._writing is not None:
            return
        checked = self._check()
        if checked.wrong:
            self._note("path", checked.wrong, wrong=True)
        elif checked.exists and self._may_replace != checked.path:
            self._may_replace = checked.path
            self._note("path", "there is such a file: enter again replaces it", wrong=True)
        else:
            self._begin(checked)

    def action_cancel(self) -> None:
        """Stop writing, or close."""
        if self._writing is None:
            self.dismiss(None)
        else:
            self._writing.cancel()

    async def action_next_field(self, step: int) -> None:
        """Complete a directory of the path, or go to another field."""
        if step > 0 and self._field.has_focus and await self._field.complete():
            return
        if step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    @on(Button.Pressed, "#submit")
    def _submitted(self) -> None:
        self.set_focus(self.query_one("#path"))
        self.action_submit()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_cancel()

    @on(ChoiceField.Changed, "#rows")
    def _rows_chosen(self, event: ChoiceField.Changed) -> None:
        self._choice = self._choices[event.value]
        self._propose_again()

    @on(ChoiceField.Changed, "#format")
    def _format_chosen(self, event: ChoiceField.Changed) -> None:
        self._format = next(form for form in FORMATS if form == event.value)
        self._field.show_path(with_format(self._field.path, self._format))
        self._propose_again()

    @on(Input.Changed, "#path")
    def _typed(self) -> None:
        if self._may_replace is None or self._check().path != self._may_replace:
            self._may_replace = None
            self._tell()

    # What the fields say

    @property
    def _field(self) -> PathField:
        return self.query_one("#path", PathField)

    def _tell(self) -> None:
        self._note("rows", self._choice.told())
        self._note("format", _FORMS[self._format])
        checked = self._check()
        if checked.wrong:
            self._note("path", checked.wrong, wrong=True)
        elif checked.exists:
            self._note("path", "there is such a file; you will be asked before it is replaced")
        else:
            self._note("path", "tab completes directories")

    def _note(self, field: str, text: str, *, wrong: bool = False) -> None:
        line = self.query_one(f"#{field}-note", Static)
        update_static(line, Content.styled(display_safe(text, 300), "$error" if wrong else "$foreground 60%"))
        self.query_one(f"#{field}").set_class(wrong, "wrong")

    def _check(self) -> PathCheck:
        return check_path(self._field.path, self._directory, only_own=self._only_there)

    def _propose(self) -> str:
        return str(self._directory / proposed_name(self._choice, self._format, self._now))

    def _propose_again(self) -> None:
        """Propose a path for another choice, unless a person has written one."""
        before, self._proposed = with_format(self._proposed, self._format), self._propose()
        if self._field.path == before:
            self._field.show_path(self._proposed)
        self._tell()

    # Writing

    def _begin(self, checked: PathCheck) -> None:
        self._note("path", "writing …")
        self._writing = start_worker(self, partial(self._write, checked.path, replace=checked.exists), "export")

    async def _write(self, path: Path, *, replace: bool) -> None:
        rows = self._choice.rows
        try:
            if path.parent == self._directory:
                await to_thread.run_sync(partial(path.parent.mkdir, mode=0o700, parents=True, exist_ok=True))
            await export_rows(rows, path, self._format, replace=replace, progress=self._show_progress)
        except OSError as error:
            self._note("path", f"not written: {error.strerror or error}", wrong=True)
        except BaseException:
            if self.is_current:
                self._note("path", "not written: it was stopped")
            raise
        else:
            self.dismiss(f"{count(len(rows))} row{'s' * (len(rows) != 1)} written to {path_text(path)}.")
        finally:
            self._writing = None

    def _show_progress(self, written: int) -> None:
        self._note("path", f"writing: {count(written)} of {count(len(self._choice.rows))} rows; esc stops it")


_FORMS: Mapping[ExportFormat, str] = MappingProxyType(
    {
        "jsonl": "one JSON object a line",
        "csv": "a table for a spreadsheet: a column for each attribute",
    }
)
