"""What the keys of the console do about copies of a row: as JSON, or as what raises it again elsewhere."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from evtui.ui.messages import Notice
from evtui.ui.panes import Pane
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.stream.stream_rows import StreamRow, event_of, params_of

if TYPE_CHECKING:
    from evtui.raising.raise_template import RaiseRequest
    from evtui.ui.forms.raising.pick_dialog import Picked


class RowCopies:
    """Copies the selected row of a screen to the terminal's clipboard and to a new file in a directory."""

    def __init__(self, screen: PaneScreen[Pane], files: Path | None, row: Callable[[], StreamRow | None]) -> None:
        """`row` returns the selected row; without a directory no file is written."""
        self._screen = screen
        self._files = files
        self._row = row

    @property
    def calls(self) -> dict[str, Callable[[], object]]:
        """What each action of the table does."""
        return {"copy": self._copy, "copy_as": self._copy_as}

    def _copy(self) -> None:
        if (row := self._row()) is None:
            self._screen.post_message(Notice("Select a line of the stream to copy it."))
            return
        from evtui.ui.forms.export.row_members import row_json  # on first use

        self._keep(".json", row_json(row))

    def _copy_as(self) -> None:
        row = self._row()
        if row is None or (params := params_of(row)) is None:
            self._screen.post_message(Notice("Select a notification of the stream to copy what raises it."))
            return
        # On first use: the console starts sooner without the dialog.
        from evtui.raising.raise_template import RaiseRequest
        from evtui.ui.forms.raising.copy_choice import copy_dialog

        request = RaiseRequest(event_of(row), params)
        self._screen.console_app.push_screen(copy_dialog(), partial(self._copy_picked, request))

    def _copy_picked(self, request: "RaiseRequest", picked: "Picked | None") -> None:
        from evtui.ui.forms.raising.copy_choice import picked_form

        if (choice := picked_form(picked)) is not None:
            self._keep(".txt", choice.write(request))

    def _keep(self, suffix: str, text: str) -> None:
        from evtui.ui.forms.export.saved_copy import save_copy

        self._screen.console_app.copy_to_clipboard(text)
        if self._files is None:
            self._screen.post_message(Notice("Sent to the terminal's clipboard."))
        else:
            self._screen.run_and_post(partial(save_copy, self._files, suffix, text))
