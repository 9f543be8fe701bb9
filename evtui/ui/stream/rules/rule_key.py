"""The key that lists the watch rules, and what is heard and seen when one fires."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evtui.core.errors import BadRuleError
from evtui.core.ports import Clock
from evtui.filters.rules.fired_text import fired_line
from evtui.filters.rules.rule_set import MAX_RULES, Fired
from evtui.ui.detail.subject import event_named_by
from evtui.ui.messages import Notice
from evtui.ui.stream.filters.saved_filters import SavedFilter, SavedFilters, SavedFiltersError
from evtui.ui.stream.rules.rule_alerts import RuleAlerts
from evtui.ui.terminal.desktop_notice import NoticeForm, notice_texts

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen

RULES_FILE = "rules.toml"
"""Where rules are saved, beside the saved filters."""


class RuleKey:
    """Adds the key to the console's screen, and tells there what fires."""

    def __init__(self, screen: "ConsoleScreen", filters: Path | None, *, wall: Clock, monotonic: Clock) -> None:
        """`filters` is the file of the saved filters, beside which that of the saved rules is; None keeps none."""
        self._screen = screen
        self._file = None if filters is None else filters.with_name(RULES_FILE)
        self._saved = SavedFilters({}, self._file)
        self._wall = wall
        self._monotonic = monotonic
        self._bell = True
        self._notice: NoticeForm = "off"
        screen.action_calls["rules"] = self._list
        screen.state.alerts.on_fired = self._fired

    def take_settings(self, configured: Mapping[str, str], *, bell: bool, notice: NoticeForm) -> None:
        """Take the rules of the configuration, and what the terminal is asked for when one fires."""
        self._saved = SavedFilters(configured, self._file)
        self._bell, self._notice = bell, notice

    def begin(self) -> None:
        """Let the rules of the configuration and of the file run; what is wrong with those of the file is shown.

        Their silence counts from now on. Blocks; call it before the app runs.
        """
        try:
            saved = self._saved.read()
        except SavedFiltersError as error:
            self._screen.notices.extend((str(error),))
            return
        if saved:
            self._screen.notices.extend(self._take(saved))

    def _take(self, saved: Sequence[SavedFilter]) -> Iterator[str]:
        """Add rules; yields what is wrong with them."""
        from evtui.filters.rules.parse_rule import parse_rule  # on first use: it loads lark

        for each in saved:
            try:
                rule = parse_rule(each.text, self._wall())
            except BadRuleError as error:
                yield f"{self._file}: {each.name}: {error}"
                continue
            if not self.alerts.rules.set_rule(each.name, rule, self._monotonic()):
                yield f"{self._file}: {each.name}: there are at most {MAX_RULES} rules"

    @property
    def alerts(self) -> RuleAlerts:
        """Return the rules, which are told what fires."""
        return self._screen.state.alerts

    def _list(self) -> None:
        from evtui.ui.stream.rules.rule_typing import RuleTyping, proposed_rule
        from evtui.ui.stream.rules.rules_screen import RulesScreen

        screen = self._screen
        if screen.state.playback is not None:
            screen.post_message(Notice("Watch rules do not run on a recording.", bad=True))
            return
        typing = RuleTyping(screen.filtering.typing, self._wall)
        row = screen.panes.selected_row(screen.active)
        event = event_named_by(screen.panes.selected(screen.active))
        proposed = proposed_rule(screen.state.stream.filter, row, event)
        screen.console_app.push_screen(RulesScreen(screen.state.alerts, typing, self._saved, self._monotonic, proposed))

    def _fired(self, fired: Fired) -> None:
        """Ring the bell and show notices; the badge and the mark are drawn with the next look."""
        screen = self._screen
        if not screen.is_attached:
            return
        if self._bell:
            screen.console_app.bell()
        # Textual has no other way to write such a sequence.
        driver = screen.console_app._driver  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        if driver is not None:
            for text in notice_texts(self._notice, fired_line(fired)):
                driver.write(text)
