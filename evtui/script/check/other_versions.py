"""Find what a version of OpenSIPS does not start with because it is older or newer than the script.

Nothing is found for a version that was not asked for: evtui runs the forms of all versions.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from evtui.core.known_versions import ScriptVersion
from evtui.script.check.findings import Finding
from evtui.script.syntax.expressions import BareWord, Binary, CallExpression, Place, Variable
from evtui.script.syntax.tree import Break, Case, Global, Item, Return, Route
from evtui.script.syntax.walk import Node, variables, walk
from evtui.script.versions.version_names import GONE_IN_4_0, NEW_IN_4_0, NEW_SETTINGS, NEW_TRANSFORMATIONS, OLD_SETTINGS

_COMPARISONS: Final = frozenset({"==", "!=", "<", ">", "<=", ">=", "=~", "!~"})


def find_other_versions(items: Iterable[Item], version: ScriptVersion) -> Iterator[Finding]:
    """Find them among the items of a script."""
    for item in items:
        for place, what in _of_item(item, version):
            yield Finding(place, "warning", "other-version", f"OpenSIPS {version} does not start with this: {what}")


def _of_item(item: Item, version: ScriptVersion) -> Iterator[tuple[Place, str]]:
    is_old = version == "2.4"
    if isinstance(item, Global):
        if item.name in (NEW_SETTINGS if is_old else OLD_SETTINGS):
            yield item.place, f"the setting {item.name} is {'newer' if is_old else 'older'}"
        elif item.name in GONE_IN_4_0 and version == "4.0":
            yield item.place, f"the setting {item.name} is older"
        elif item.name in NEW_IN_4_0 and version == "3.6":
            yield item.place, f"the setting {item.name} is newer"
    elif isinstance(item, Route):
        if item.mode is not None and not is_old:
            yield item.place, f"an event_route has no mode such as {item.mode}"
        if is_old:
            yield from _newer_forms(tuple(walk(item.body)))


def _newer_forms(nodes: Sequence[Node]) -> Iterator[tuple[Place, str]]:
    """Find statements and expressions that 2.4 does not have."""
    in_cases = {
        id(statement)
        for node in nodes
        if isinstance(node, Case)
        for statement in node.statements
        if isinstance(statement, Break)
    }
    for node in nodes:
        match node:
            case Break() if id(node) not in in_cases:
                yield node.place, "break is allowed only directly in a case of a switch"
            case Return(values=[_, _, *_]):
                yield node.place, "return takes one value"
            case Binary(operator, BareWord(word)) if operator in _COMPARISONS:
                yield node.left.place, f"the left side of a comparison is a variable, not {word}"
            case CallExpression() if None in node.arguments:
                yield node.place, f"no argument of {node.name} can be left out"
            case _:
                pass
    for variable in variables(nodes):
        yield from _newer_parts(variable)


def _newer_parts(variable: Variable) -> Iterator[tuple[Place, str]]:
    for used in variable.transformations:
        name = f"{used.kind}.{used.name}"
        if name.lower() in NEW_TRANSFORMATIONS:
            yield variable.place, f"the transformation {{{name}}} is newer"
