"""What the raise form keeps and shares: the history of raises and the templates, in files that are used in threads."""

from pathlib import Path

import anyio
from anyio import to_thread
from msgspec import Struct

from evtui.codecs.quickline import written_line
from evtui.core.clocks import Sleep
from evtui.core.errors import BadParamsError, UnsupportedError
from evtui.core.ports import Clock
from evtui.raising.placeholders import Pick, Sample
from evtui.raising.raise_history import HistoryError, RaiseHistory, SentRaise
from evtui.raising.random_pick import pick
from evtui.raising.template_files import BadTemplateError, SavedTemplate, TemplateFolder
from evtui.ui.forms.raising.raise_draft import RaiseDraft


class RaiseFiles(Struct, frozen=True):
    """The files of a raise form; without them it keeps raises for this run only, and has no templates."""

    history: RaiseHistory | None = None
    templates: TemplateFolder | None = None
    copies: Path | None = None
    """The directory for copies."""
    reads_rows: bool = True
    """Whether a file may be named whose rows are raised."""


class FormTools:
    """The clocks, the random numbers and the files of a raise form. `wall` and `monotonic` tell seconds."""

    def __init__(self, wall: Clock, monotonic: Clock, sleep: Sleep = anyio.sleep, pick: Pick = pick) -> None:
        self.wall = wall
        self.monotonic = monotonic
        self.sleep = sleep
        self.pick = pick
        self.files = RaiseFiles()

    def sample(self) -> Sample:
        """Return what a single raise puts in the place of placeholders."""
        return Sample(1, self.wall(), self.pick)

    async def read_history(self) -> tuple[tuple[RaiseDraft, ...], str]:
        """Read the drafts that were sent in earlier runs, oldest first, and what was wrong with their file."""
        if self.files.history is None:
            return (), ""
        try:
            kept = await to_thread.run_sync(self.files.history.read)
        except HistoryError as error:
            return (), str(error)
        drafts = (draft_of_line(sent.event, sent.line) for sent in kept.raises)
        return tuple(draft for draft in drafts if draft is not None), kept.damage

    async def keep(self, draft: RaiseDraft) -> str:
        """Write a draft that was sent into the history; returns why it could not be written, or nothing."""
        if self.files.history is None:
            return ""
        try:
            await to_thread.run_sync(self.files.history.add, SentRaise(draft.event, draft.line(), self.wall()))
        except HistoryError as error:
            return str(error)
        return ""

    async def read_templates(self) -> tuple[tuple[SavedTemplate, ...], tuple[BadTemplateError, ...]]:
        """Read all templates, and say what is wrong with those that cannot be read.

        raises BadTemplateError: the folder cannot be read.
        """
        return ((), ()) if self.files.templates is None else await to_thread.run_sync(self.files.templates.load_all)

    async def save_template(self, name: str, draft: RaiseDraft) -> Path:
        """Save a draft under a name, in the place of a template of that name, and return the path of its file.

        raises BadTemplateError. BadWordError: the draft cannot be raised.
        """
        folder = self.files.templates
        if folder is None:
            raise UnsupportedError("templates cannot be saved here")
        draft.template()
        words = tuple(head + value for head, value in (pair.parts() for pair in written_line(draft.line())))
        saved = SavedTemplate(name, draft.event, words)
        return await to_thread.run_sync(lambda: folder.save(saved, replace=True))


def draft_of_line(event: str, line: str) -> RaiseDraft | None:
    """Make a draft of an event and a quick line; None when the line cannot be read."""
    try:
        return RaiseDraft(event).with_line(line)
    except BadParamsError:
        return None
