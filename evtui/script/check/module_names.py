"""The modules that a `modparam` is for: its first argument is a regular expression, in any case."""

from collections.abc import Iterable

from evtui.script.runtime.patterns import search
from evtui.script.runtime.script_values import ScriptFault
from evtui.script.syntax.tree import ModParam


def modules_of(item: ModParam, names: Iterable[str]) -> list[str]:
    """Return those of some modules that a `modparam` is for, in alphabetical order; none for a bad expression."""
    written = {module.lower() for module in item.modules}
    if all(module.replace("_", "").isalnum() for module in written):
        return sorted(name for name in names if name.lower() in written)
    pattern = f"^({'|'.join(item.modules)})$"
    try:
        return sorted(name for name in names if search(pattern, name))
    except ScriptFault:
        return []
