"""What a start of the console may cost: counted work, not time."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from tests.functional.console.console_scene import Scene, settle

STYLINGS = 300
"""Applications of the style sheet in a start at 120x40: 229 now, 652 when each list had its own copy."""


async def test_a_start_styles_no_widget_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    styled = 0
    apply: Callable[..., None] = getattr(Stylesheet, "apply")  # noqa: B009 - its own type is partly unknown

    def counting(self: Stylesheet, node: DOMNode, **how: Any) -> None:
        nonlocal styled
        styled += 1
        apply(self, node, **how)

    monkeypatch.setattr(Stylesheet, "apply", counting)
    scene = Scene()
    async with scene.running(120, 40) as pilot:
        await settle(scene, pilot)
    assert 0 < styled < STYLINGS
