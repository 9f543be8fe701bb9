"""The rows of attributes and values of a raise: an editor for each, and an empty one for the next."""

from collections.abc import Mapping
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from evtui.codecs.display_text import display_safe
from evtui.codecs.quickline import escape_name, unescape_name
from evtui.ui.forms.raising.focus import holds_focus
from evtui.ui.forms.raising.raise_draft import BLANK, DraftProblem, ParameterRow, RaiseDraft, ValueKind
from evtui.ui.widgets.choice import ChoiceField
from evtui.ui.widgets.safe_input import SafeInput
from evtui.ui.widgets.static_text import update_static

MAX_ROWS: Final = 60
"""Rows with an editor. Further rows are counted and sent too; they can be edited in the quick line."""


class RemoveMark(Static):
    """The cross at the end of a row; a click removes the row."""

    class Clicked(Message):
        """It was clicked."""

    def on_click(self, event: Click) -> None:
        """Tell that the row is to be removed."""
        event.stop()
        self.post_message(self.Clicked())


class RowEditor(Horizontal):
    """One row: name, kind, value. It tells edits and shows what it is given back."""

    class Edited(Message):
        """The row was edited; `take` is called before the draft with the edit is shown."""

        def __init__(self, editor: "RowEditor", row: ParameterRow) -> None:
            super().__init__()
            self.place = editor.place
            self.row = row
            self._editor = editor

        def take(self) -> None:
            """Say that the edit is in the draft."""
            self._editor.untaken -= 1

    class Removed(Message):
        """The row is to be removed."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, place: int, row: ParameterRow) -> None:
        super().__init__()
        self.place = place
        self._row = row
        self.untaken = 0
        """Edits that were told and are not in the draft yet: a draft without them must not replace what was typed."""
        # Kept, not looked for: each key asks the cells of all rows.
        self._name_cell = SafeInput(escape_name(row.name), compact=True, classes="name", placeholder="attribute")
        self._kind_cell = ChoiceField(tuple(ValueKind), row.kind, classes="kind")
        self._value_cell = SafeInput(row.text, compact=True, classes="value", placeholder="value")

    def compose(self) -> ComposeResult:
        """Lay out the cells."""
        yield self._name_cell
        yield self._kind_cell
        yield self._value_cell
        yield RemoveMark("✕", classes="remove", markup=False)

    @property
    def row(self) -> ParameterRow:
        """The row as it stands in the cells now."""
        return ParameterRow(
            unescape_name(self._name_cell.value), ValueKind(self._kind_cell.value), self._value_cell.value
        )

    @property
    def is_whole(self) -> bool:
        """Say whether the cells are there: they are added after the row, and removed before it."""
        return self._name_cell.is_attached and self._kind_cell.is_attached and self._value_cell.is_attached

    def show(self, row: ParameterRow, problems: Mapping[str, str], hint: str, *, named: bool) -> None:
        """Show a row. Cells that need no change keep their cursor; an edit that is not told yet is kept."""
        if self.untaken or self.row != self._row:
            return
        self._row = row
        name, kind, value = self._name_cell, self._kind_cell, self._value_cell
        for field, text in ((name, escape_name(row.name)), (value, row.text)):
            if field.value != text:
                with field.prevent(Input.Changed):
                    field.value = text
        kind.value = row.kind
        name.display = named
        value.disabled = row.kind is ValueKind.NULL
        value.placeholder = "" if row.kind is ValueKind.NULL else hint
        name.set_class("name" in problems, "wrong")
        value.set_class("value" in problems, "wrong")
        self.set_class(row.blank, "blank")

    def focus_cell(self, cell: str) -> None:
        """Go to the cell `name`, `kind` or `value`, or to another when that cell takes no text now.

        A key may come before the cells are there: then it moves nothing.
        """
        if not self.is_whole:
            return
        name, kind, value = self._name_cell, self._kind_cell, self._value_cell
        wanted: Mapping[str, tuple[Widget, ...]] = {
            "name": (name, value, kind),
            "kind": (kind,),
            "value": (value, kind),
        }
        # At once: `Widget.focus` would let the keys that are typed next go to the old field.
        self.screen.set_focus(next(target for target in wanted[cell] if target.focusable))

    def focused_cell(self) -> str:
        """Name the cell that has the focus."""
        return "name" if holds_focus(self._name_cell) else "kind" if holds_focus(self._kind_cell) else "value"

    @on(Input.Changed)
    @on(ChoiceField.Changed)
    def _edited(self, event: Input.Changed | ChoiceField.Changed) -> None:
        event.stop()
        row = self.row
        if row != self._row:
            self._row = row
            self.untaken += 1
            self.post_message(self.Edited(self, row))

    @on(RemoveMark.Clicked)
    def _remove(self, event: RemoveMark.Clicked) -> None:
        event.stop()
        self.post_message(self.Removed(self.place))


class RowList(VerticalScroll, can_focus=False):
    """All rows of a draft and an empty one; up and down go to the same cell of the neighbouring row."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "walk(-1)", "row above", show=False, priority=True),
        Binding("down", "walk(1)", "row below", show=False, priority=True),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._more = Static("", classes="more", markup=False)

    def compose(self) -> ComposeResult:
        """Lay out the line that counts the rows without an editor."""
        yield self._more

    async def show(self, draft: RaiseDraft, problems: tuple[DraftProblem, ...], hints: Mapping[str, str]) -> None:
        """Show a draft. The editors are used again, so that the cursor stays where it is."""
        rows = (*draft.rows, BLANK)[:MAX_ROWS]
        editors = self.editors()
        if len(editors) > len(rows):
            await self.remove_children(editors[len(rows) :])
        elif len(editors) < len(rows):
            new = [RowEditor(place, rows[place]) for place in range(len(editors), len(rows))]
            await self.mount(*new, before=self._more)
        rest = len(draft.rows) - len(rows)
        self._more.display = rest > 0
        update_static(self._more, Content(f"… and {rest:,} more: they are sent too; the line below has all"))
        wrong: dict[int, dict[str, str]] = {}
        for problem in problems:
            wrong.setdefault(problem.row, {})[problem.cell] = problem.why
        # Not strict: while the app closes, editors are removed during the awaits above.
        for editor, row in zip(self.editors(), rows, strict=False):
            if not editor.is_whole:
                return
            hint = display_safe(hints.get(row.name, ""), 120) or "value"
            editor.show(row, wrong.get(editor.place, {}), hint, named=draft.named)

    def rows(self) -> tuple[ParameterRow, ...]:
        """Read the rows that are shown as they stand in the cells now."""
        rows = tuple(editor.row for editor in self.editors() if editor.is_whole)
        return rows[:-1] if rows and rows[-1].blank else rows

    def editors(self) -> list[RowEditor]:
        """List the editors from top to bottom."""
        return list(self.query_children(RowEditor))

    def current(self) -> RowEditor | None:
        """Return the editor that has the focus."""
        return next((editor for editor in self.editors() if holds_focus(editor)), None)

    def focus_cell(self, place: int, cell: str) -> None:
        """Go to a cell of the row at the place, the last row if there are fewer."""
        editors = self.editors()
        editors[min(place, len(editors) - 1)].focus_cell(cell)

    def action_walk(self, step: int) -> None:
        """Go to the same cell of a neighbouring row."""
        editor = self.current()
        if editor is None:
            return
        target = editor.place + step
        if 0 <= target < len(self.editors()):
            self.focus_cell(target, editor.focused_cell())
