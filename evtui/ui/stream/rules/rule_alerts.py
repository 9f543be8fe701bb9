"""The watch rules of the console, and what has to be seen of those that fired."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from evtui.codecs.display_text import display_safe
from evtui.filters.rules.rule_set import Fired, RuleSet
from evtui.ui.state.row_marking import RowMarking
from evtui.ui.text.figures import count
from evtui.ui.widgets.one_line import LineWord

MOST_PENDING: Final = 200
"""Firings whose rows are looked for; of more, the newest."""

TRIES: Final = 50
"""Looks at the stream in which the row of a firing is looked for."""


class RuleAlerts:
    """The rules, and the firings that were not looked at yet."""

    def __init__(self) -> None:
        self.rules = RuleSet({}, 0.0)
        self.unseen = 0
        """Firings since the list of rules was shown last."""
        self.last: Fired | None = None
        self.on_fired: Callable[[Fired], object] = lambda _: None
        """Called with each firing, for what is heard of it."""
        self._pending: deque[tuple[Fired, int]] = deque(maxlen=MOST_PENDING)

    def fire(self, fired: Fired) -> None:
        """Take note that a rule fired."""
        self.last = fired
        self.unseen += 1
        if fired.record is not None:
            self._pending.append((fired, TRIES))
        self.on_fired(fired)

    def mark_rows(self, marking: RowMarking) -> None:
        """Mark the rows that made rules fire. One that did not come to the stream yet is looked for again."""
        for _ in range(len(self._pending)):
            fired, tries = self._pending.popleft()
            assert fired.record is not None
            if not marking.mark_record(fired.record, fired.socket, fired.name) and tries > 1:
                self._pending.append((fired, tries - 1))

    def words(self) -> Iterator[LineWord]:
        """Write for the status line which rules fired since the list was shown, and how many have not recovered."""
        if self.unseen and self.last is not None:
            more = f" +{count(self.unseen - 1)}" if self.unseen > 1 else ""
            yield LineWord([("mark", f" ! {display_safe(self.last.name, 24)}{more} ")], 1, "rules")
        firing = sum(each.is_on and each.state.is_firing for each in self.rules.rules)
        if firing:
            yield LineWord([("dim", "firing "), ("bad", count(firing))], 2, "rules")
