"""The list of watch rules as lines."""

from collections.abc import Callable, Mapping, Sequence

from evtui.codecs.display_text import display_safe
from evtui.filters.rules.rule_set import RuleSet, WatchedRule
from evtui.ui.stream.filters.saved_filters import SavedFilter
from evtui.ui.text.cells import Cells, Role, plain
from evtui.ui.text.figures import clock_time, count, cut_end, cut_middle, fill

_SHOWN = 400
_NAMES = ((100, 20), (0, 10))
"""Cells of the names, from a width on."""

_HITS = ((80, 8), (0, 0))
"""Cells of the number of rows, from a width on."""


class RuleLines:
    """The lines of the list."""

    def __init__(self, rules: Callable[[], RuleSet]) -> None:
        self._rules = rules
        self.saved: Mapping[str, SavedFilter] = {}
        """The rules that stand in the configuration or in the file, by name."""

    def entry(self, index: int) -> WatchedRule | None:
        """Return the rule of a line."""
        rules = self._rules().rules
        return rules[index] if index < len(rules) else None

    def __len__(self) -> int:
        return len(self._rules().rules)

    def key(self, index: int) -> object:
        """Return the name of the rule of a line."""
        return self._rules().rules[index].name

    def find(self, key: object) -> int | None:
        """Return the line of a rule by its name."""
        return next((place for place, each in enumerate(self._rules().rules) if each.name == key), None)

    def line(self, index: int, width: int) -> Cells:
        """Write a line: the state of the rule, its rows, how often it fired and when last, where it is, its text."""
        each = self._rules().rules[index]
        state, role = ("off", "dim") if not each.is_on else ("FIRED", "bad") if each.state.is_firing else ("on", "good")
        last = "" if each.last_at is None else clock_time(each.last_at)[:8]
        saved = self.saved.get(each.name)
        where = "config" if saved and saved.is_configured else "saved" if saved and saved.text == each.rule.text else ""
        texts = (state, count(each.state.rows), count(each.state.fired), last, where, each.name, each.rule.text)
        return _line(role, texts, width)  # type: ignore[arg-type]

    def header(self, width: int) -> Cells | None:
        """Write the titles of the columns."""
        return [("head", plain(_line("head", ("state", "rows", "fired", "last", "", "name", "rule"), width)))]

    def empty(self) -> Sequence[str]:
        """Say how to add one."""
        return "No watch rule.", "a adds one: failed > 3 in 10 s, no E_HEARTBEAT for 60 s, queue > 80 %"


def _line(role: Role, texts: tuple[str, str, str, str, str, str, str], width: int) -> Cells:
    state, rows, fired, last, where, name, text = texts
    names = next(cells for least, cells in _NAMES if width >= least)
    hits = next(cells for least, cells in _HITS if width >= least)
    left = max(1, width - 6 - hits - 6 - 10 - 7 - names - 2)
    return [
        (role, fill(state, 6)),
        ("number", f"{rows:>{hits}}"[:hits]),
        ("number", f"{fired:>6}"),
        ("dim", fill(f"  {last}", 10)),
        ("dim", fill(f" {where}", 7)),
        ("name", " " + fill(cut_end(display_safe(name, _SHOWN), names), names) + " "),
        (role if role in {"head", "dim"} else "text", fill(cut_middle(display_safe(text, _SHOWN), left), left)),
    ]
