"""What a start of the console may cost: counted work, not time."""

from typing import Any

import pytest
from textual.dom import DOMNode

from evtui.ui.terminal.console_styles import ConsoleStylesheet
from tests.functional.console.console_scene import Scene, settle

STYLINGS = 160
"""Applications of the style sheet in a start at 120x40: 119 now, 652 when each list had its own copy."""


async def test_a_start_styles_no_widget_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    styled = 0
    apply = ConsoleStylesheet.apply

    def counting(self: ConsoleStylesheet, node: DOMNode, **how: Any) -> None:
        nonlocal styled
        styled += 1
        apply(self, node, **how)

    monkeypatch.setattr(ConsoleStylesheet, "apply", counting)
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await settle(scene, pilot)
    assert 0 < styled < STYLINGS
