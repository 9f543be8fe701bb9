"""The style sheets of a console: read once a process, and applied without looking at each rule for each widget."""

from collections.abc import Mapping
from typing import Any, cast

from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.layouts.factory import get_layout

from evtui.ui.terminal.matching_rules import RulesOfSheet
from evtui.ui.terminal.shared_rules import SharedRules

# What Textual itself asks of a widget when it applies a style sheet.
# pyright: reportPrivateUsage=false, reportUnknownMemberType=false
# ruff: noqa: SLF001


class ConsoleStylesheet(Stylesheet):
    """Does what Textual's does, in less time."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._shared = SharedRules(variables or {})
        self._parse_cache: Any = self._shared
        self._known = RulesOfSheet([], {})

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take the colours of another theme."""
        self._shared.take_variables(variables)
        super().set_variables(variables)

    def reparse(self) -> None:
        """Take what was read anew; on an error in a sheet the rules stay what they were."""
        self.parse()

    def apply(self, node: DOMNode, *, animate: bool = False, cache: object = None) -> None:  # noqa: ARG002
        """Give a widget, or a part of one, the styles that the rules say; `cache` is Textual's own, and not used."""
        kind = self._known_rules().kind(node)
        kind.mark(node)
        if (values := kind.values(node)) is not None:
            self._set(node, values, animate=animate)
        self._process_component_classes(node)

    def _known_rules(self) -> RulesOfSheet:
        rules = self.rules  # first: it reads the sheets that were added, after which the map is another one
        if self.rules_map is not self._known.rules_map:
            self._known = RulesOfSheet(rules, self.rules_map)
        return self._known

    def _set(self, node: DOMNode, values: Mapping[str, Any], *, animate: bool) -> None:
        base = node._css_styles
        values = _with_own_layout(base._rules, values)
        if animate and "transitions" in values:
            self.replace_rules(node, values, animate=True)  # type: ignore[arg-type]
            return
        if not base._rules:  # a new one: no value of before has to be compared with
            base._rules.update(values)  # type: ignore[typeddict-item]
            base._updates += 1
            node.refresh(layout=True)
        elif base._rules != values:
            kept = cast("Mapping[str, Any]", base._rules)
            for name in [name for name in kept.keys() | values.keys() if kept.get(name) != values.get(name)]:
                setattr(base, name, values.get(name))
        elif animate:
            return
        node.notify_style_update()

    def _process_component_classes(self, node: DOMNode) -> None:
        """Give the parts of a widget their styles: those that were asked for; others get them when they are asked for.

        A part is a node of its own to Textual, which makes all of them anew for each widget each time.
        """
        parts = node._component_styles
        if isinstance(parts, PartStyles):
            if parts.renew(self):
                node.refresh()
        elif names := node._get_component_classes():
            node._component_styles = PartStyles(node, names)


def _with_own_layout(kept: Mapping[str, Any], values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values with a layout that no other widget has: it keeps sizes of the widget."""
    if (wanted := values.get("layout")) is None:
        return values
    own = kept.get("layout")
    return {**values, "layout": own if own is not None and own.name == wanted.name else get_layout(wanted.name)}


class PartStyles(dict[str, RenderStyles]):
    """The styles of the parts of a widget (`COMPONENT_CLASSES`), made when they are asked for."""

    def __init__(self, node: DOMNode, names: frozenset[str]) -> None:
        super().__init__()
        self._node, self._names = node, names

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __missing__(self, name: str) -> RenderStyles:
        if name not in self._names:
            raise KeyError(name)
        part = DOMNode(classes=name)
        part._attach(self._node)
        self._node.app.stylesheet.apply(part)
        self[name] = part.styles
        return part.styles

    def renew(self, stylesheet: Stylesheet) -> bool:
        """Apply the rules to the parts again; say whether one looks different."""
        changed = False
        for styles in [*self.values()]:
            before = styles.base._rules.copy()
            if styles.node is not None:
                stylesheet.apply(styles.node)
            changed |= styles.base._rules != before
        return changed
