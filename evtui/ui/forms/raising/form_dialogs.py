"""The dialogs of the raise form: history, templates, many raises, copy, subscribe."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend
from evtui.raising.raise_template import RaiseRequest
from evtui.ui.forms.export.saved_copy import save_copy
from evtui.ui.forms.raising.form_tools import FormTools, draft_of_line
from evtui.ui.forms.raising.raise_draft import RaiseDraft
from evtui.ui.forms.subscribing.subscribe_dialog import SubscribeDialog
from evtui.ui.messages import Notice
from evtui.ui.widgets.workers import start_worker

if TYPE_CHECKING:
    from evtui.raising.template_files import SavedTemplate
    from evtui.ui.forms.raising.pick_dialog import Picked

_Result = TypeVar("_Result")


class DraftPicked(Message):
    """Another draft is to be shown in the form."""

    def __init__(self, draft: RaiseDraft) -> None:
        super().__init__()
        self.draft = draft


class FormDialogs:
    """Opens the dialogs of a form and does what was chosen in them; the form is told by messages."""

    def __init__(
        self, form: Widget, backend: Backend, tools: FormTools, *,
        tell: Callable[[Content], None], subscribed: Callable[[], None],
    ) -> None:  # fmt: skip
        """`tell` shows in the form what was done; `subscribed` is called when a socket was subscribed."""
        self._form = form
        self._backend = backend
        self._tools = tools
        self._tell = tell
        self._subscribed = subscribed

    def open(self, name: str, draft: RaiseDraft, sent: Sequence[RaiseDraft], refusal: str | None) -> None:
        """Open a dialog. `sent` are the drafts of the history, newest first; `refusal` is why nothing may be raised."""
        # On first use, here and below: the console starts sooner without the dialogs.
        from evtui.ui.forms.raising.copy_choice import copy_dialog
        from evtui.ui.forms.raising.pick_dialog import PickDialog, PickLine
        from evtui.ui.forms.raising.run_dialog import RunDialog

        match name:
            case "history":
                lines = [PickLine(each.event, each.line()) for each in sent]
                dialog = PickDialog("Raised before", lines, empty="nothing was raised yet")
                self._ask(dialog, partial(self._take_sent, sent))
            case "templates":
                start_worker(self._form, partial(self._choose_template, draft), "templates")
            case "copy" if problem := _problem(draft):
                self._tell(Content.styled(display_safe(problem, 300), "$warning"))
            case "copy":
                self._ask(copy_dialog(), partial(self._copy, draft))
            case _ if refusal is not None:
                self._tell(Content.styled(display_safe(refusal, 300), "$error"))
            case "many":
                self._ask(RunDialog(self._backend, self._tools, draft), self._tell_run)
            case _:
                self._ask(SubscribeDialog(self._backend, draft.event or None), self._tell_subscribed)

    def _ask(self, dialog: Screen[_Result], done: Callable[[_Result | None], None]) -> None:
        self._form.app.push_screen(dialog, done)  # pyright: ignore[reportUnknownMemberType]

    def _take_sent(self, sent: Sequence[RaiseDraft], picked: "Picked | None") -> None:
        if picked is not None and picked.place is not None:
            self._form.post_message(DraftPicked(sent[picked.place]))

    async def _choose_template(self, draft: RaiseDraft) -> None:
        try:
            found, wrong = await self._tools.read_templates()
        except EvtuiError as error:
            return self._refuse(str(error))
        for each in wrong:
            self._refuse(str(each))
        from evtui.ui.forms.raising.pick_dialog import PickDialog, PickLine

        lines = [PickLine(each.name, f"{each.event} {each.line()}  {each.description}".rstrip()) for each in found]
        empty = "no templates yet: type a name, F5 saves the form under it"
        dialog = PickDialog("Templates", lines, saves=True, empty=empty)
        self._ask(dialog, partial(self._take_template, draft, found))
        return None

    def _take_template(self, draft: RaiseDraft, found: "Sequence[SavedTemplate]", picked: "Picked | None") -> None:
        if picked is None:
            return
        if picked.place is None:
            start_worker(self._form, partial(self._save_template, picked.text, draft), "templates")
            return
        chosen = found[picked.place]
        if (filled := draft_of_line(chosen.event, chosen.line())) is not None:
            self._form.post_message(DraftPicked(filled))

    async def _save_template(self, name: str, draft: RaiseDraft) -> None:
        try:
            if not draft.event:
                return self._refuse("not saved: the form names no event")
            path = await self._tools.save_template(name, draft)
        except EvtuiError as error:
            return self._refuse(f"not saved: {error}")
        return self._tell(Content.styled(display_safe(f"saved as {path}", 300), "$success"))

    def _copy(self, draft: RaiseDraft, picked: "Picked | None") -> None:
        from evtui.raising.copy_forms import shell_command
        from evtui.ui.forms.raising.copy_choice import picked_form

        if (choice := picked_form(picked)) is None:
            return
        if choice.form == "evtui":
            text = shell_command(draft.event, draft.line())
        else:
            text = choice.write(RaiseRequest(draft.event, draft.params(self._tools.sample())))
        self._form.app.copy_to_clipboard(text)  # pyright: ignore[reportUnknownMemberType]
        start_worker(self._form, partial(self._save_copy, text), "copy")

    async def _save_copy(self, text: str) -> None:
        told = Notice("Sent to the terminal's clipboard")
        if self._tools.files.copies is not None:
            told = await save_copy(self._tools.files.copies, ".txt", text)
        self._tell(
            Content.assemble((told.text, "$warning" if told.bad else "$success"), f"\n{display_safe(text, 1000)}")
        )

    def _tell_run(self, told: str | None) -> None:
        if told is not None:
            self._tell(Content(display_safe(told, 400)))

    def _tell_subscribed(self, made: object) -> None:
        if made is not None:
            self._subscribed()

    def _refuse(self, why: str) -> None:
        self._form.post_message(Notice(display_safe(why, 400), bad=True))


def _problem(draft: RaiseDraft) -> str:
    """Say why a draft cannot be raised; empty when it can."""
    if not draft.event:
        return "which event? type its name"
    return next((problem.why for problem in draft.problems()), "")
