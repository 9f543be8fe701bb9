"""The list of watch rules: each can be switched off, changed, saved under a name, and removed."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from anyio import to_thread
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from evtui.codecs.display_text import display_safe
from evtui.core.ports import Clock
from evtui.filters.rules.rule_set import MAX_RULES, WatchedRule
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.stream.filters.saved_filters import SavedFilters, SavedFiltersError
from evtui.ui.stream.rules.rule_alerts import RuleAlerts
from evtui.ui.stream.rules.rule_lines import RuleLines
from evtui.ui.stream.rules.rule_typing import RuleTyping
from evtui.ui.text.figures import count
from evtui.ui.widgets.folded_text import KeyHints
from evtui.ui.widgets.form_keys import RULE_KEYS, bindings
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.prompt import Prompt
from evtui.ui.widgets.role_style import ROLE_CLASSES
from evtui.ui.widgets.workers import WorkerFunction, finish_workers, is_working, start_worker

REFRESH_SECONDS = 0.5


class RulesScreen(ModalScreen[None], DismissedOnce[None]):
    """Lists the watch rules."""

    SUBJECT = "Watch rules"
    HELP_KEYS = RULE_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(RULE_KEYS)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {*ROLE_CLASSES}

    def __init__(
        self, alerts: RuleAlerts, typing: RuleTyping, saved: SavedFilters, monotonic: Clock, proposed: str
    ) -> None:
        """`proposed` is the text that a new rule begins with."""
        super().__init__()
        self._alerts = alerts
        self._typing = typing
        self._saved = saved
        self._monotonic = monotonic
        self._proposed = proposed
        self._edited: WatchedRule | None = None
        """The rule that is changed or saved; None while one is added."""
        self._lines = RuleLines(lambda: alerts.rules)
        self.list = LineList(self._lines, id="filter-list")

    def compose(self) -> ComposeResult:
        """Lay out the list, the line to type into, what was done, and the keys."""
        with Vertical(id="filters") as box:
            box.border_title = "Watch rules"
            box.border_subtitle = "esc closes"
            yield self.list
            yield Prompt()
            yield Static("", id="filters-told", markup=False)
            yield KeyHints(RULE_KEYS, id="filters-keys")

    def on_mount(self) -> None:
        """Read which rules are saved, and keep the states as they are."""
        self._alerts.unseen = 0
        self.list.add_class("-active")
        self.set_focus(self.list)
        self._run(self._read_saved)
        self.set_interval(REFRESH_SECONDS, self._show)

    async def on_unmount(self) -> None:
        """Wait until what was begun is done."""
        self._alerts.unseen = 0
        await finish_workers(self)

    @property
    def is_busy(self) -> bool:
        """Say whether something is being saved or read: the keys behind wait, as closing would cancel it."""
        return is_working(self)

    # Keys

    def action_switch(self) -> None:
        """Switch the rule off, or on again."""
        if (rule := self._entry()) is not None:
            self._alerts.rules.switch(rule.name, self._monotonic())
            self.list.redraw()

    def action_add(self) -> None:
        """Ask for one more rule."""
        self._edited = None
        self.query_one(Prompt).ask("rule", self._proposed, self._typing)

    @on(LineList.Opened)
    def change(self) -> None:
        """Change the rule of the line."""
        self._edited = self._entry()
        if self._edited is not None:
            self.query_one(Prompt).ask("rule", self._edited.rule.text, self._typing)

    def action_remove(self) -> None:
        """Remove the rule, also from the file; one of the configuration is switched off."""
        rule = self._entry()
        if rule is None:
            return
        saved = self._lines.saved.get(rule.name)
        if saved is not None and saved.is_configured:
            self._tell(f"{rule.name} stands in the configuration: remove it there, or switch it off here")
            return
        self._alerts.rules.remove(rule.name)
        self.list.redraw()
        if saved is not None:
            self._run(partial(self._change_saved, partial(self._saved.delete, rule.name), f"{rule.name} deleted"))

    def action_save(self) -> None:
        """Ask for a name to save the rule under."""
        self._edited = self._entry()
        if self._edited is not None:
            self.query_one(Prompt).ask("name", self._edited.name)

    @on(Prompt.Closed)
    def take_typed(self, message: Prompt.Closed) -> None:
        """Take the text that was typed."""
        self.set_focus(self.list)
        text = (message.text or "").strip()
        if text and message.purpose == "name":
            self._save(text)
        elif text:
            self._take(text)

    # What they do

    def _take(self, text: str) -> None:
        rules, edited = self._alerts.rules, self._edited
        name = self._new_name() if edited is None else edited.name
        if not rules.set_rule(name, self._typing.read(text), self._monotonic()):
            self._tell(f"There are {count(MAX_RULES)} rules already: remove one first")
            return
        self._tell("")
        self.list.redraw()
        self.list.move_to(self._lines.find(name) or 0)

    def _save(self, name: str) -> None:
        edited = self._edited
        if edited is None:
            return
        saved = self._lines.saved.get(name)
        if saved is None or not saved.is_configured:
            self._alerts.rules.rename(edited.name, name)
        self._run(partial(self._change_saved, partial(self._saved.save, name, edited.rule.text), f"saved as {name}"))

    def _new_name(self) -> str:
        known = {each.name for each in self._alerts.rules.rules} | self._lines.saved.keys()
        return next(name for number in range(1, 1000) if (name := f"rule {number}") not in known)

    def _show(self) -> None:
        """Show the states as they are; what fires meanwhile is seen."""
        self._alerts.unseen = 0
        self.list.redraw()

    def _entry(self) -> WatchedRule | None:
        return self._lines.entry(self.list.cursor)

    def _tell(self, text: str) -> None:
        self.query_one("#filters-told", Static).update(Content(display_safe(text, 300)))

    async def _read_saved(self) -> None:
        try:
            self._lines.saved = {each.name: each for each in await to_thread.run_sync(self._saved.read)}
        except SavedFiltersError as error:
            self._tell(str(error))
        self.list.redraw()

    async def _change_saved(self, change: Callable[[], None], told: str) -> None:
        try:
            await to_thread.run_sync(change)
        except SavedFiltersError as error:
            told = f"Not done: {error}"
        await self._read_saved()
        self._tell(told)

    def _run(self, work: WorkerFunction) -> None:
        start_worker(self, work, "rules")
