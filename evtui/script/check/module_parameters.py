"""Find modules and parameters that are unknown, and parameters without effect here or of a module not loaded."""

from collections.abc import Iterable, Iterator
from typing import Final

from evtui.script.check.findings import Finding, KnownNames
from evtui.script.check.module_names import modules_of
from evtui.script.check.refusal_findings import refused, refused_since_3
from evtui.script.check.server_names import is_listed, module_list, parameters_of
from evtui.script.check.suggestions import NameSuggestions
from evtui.script.syntax.expression_printer import print_expression
from evtui.script.syntax.expressions import Text
from evtui.script.syntax.tree import Item, LoadModule, ModParam

_SHORT: Final = 3
"""Letters of a name that is similar to many."""
_KINDS: Final = {"i": "a number", "s": "a text in quotes"}


def find_parameter_mistakes(items: Iterable[Item], known: KnownNames) -> Iterator[Finding]:
    """Find them in a whole configuration: one file may load a module and another set its parameters."""
    all_items = list(items)
    suggestions, typos = NameSuggestions(0.6), NameSuggestions(0.85)
    loaded = {module_name(item.path) for item in all_items if isinstance(item, LoadModule)}
    for item in all_items:
        if isinstance(item, LoadModule):
            yield from _unknown_module(item, typos)
        elif isinstance(item, ModParam):
            named = modules_of(item, loaded)
            for module in named or modules_of(item, known.parameters) or item.modules[:1]:
                yield from _parameter_mistakes(item, module, known, suggestions, typos)
                if not named:
                    text = f'module {module} is not loaded: write loadmodule "{module}.so", or remove its parameters'
                    yield Finding(item.place, "warning", "module-not-loaded", text)


def _shown(value: int | str) -> str:
    return str(value) if isinstance(value, int) else print_expression(Text(value))


def _unknown_module(item: LoadModule, typos: NameSuggestions) -> Iterator[Finding]:
    """Find a module that nearly has the name of one of OpenSIPS; others may be of another source."""
    name = module_name(item.path)
    if not item.path.endswith(".so"):
        yield refused(item.place, f'the file of a module ends in .so: write "{item.path}.so"')
    if len(name) > _SHORT and name not in module_list() and (close := typos.find(name, sorted(module_list()))):
        text = f"OpenSIPS has no module {name}: did you mean {close}?"
        yield Finding(item.place, "warning", "unknown-module", text)


def _parameter_mistakes(
    item: ModParam, module: str, known: KnownNames, suggestions: NameSuggestions, typos: NameSuggestions
) -> Iterator[Finding]:
    names, listed = known.parameters.get(module), parameters_of(module)
    wanted = "s" if isinstance(item.value, int) else "i"
    if listed.get(item.name) == wanted:
        what = f"{item.name} of {module} is {_KINDS[wanted]}, not {_shown(item.value)}"
        yield refused_since_3(item.place, what)
    if (module, item.name) in known.used_parameters:
        return
    if names is None:
        if is_listed(module) and item.name not in listed:
            close = typos.find(item.name, sorted(listed))
            advice = f": did you mean {close}?" if close else " from 2.4 on"
            text = f"module {module} has no parameter {item.name}{advice}"
            yield Finding(item.place, "warning", "unknown-parameter", text)
        return
    if item.name in names or item.name in listed:
        text = f"{module}'s parameter {item.name} is not used here: it changes nothing in evtui"
        yield Finding(item.place, "note", "unused-parameter", text)
    else:
        close = suggestions.find(item.name, sorted(names))
        advice = f"did you mean {close}?" if close else f"it has {', '.join(sorted(names)) or 'none'}"
        yield Finding(item.place, "warning", "unknown-parameter", f"{module} has no parameter {item.name}: {advice}")


def module_name(path: str) -> str:
    """Return the name of a module by the path of its file."""
    return path.rpartition("/")[2].removesuffix(".so")
