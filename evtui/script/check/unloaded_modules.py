"""Find functions of modules that a configuration does not load: OpenSIPS does not start with them."""

from collections.abc import Iterable, Iterator, Sequence

from evtui.script.check.findings import Finding
from evtui.script.check.module_parameters import module_name
from evtui.script.check.refusal_findings import refused_since_3
from evtui.script.check.server_names import modules_with
from evtui.script.syntax.tree import Item, LoadModule
from evtui.script.syntax.walk import Node, calls_among


def find_unloaded(items: Iterable[Item], nodes: Iterable[Sequence[Node]]) -> Iterator[Finding]:
    """Find the first function of each module that is not loaded, among the nodes of all routes of a configuration.

    A configuration without a `loadmodule` is a part of another.
    """
    loaded = {module_name(item.path) for item in items if isinstance(item, LoadModule)}
    if not loaded:
        return
    told = set[frozenset[str]]()
    for call in (call for within in nodes for call in calls_among(within)):
        modules = modules_with(call.name)
        if not modules or "core" in modules or modules & loaded or modules in told:
            continue
        told.add(modules)
        yield refused_since_3(call.place, f"{call.name}() needs the module {' or '.join(sorted(modules))} (loadmodule)")
