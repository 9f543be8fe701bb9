"""Modules that fold, and rates."""

from evtui.ui.events.events_view import EventModule, EventsView
from tests.unit.ui.records import state


def test_dynamic_events_come_first_and_modules_fold() -> None:
    view = EventsView()
    view.take([state("E_CORE", 0, "core"), state("E_PIKE", 1, "pike"), state("E_MINE", 2)], 0.0)
    assert view.entries[0] == EventModule("dynamic", 1, folded=False)
    view.fold("core")
    assert [entry.name if isinstance(entry, EventModule) else entry.event.name for entry in view.entries] == [
        "dynamic", "E_MINE", "core", "pike", "E_PIKE",
    ]  # fmt: skip


def test_a_rate_is_taken_over_the_last_polls() -> None:
    view = EventsView()
    for second, raises in enumerate((1, 5, 9)):
        view.take([state("E_MINE", raises=raises)], float(second))
    assert view.rate("E_MINE") == 4.0
    assert view.history("E_MINE") == (0.0, 0.0, 0.0, 0.0, 4.0, 4.0)
    assert view.rate("E_OTHER") == 0.0
