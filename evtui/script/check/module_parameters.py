"""Find parameters of modules that are unknown, have no effect in evtui, or belong to a module that is not loaded."""

from collections.abc import Iterable, Iterator

from evtui.script.check.findings import Finding, KnownNames
from evtui.script.check.module_names import modules_of
from evtui.script.check.server_names import parameters_of
from evtui.script.check.suggestions import NameSuggestions
from evtui.script.syntax.tree import Item, LoadModule, ModParam


def find_parameter_mistakes(items: Iterable[Item], known: KnownNames) -> Iterator[Finding]:
    """Find them in a whole configuration: one file may load a module and another set its parameters."""
    all_items = list(items)
    suggestions = NameSuggestions(0.6)
    loaded = {_module_name(item.path) for item in all_items if isinstance(item, LoadModule)}
    for item in all_items:
        if isinstance(item, ModParam):
            named = modules_of(item, loaded)
            for module in named or modules_of(item, known.parameters) or item.modules[:1]:
                yield from _parameter_mistakes(item, module, known, suggestions)
                if not named:
                    text = f'module {module} is not loaded: write loadmodule "{module}.so", or remove its parameters'
                    yield Finding(item.place, "warning", "module-not-loaded", text)


def _parameter_mistakes(
    item: ModParam, module: str, known: KnownNames, suggestions: NameSuggestions
) -> Iterator[Finding]:
    names = known.parameters.get(module)
    if names is None or (module, item.name) in known.used_parameters:
        return
    if item.name in names or item.name in parameters_of(module):
        text = f"{module}'s parameter {item.name} is not used here: it changes nothing in evtui"
        yield Finding(item.place, "note", "unused-parameter", text)
    else:
        close = suggestions.find(item.name, sorted(names))
        advice = f"did you mean {close}?" if close else f"it has {', '.join(sorted(names)) or 'none'}"
        yield Finding(item.place, "warning", "unknown-parameter", f"{module} has no parameter {item.name}: {advice}")


def _module_name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".so")
