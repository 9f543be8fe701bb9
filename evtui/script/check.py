"""Look through scripts: what they do with events, what evtui does not run, and likely mistakes (BEHAVIOUR 1.6, 5.8)."""

from collections.abc import Iterator, Mapping

from evtui.script.check_events import event_uses, find_in_events, find_unpublished
from evtui.script.check_flow import find_in_flow
from evtui.script.check_names import Routes, find_duplicates, find_in_names
from evtui.script.check_raises import find_in_raises
from evtui.script.findings import EventUse, Finding, Known, Report, RouteFound
from evtui.script.tree import Route, Script


def check(scripts: Mapping[str, Script], known: Known) -> tuple[Report, ...]:
    """Check the files of one configuration together; gives a report for each, in their order."""
    uses = {file: tuple(_uses(script)) for file, script in scripts.items()}
    published = known.events | {
        use.event for found in uses.values() for use in found if use.does == "raises" and not use.dynamic
    }
    routes = [route for script in scripts.values() for route in routes_of(script)]
    there = Routes(routes)
    duplicates = list(find_duplicates(routes))
    reports: list[Report] = []
    for file, script in scripts.items():
        findings = {finding for finding in duplicates if finding.place.file == file}
        findings.update(_findings(script, known, there))
        findings.update(find_unpublished(uses[file], published))
        found = tuple(RouteFound(route.kind, route.name, route.place) for route in routes_of(script))
        reports.append(Report(file, found, uses[file], tuple(sorted(findings, key=_where))))
    return tuple(reports)


def routes_of(script: Script) -> Iterator[Route]:
    """Give the routes of a script, as they stand."""
    return (item for item in script.items if isinstance(item, Route))


def _uses(script: Script) -> Iterator[EventUse]:
    for route in routes_of(script):
        yield from event_uses(route)


def _findings(script: Script, known: Known, routes: Routes) -> Iterator[Finding]:
    for remark in script.remarks:
        yield Finding(remark.place, "warning", remark.code, remark.text)
    for route in routes_of(script):
        yield from find_in_names(route, known, routes)
        yield from find_in_events(route)
        yield from find_in_raises(route)
        yield from find_in_flow(route)


def _where(finding: Finding) -> tuple[int, int, str]:
    return finding.place.line, finding.place.column, finding.code
