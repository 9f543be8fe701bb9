"""Find functions of modules that a configuration does not load: OpenSIPS does not start with them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from evtui.script.check.findings import Finding
from evtui.script.check.module_parameters import module_name
from evtui.script.check.refusal_findings import refused_since_3
from evtui.script.check.server_names import module_list, modules_with
from evtui.script.syntax.expression_printer import print_setting
from evtui.script.syntax.tree import Global, Item, LoadModule
from evtui.script.syntax.walk import Node, calls_among

_MODULES: Final = {"hep_udp": "proto_hep", "hep_tcp": "proto_hep", "msrps": "proto_msrp"}
"""The module of a protocol of another name."""


def find_unloaded(items: Sequence[Item], nodes: Iterable[Sequence[Node]]) -> Iterator[Finding]:
    """Find the first function of each module that is not loaded, among the nodes of all routes of a configuration.

    A configuration without a `loadmodule` is a part of another.
    """
    loaded = {module_name(item.path) for item in items if isinstance(item, LoadModule)}
    if not loaded:
        return
    yield from _without_protocol(items, loaded)
    told = set[frozenset[str]]()
    for call in (call for within in nodes for call in calls_among(within)):
        modules = modules_with(call.name)
        if not modules or "core" in modules or modules & loaded or modules in told:
            continue
        told.add(modules)
        yield refused_since_3(call.place, f"{call.name}() needs the module {' or '.join(sorted(modules))} (loadmodule)")


def _without_protocol(items: Iterable[Item], loaded: Collection[str]) -> Iterator[Finding]:
    """Find the first socket of each protocol whose module is not loaded."""
    told = set[str]()
    for item in items:
        if not isinstance(item, Global) or item.name not in {"socket", "listen"}:
            continue
        protocol, colon, _ = print_setting(item.values[0]).lower().partition(":")
        module = _MODULES.get(protocol, f"proto_{protocol}")
        if colon and module in module_list() and module not in loaded and module not in told:
            told.add(module)
            yield refused_since_3(item.place, f"a socket of {protocol} needs the module {module} (loadmodule)")
