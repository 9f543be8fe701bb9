"""The help: what belongs to the pane comes first, a search finds lines, signs and grammars are explained."""

import pytest

from evtui.filters.comparisons import NAMES
from evtui.raising.placeholders import KNOWN
from evtui.ui.actions import BY_ID
from evtui.ui.guide.help_groups import help_groups
from evtui.ui.guide.help_screen import HelpScreen
from evtui.ui.stream.status_signs import CHANGE_SIGNS, MARK_SIGN, STATUS_SIGNS
from tests.functional.actions.test_every_action import press
from tests.functional.console.console_scene import Scene


def shown(screen: HelpScreen) -> list[tuple[str, str]]:
    """List the lines that are shown: what is written, and what it means."""
    return [line for _, lines in screen.text.found for line in lines]


@pytest.mark.parametrize(("key", "first"), [("1", "mark"), ("3", "unsubscribe"), ("2", "sort")])
async def test_the_keys_of_the_pane_come_first(key: str, first: str) -> None:
    scene = Scene(demo=True)
    async with scene.running(80, 24) as pilot:
        await press(scene, pilot, key, "question_mark")
        screen = scene.app.screen
        assert isinstance(screen, HelpScreen)
        sentences = [sentence for _, sentence in shown(screen)]
        own = sentences.index(BY_ID[first].help)
        assert own < sentences.index(BY_ID["next_pane"].help)
        assert sentences.count(BY_ID[first].help) == 1


async def test_a_search_leaves_what_it_finds_and_esc_ends_it() -> None:
    scene = Scene(demo=True)
    async with scene.running(80, 24) as pilot:
        await press(scene, pilot, "question_mark")
        screen = scene.app.screen
        assert isinstance(screen, HelpScreen)
        everything = len(shown(screen))
        await press(scene, pilot, "slash", *"renew", "enter")
        found = shown(screen)
        assert BY_ID["renew"].help in [sentence for _, sentence in found]
        assert all("renew" in f"{written} {sentence}".lower() for written, sentence in found)
        await press(scene, pilot, "escape")
        assert len(shown(screen)) == everything
        await press(scene, pilot, "escape")
        assert not isinstance(scene.app.screen, HelpScreen)


def test_each_sign_and_each_word_of_the_grammars_is_explained() -> None:
    written = {left for _, lines in help_groups({}, "stream", read_only=False) for left, _ in lines}
    assert {sign for _, sign in STATUS_SIGNS.values()} | {MARK_SIGN} <= written
    assert {sign for _, sign, _ in CHANGE_SIGNS.values()} <= written
    assert set(NAMES) <= written
    assert set(KNOWN.split()) <= written
