"""The steps of docs/walk.md still work in a real terminal, at three sizes; the page has all of them."""

import pytest

from tests import walk
from tests.functional.processes.evtui_process import Evtui
from tests.functional.processes.tmux_window import needs_tmux


@needs_tmux
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_a_new_user_can_do_each_step(evtui: Evtui, size: tuple[int, int]) -> None:
    done = [step.title for step, _ in walk.screens(evtui, size)]
    assert done == [step.title for step in (*walk.CONSOLE, *walk.RECORDING)]


def test_the_page_has_each_step_and_a_screen_of_it() -> None:
    page = walk.PAGE.read_text(encoding="utf-8")
    for step in (*walk.CONSOLE, *walk.RECORDING):
        _, title, after = page.partition(f"## {step.title}\n\n{step.told}\n\n```text\n")
        assert title, f"`just walk` writes {step.title!r} anew"
        assert step.shows in after.partition("```")[0]
