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
    suggestions, typos = NameSuggestions(0.6), NameSuggestions(0.9)
    loaded = {module_name(item.path) for item in all_items if isinstance(item, LoadModule)}
    for item in all_items:
        if isinstance(item, ModParam):
            named = modules_of(item, loaded)
            for module in named or modules_of(item, known.parameters) or item.modules[:1]:
                yield from _parameter_mistakes(item, module, known, suggestions, typos)
                if not named:
                    text = f'module {module} is not loaded: write loadmodule "{module}.so", or remove its parameters'
                    yield Finding(item.place, "warning", "module-not-loaded", text)


def _parameter_mistakes(
    item: ModParam, module: str, known: KnownNames, suggestions: NameSuggestions, typos: NameSuggestions
) -> Iterator[Finding]:
    names = known.parameters.get(module)
    if (module, item.name) in known.used_parameters:
        return
    if names is None:
        documented = parameters_of(module)
        if item.name not in documented and (close := typos.find(item.name, sorted(documented))):
            text = f"the manual of {module} has no parameter {item.name}: did you mean {close}?"
            yield Finding(item.place, "warning", "unknown-parameter", text)
        return
    if item.name in names or item.name in parameters_of(module):
        text = f"{module}'s parameter {item.name} is not used here: it changes nothing in evtui"
        yield Finding(item.place, "note", "unused-parameter", text)
    else:
        close = suggestions.find(item.name, sorted(names))
        advice = f"did you mean {close}?" if close else f"it has {', '.join(sorted(names)) or 'none'}"
        yield Finding(item.place, "warning", "unknown-parameter", f"{module} has no parameter {item.name}: {advice}")


def module_name(path: str) -> str:
    """Return the name of a module by the path of its file."""
    return path.rpartition("/")[2].removesuffix(".so")
