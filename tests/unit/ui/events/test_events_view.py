"""Which events are used, in which order they stand, and how often they are raised."""

from collections.abc import Iterable

from msgspec.structs import replace

from evtui.core.ports import EventState
from evtui.ui.events.events_view import EVENT_ORDERS, EventModule, EventsView
from tests.unit.ui.records import state

STATES = (
    state("E_CORE", 0, "core"), state("E_PIKE", 1, "pike", 3), state("E_CORE_LOG", 2, "core"), state("E_MINE", 3),
    replace(state("E_HEARD", 4, "core"), subscribers=1),
)  # fmt: skip


def written(view: EventsView) -> list[str]:
    """Write the entries: a module as `core 3/2`, with all its events and the unused ones."""
    return [
        f"{entry.name} {entry.events}/{entry.unused}" if isinstance(entry, EventModule) else entry.event.name
        for entry in view.entries
    ]


def viewed(states: Iterable[EventState] = STATES) -> EventsView:
    view = EventsView()
    view.take(tuple(states), 0.0)
    return view


def test_used_events_come_first_and_the_others_are_one_line_a_module() -> None:
    view = viewed()
    assert written(view) == ["E_HEARD", "E_PIKE", "E_MINE", "core 2/2"]
    view.fold("core")
    assert written(view) == ["E_HEARD", "E_PIKE", "E_MINE", "core 2/2", "E_CORE", "E_CORE_LOG"]
    view.fold("core")
    assert written(view)[-1] == "core 2/2"


def test_the_orders_are_activity_name_and_module() -> None:
    view, orders = viewed(), dict[str, list[str]]()
    for _ in EVENT_ORDERS[:-1]:
        orders[view.order] = written(view)
        view.next_order()
    assert view.order == "activity", "by server is an order of a fleet only"
    assert orders["name"] == ["E_CORE", "E_CORE_LOG", "E_HEARD", "E_MINE", "E_PIKE"]
    assert orders["module"] == ["dynamic 1/0", "E_MINE", "core 3/2", "E_HEARD", "pike 1/0", "E_PIKE"]


def test_an_event_that_is_raised_often_stands_first_and_falls_back_when_it_is_quiet() -> None:
    view = viewed([state("E_A", 0), state("E_B", 1)])
    view.take([state("E_A", 0, raises=1), state("E_B", 1, raises=40)], 1.0)
    assert written(view) == ["E_B", "E_A"]
    for second in range(2, 400, 10):
        view.take([state("E_A", 0, raises=second), state("E_B", 1, raises=40)], float(second))
    assert written(view) == ["E_A", "E_B"]


def test_events_that_are_raised_about_as_often_do_not_change_places() -> None:
    view, seen = EventsView(), set[tuple[str, ...]]()
    a = b = 0
    for second in range(120):
        a, b = a + 9 + second % 3, b + 11 - second % 3
        view.take([state("E_A", 0, raises=a), state("E_B", 1, raises=b)], float(second))
        if second > 60:
            seen.add(tuple(written(view)))
    assert len(seen) == 1


def test_raises_before_the_console_began_are_no_activity() -> None:
    view = viewed([state("E_OLD", 0, "core", 100), replace(state("E_HEARD", 1, "core"), subscribers=1)])
    assert written(view) == ["E_HEARD", "E_OLD"]


def test_a_search_lists_unused_events_until_it_ends() -> None:
    view = viewed()
    view.search("_log")
    assert written(view)[-2:] == ["core 2/2", "E_CORE_LOG"]
    view.search("")
    assert written(view)[-1] == "core 2/2"
    view.reveal("E_CORE_LOG")
    assert written(view)[-2:] == ["E_CORE", "E_CORE_LOG"]
    view.reveal("E_CORE_LOG")
    assert "E_CORE_LOG" in written(view)


def test_a_rate_is_taken_over_the_last_polls() -> None:
    view = EventsView()
    for second, raises in enumerate((1, 5, 9)):
        view.take([state("E_MINE", raises=raises)], float(second))
    assert view.rate("E_MINE") == 4.0
    assert view.history("E_MINE", 6) == (0.0, 0.0, 0.0, 0.0, 4.0, 4.0)
    assert view.rate("E_OTHER") == 0.0


def test_old_polls_do_not_count_for_the_rate_but_for_the_history() -> None:
    view = EventsView()
    for second in range(60):
        view.take([state("E_MINE", raises=min(second, 50))], float(second))
    assert view.rate("E_MINE") == 0.0
    assert sum(view.history("E_MINE")) == 15.0
