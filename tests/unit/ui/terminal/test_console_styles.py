"""The style sheets of a console say what Textual's own say, and are looked through less."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.css.match import match
from textual.css.model import CombinatorType, Selector, SelectorSet, SelectorType
from textual.css.stylesheet import Stylesheet, StylesheetParseError
from textual.dom import DOMNode
from textual.widget import Widget
from textual.widgets import Input, Static

from evtui.ui.terminal.console_styles import ConsoleStylesheet, PartStyles
from evtui.ui.terminal.matching_rules import matches

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false

_NAMES = st.sampled_from("ab")
_SELECTORS = st.lists(
    st.builds(
        Selector, _NAMES, st.sampled_from(CombinatorType),
        st.sampled_from([SelectorType.CLASS, SelectorType.ID, SelectorType.UNIVERSAL]),
    ),
    min_size=1, max_size=5,
)  # fmt: skip
_PATHS = st.lists(st.tuples(st.none() | _NAMES, st.sets(_NAMES)), min_size=1, max_size=5)

SHEET = """
Static { color: red; width: 10; background: $primary; }
Vertical Static { color: green; }
Vertical > .two { color: initial; height: 3; }
#box:focus-within Static.two { color: blue; }
.marked .two, Static.one { text-style: bold !important; }
Static:first-child { text-style: italic; }
Static.one { text-style: none; }
Input > .input--cursor { color: red; }
Input:focus > .input--cursor { color: green; }
"""


@given(_SELECTORS, _PATHS)
def test_selectors_match_what_textual_says(selectors: list[Selector], path: list[tuple[str | None, set[str]]]) -> None:
    parent: DOMNode | None = None
    for name, classes in path:
        node = DOMNode(id=name, classes=" ".join(classes))
        if parent is not None:
            node._attach(parent)
        parent = node
    assert parent is not None
    selector_set = SelectorSet(selectors)
    assert matches(selector_set.selectors, parent.css_path_nodes) == match([selector_set], parent)


class _SomeWidgets(App[None]):
    CSS: ClassVar[str] = SHEET

    def __init__(self) -> None:
        super().__init__()
        self.stylesheet = ConsoleStylesheet(variables=self.get_css_variables())

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static("1", classes="one")
            yield Static("2", classes="two")
            yield Input(id="field")
        yield Static("3", classes="one two")
        yield Vertical()
        yield Input(id="other")


class _Recorded(Stylesheet):
    """Textual's own, which tells what it would set."""

    def __init__(self, of: Stylesheet) -> None:
        super().__init__(variables=of._variables)
        self._parse_cache = of._parse_cache
        self.source = of.source.copy()
        self.parse()

    def values(self, node: DOMNode) -> Mapping[str, Any]:
        self.told: Mapping[str, Any] = {}
        self.apply(node)
        return self.told

    def replace_rules(self, node: DOMNode, rules: Any, animate: bool = False) -> None:  # type: ignore[override]
        self.told = rules

    def _process_component_classes(self, node: DOMNode) -> None:
        pass


def _all_nodes(app: App[Any]) -> list[DOMNode]:
    nodes = [*app.walk_children(with_self=True)]
    return nodes + [part.node for each in nodes for part in each._component_styles.values() if part.node is not None]


def _assert_as_textual(app: App[Any]) -> None:
    oracle = _Recorded(app.stylesheet)
    for node in _all_nodes(app):
        expected = oracle.values(node)
        flags = node._has_hover_style, node._has_focus_within, node._has_order_style, node._has_odd_or_even
        app.stylesheet.apply(node)
        assert _plain(node) == _set(expected), node
        assert flags == (node._has_hover_style, node._has_focus_within, node._has_order_style, node._has_odd_or_even)


def _set(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a node keeps of values that Textual sets."""
    fresh = DOMNode()
    Stylesheet.replace_rules(fresh, values)  # type: ignore[arg-type]
    return _plain(fresh)


def _plain(node: DOMNode) -> Mapping[str, Any]:
    """Return the styles of a node; the layout, of which each has one of its own, by its name."""
    return {name: value.name if name == "layout" else value for name, value in node._css_styles._rules.items()}  # type: ignore[attr-defined]


async def test_each_widget_has_the_styles_that_textual_would_give_it() -> None:
    app = _SomeWidgets()
    async with app.run_test() as pilot:
        box, other = app.query_one("#box"), app.query_one("#other")
        for change in (
            lambda: None,
            lambda: app.query_one("#field").focus(),
            lambda: box.add_class("marked"),
            other.focus,
            lambda: box.remove_class("marked"),
            lambda: setattr(box, "disabled", True),
        ):
            change()
            await pilot.pause()
            _assert_as_textual(app)
        layouts = [id(node.styles.layout) for node in app.walk_children(Vertical)]
        assert len({*layouts}) == len(layouts) == 2
        app.theme = "textual-light"
        await pilot.pause()
        _assert_as_textual(app)


async def test_a_part_is_made_when_it_is_asked_for_and_changes_with_its_widget() -> None:
    app = _SomeWidgets()
    async with app.run_test() as pilot:
        field = app.query_one("#field", Input)
        parts = field._component_styles
        assert isinstance(parts, PartStyles)
        assert "input--suggestion" in parts
        assert "input--suggestion" not in list(parts)
        app.query_one("#other").focus()
        await pilot.pause()
        assert field.get_component_styles("input--cursor").color.hex == "#FF0000"
        field.focus()
        await pilot.pause()
        assert field.get_component_styles("input--cursor").color.hex == "#008000"
        with pytest.raises(KeyError, match="no-such-part"):
            field.get_component_styles("no-such-part")


async def test_a_sheet_with_an_error_changes_nothing() -> None:
    app = _SomeWidgets()
    async with app.run_test() as pilot:
        label = app.query_one(".one", Widget)
        width = label.styles.width
        app.stylesheet.add_source("Static { width: nonsense; }", ("bad", ""))
        with pytest.raises(StylesheetParseError):
            app.stylesheet.reparse()
        assert label.styles.width == width
        del app.stylesheet.source["bad", ""]
        app.stylesheet.add_source("Static.one { width: 7; }", ("good", ""))
        app.stylesheet.update(app)
        await pilot.pause()
        assert str(label.styles.width) == "7"
        _assert_as_textual(app)
