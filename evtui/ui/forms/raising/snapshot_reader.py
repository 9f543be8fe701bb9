"""The questions of a form to its backend, one at a time, for the event that the form shows."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from textual.widget import Widget
from textual.worker import Worker

from evtui.core.ports import Backend
from evtui.ui.forms.raising.raise_fields import RaisePage
from evtui.ui.state.backend_snapshot import BackendSnapshot, take_snapshot
from evtui.ui.widgets.workers import start_worker

ShowSnapshot: TypeAlias = Callable[[str, BackendSnapshot], Awaitable[None]]
"""Show what the backend answered about an event."""


class SnapshotReader:
    """Asks the backend for its catalogue and for the subscribers of the form's event."""

    def __init__(self, form: Widget, backend: Backend, page: Callable[[], RaisePage], show: ShowSnapshot) -> None:
        """`page` returns what the form shows now."""
        self._form = form
        self._backend = backend
        self._page = page
        self._show = show
        self._worker: Worker[None] | None = None
        self._asked_for = ""
        """The event that the backend was last asked about."""
        self._ask_again = False

    @property
    def is_asking(self) -> bool:
        """Say whether a question has no answer yet."""
        return self._worker is not None and not self._worker.is_finished

    def refresh(self) -> None:
        """Ask again.

        A question about the same event that has no answer yet is not given up, or a slow backend would never be heard.
        """
        if self.is_asking and self._asked_for == self._page().draft.event:
            self._ask_again = True
        else:
            self._worker = start_worker(self._form, self._ask, "snapshot", restart=True)

    async def _ask(self) -> None:
        self._ask_again = True
        while self._ask_again:
            self._ask_again = False
            page = self._page()
            self._asked_for = event = page.draft.event
            # Not shown by this worker: it is cancelled at any await, and rows that were half filled would stay so.
            self._form.call_later(self._show, event, await take_snapshot(self._backend, event, page.backend))
