"""Check scripts: their use of events, names that evtui does not run, and likely mistakes

(docs/opensips-behaviour.md 2.1 and 6).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from evtui.core.known_versions import ScriptVersion
from evtui.script.check.deliberate_differences import find_differences
from evtui.script.check.divisions import find_divisions
from evtui.script.check.event_usage import (
    event_uses,
    find_bad_event_names,
    find_event_mistakes,
    find_unknown_params,
    find_unpublished,
    find_wrong_sockets,
)
from evtui.script.check.findings import CheckReport, EventUse, Finding, KnownNames, RouteFound
from evtui.script.check.module_parameters import find_parameter_mistakes
from evtui.script.check.other_versions import find_other_versions
from evtui.script.check.raised_values import find_raise_mistakes
from evtui.script.check.refusal_findings import shown_refusals
from evtui.script.check.refused_calls import find_refused_calls
from evtui.script.check.refused_forms import find_refused_forms, find_too_many_routes
from evtui.script.check.refused_settings import find_refused_items
from evtui.script.check.unknown_names import KnownHere, RouteNames, find_duplicates, find_unknown_names
from evtui.script.check.unloaded_modules import find_unloaded
from evtui.script.check.unreachable import find_flow_mistakes
from evtui.script.syntax.expressions import CallExpression, Place
from evtui.script.syntax.tree import Route, Script
from evtui.script.syntax.walk import Node, calls_among, walk
from evtui.script.versions.spelled_version import read_as

_Placed = TypeVar("_Placed", EventUse, Finding, Route)


def check(
    scripts: Mapping[str, Script], known: KnownNames, asked: ScriptVersion | None = None
) -> tuple[CheckReport, ...]:
    """Check the files of one configuration together; return a report for each, in their order.

    The rules are those of the version `asked`; None: of the one that the files show. With a version that was asked
    for, what this version does not start with is found too.
    """
    is_old = read_as(scripts.values(), asked).dialect.version == "2.4"
    routes = {file: tuple(routes_of(script)) for file, script in scripts.items()}
    nodes = {id(route): tuple(walk(route.body)) for found in routes.values() for route in found}
    calls = {key: _calls(within) for key, within in nodes.items()}
    uses = list(
        dict.fromkeys(
            use for found in routes.values() for route in found for use in event_uses(route, calls[id(route)])
        )
    )
    published = frozenset(known.events) | {use.event for use in uses if use.does == "raises" and not use.dynamic}
    route_names = RouteNames(route for found in routes.values() for route in found)
    findings = set(_of_all(scripts, nodes, calls))
    names = KnownHere(known)
    if asked is not None:
        findings.update(find_other_versions((item for script in scripts.values() for item in script.items), asked))
    for script in scripts.values():
        findings.update(_findings(script, nodes, names, route_names))
    findings.update(find_bad_event_names(uses))
    findings.update(find_unpublished(uses, published))
    findings.update(find_parameter_mistakes((item for script in scripts.values() for item in script.items), known))
    shown = shown_refusals(findings, is_old=is_old)
    findings_by_file, uses_by_file = _by_file(shown), _by_file(uses)
    routes_by_file = _by_file(route for found in routes.values() for route in found)
    return tuple(
        CheckReport(
            file,
            tuple(RouteFound(route.kind, route.name, route.place) for route in routes_by_file.get(file, ())),
            tuple(uses_by_file.get(file, ())),
            tuple(sorted(findings_by_file.get(file, ()), key=_sort_key)),
        )
        for file in scripts
    )


def _calls(nodes: Sequence[Node]) -> tuple[CallExpression, ...]:
    """Return the calls among the nodes of a route, which most checks look for: a route may have millions of nodes."""
    return tuple(calls_among(nodes))


def _of_all(
    scripts: Mapping[str, Script],
    nodes: Mapping[int, Sequence[Node]],
    calls: Mapping[int, Sequence[CallExpression]],
) -> Iterator[Finding]:
    """Find mistakes that show only in the files together."""
    items = [item for script in scripts.values() for item in script.items]
    routes = [item for item in items if isinstance(item, Route)]
    yield from find_duplicates(routes)
    yield from find_too_many_routes(routes)
    yield from _find_empty(scripts)
    yield from find_refused_items(items)
    yield from find_unloaded(items, calls.values())
    yield from find_differences(nodes.values())


def routes_of(script: Script) -> Iterator[Route]:
    """Yield the routes of a script in their order."""
    return (item for item in script.items if isinstance(item, Route))


def _findings(
    script: Script, nodes: Mapping[int, Sequence[Node]], names: KnownHere, routes: RouteNames
) -> Iterator[Finding]:
    """Find the mistakes of a script; `nodes` are those of each route by its id, because a walk takes long."""
    for remark in script.remarks:
        yield Finding(remark.place, "warning", remark.code, remark.text)
    for route in routes_of(script):
        within = nodes[id(route)]
        calls = _calls(within)
        yield from find_unknown_names(within, names, routes)
        yield from find_refused_forms(route, within)
        yield from find_refused_calls(within)
        yield from find_divisions(route, within)
        yield from find_event_mistakes(route, calls)
        yield from find_unknown_params(route, within, names.known.events)
        yield from find_wrong_sockets(calls, names.known.wrong_in_socket)
        yield from find_raise_mistakes(route, calls)
        yield from find_flow_mistakes(within)


def _find_empty(scripts: Mapping[str, Script]) -> Iterator[Finding]:
    """Find a configuration without routes, modules and settings, at its first file."""
    if scripts and not any(script.items for script in scripts.values()):
        place = Place(next(iter(scripts)), 1, 1)
        yield Finding(place, "warning", "empty-file", "OpenSIPS does not start with this: there is nothing in it")


def _by_file(found: Iterable[_Placed]) -> dict[str, list[_Placed]]:
    """Group values by the file of their place: a route may contain statements of an included file."""
    files: dict[str, list[_Placed]] = {}
    for item in found:
        files.setdefault(item.place.file, []).append(item)
    return files


def _sort_key(finding: Finding) -> tuple[int, int, str]:
    return finding.place.line, finding.place.column, finding.code
