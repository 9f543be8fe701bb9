"""What a start of the console may cost: counted work, not time."""

from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from tests.functional.console_scene import Scene, settle

STYLINGS = 300
"""Applications of the style sheet in a start at 120x40: 229 when this was written, 652 when each list had its own copy."""


async def test_a_start_styles_no_widget_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    styled = 0
    apply = Stylesheet.apply

    def counting(self: Stylesheet, node: DOMNode, **how: Any) -> None:
        nonlocal styled
        styled += 1
        apply(self, node, **how)

    monkeypatch.setattr(Stylesheet, "apply", counting)
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await settle(scene, pilot)
    assert 0 < styled < STYLINGS
