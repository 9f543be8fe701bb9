"""The way back to the panes that were active before."""

from evtui.ui.panes import Pane
from evtui.ui.screens.pane_history import MAX_VISITS, PaneHistory


def test_the_pane_that_was_left_last_comes_back_first() -> None:
    history: PaneHistory[Pane] = PaneHistory()
    history.leave("stream")
    history.leave("events")
    assert [history.back(), history.back(), history.back()] == ["events", "stream", None]


def test_only_so_many_panes_are_remembered() -> None:
    history: PaneHistory[Pane] = PaneHistory()
    history.leave("detail")
    for _ in range(MAX_VISITS):
        history.leave("stream")
    walked = [history.back() for _ in range(MAX_VISITS + 1)]
    assert walked == ["stream"] * MAX_VISITS + [None]
