"""All keys, from the table of actions."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from evtui.ui.actions import ACTIONS, Action, shown_keys
from evtui.ui.screens.status_lines import STATUS_WORDS
from evtui.ui.state.dismissed_once import DismissedOnce
from evtui.ui.stream.filters.filter_help import FILTER_LINES
from evtui.ui.widgets.form_keys import FILTER_KEYS, RAISE_KEYS, RULE_KEYS


class HelpScreen(ModalScreen[None], DismissedOnce[None]):
    """The keys by group."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", "close", show=False),
        Binding("down,j", "scroll(1)", "down", show=False),
        Binding("up,k", "scroll(-1)", "up", show=False),
        Binding("pagedown,space", "page(1)", "further down", show=False),
        Binding("pageup", "page(-1)", "further up", show=False),
        Binding("home,g", "scroll(-10000)", "to the top", show=False),
        Binding("end,G", "scroll(10000)", "to the end", show=False),
    ]

    def __init__(self, keys: Mapping[str, str], *, read_only: bool) -> None:
        super().__init__()
        self._keys = keys
        self._read_only = read_only

    def compose(self) -> ComposeResult:
        """Lay out the groups of keys."""
        with VerticalScroll(id="help") as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc closes"
            for group, lines in self._groups():
                yield Static(Content.styled(group, "bold $accent"), classes="group")
                for keys, sentence in lines:
                    with Horizontal(classes="key"):
                        yield Static(keys, classes="keys", markup=False)
                        yield Static(sentence, classes="sentence", markup=False)

    def action_scroll(self, step: int) -> None:
        """Scroll a line."""
        self.query_one("#help").scroll_relative(y=step, animate=False)

    def action_page(self, step: int) -> None:
        """Scroll as far as a line of the page before stays in sight."""
        box = self.query_one("#help")
        self.action_scroll(step * max(1, box.size.height - 1))

    def _groups(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        shown = [action for action in ACTIONS if not (self._read_only and action.changes)]
        for group in dict.fromkeys(action.group for action in shown):
            yield group, [self._line(action) for action in shown if action.group == group]
        if not self._read_only:
            yield "In the raise form", [(" ".join(key.keys.split(",")), key.help) for key in RAISE_KEYS]
        yield "In the list of filters", [(" ".join(key.keys.split(",")), key.help) for key in FILTER_KEYS]
        yield "In the list of watch rules", [(" ".join(key.keys.split(",")), key.help) for key in RULE_KEYS]
        yield "Filters", list(FILTER_LINES)
        yield "Words of the status line", list(STATUS_WORDS.items())

    def _line(self, action: Action) -> tuple[str, str]:
        return " ".join(shown_keys(action, self._keys)) or "palette", action.help
