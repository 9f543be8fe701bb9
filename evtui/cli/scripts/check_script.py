"""`evtui script check`: what routing scripts do with events, and findings about them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from evtui.bootstrap.transports import socket_parser
from evtui.cli import output
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.known_versions import ScriptVersion
from evtui.script.check.findings import CheckReport, RouteFound
from evtui.script.check.script_check import check
from evtui.script.syntax.script_errors import ScriptError
from evtui.script.versions.spelled_version import ReadAs, read_as
from evtui.scripting.script_files import ScriptFileError, read_script, scripts_of
from evtui.scripting.script_loader import known_names

_DOES: Final = ("raises", "subscribes", "handles")


def check_files(files: Sequence[Path], version: ScriptVersion | None, *, m4: bool, as_json: bool) -> None:
    """Print a report of each file, read by the rules of a version; None: of the one that it shows.

    The exit status is 1 when one of them cannot be parsed, 2 when one cannot be read.
    """
    status = 0
    shown: list[Json] = []
    with output.quiet_pipe():
        for paths in scripts_of(files, m4=m4):
            try:
                read = read_script(*paths, m4=m4)
                reports = check(read.files, known_names(socket_parser()), version)
            except ScriptError as error:
                status = max(status, 1)
                shown.append(_refused(error, as_json=as_json))
            except ScriptFileError as error:
                status = 2
                output.message(f"evtui: {error}")
            else:
                chosen = read_as([read.script], version)
                shown += [_report(report, chosen, as_json=as_json) for report in reports]
        if as_json:
            output.json_line(Members((("files", shown),)))
    if status:
        raise click.exceptions.Exit(status)


def _refused(error: ScriptError, *, as_json: bool) -> Json:
    if not as_json:
        for line in error.lines:
            output.data(display_safe(line))
    return Members((
        ("file", error.file), ("parses", False),
        ("error", Members((("line", error.line), ("column", error.column), ("what", error.what),
                           ("expected", error.expected or None), ("source", error.source)))),
    ))  # fmt: skip


def _report(report: CheckReport, chosen: ReadAs, *, as_json: bool) -> Json:
    if not as_json:
        _print(report, chosen)
    return Members((
        ("file", report.file), ("parses", True), ("as", chosen.dialect.version), ("as_why", chosen.reason),
        ("routes", [Members((("kind", route.kind), ("name", route.name), ("line", route.place.line)))
                    for route in report.routes]),
        ("events", [Members((("event", use.event), ("does", use.does), ("dynamic", use.dynamic),
                             ("line", use.place.line), ("column", use.place.column))) for use in report.events]),
        ("findings", [Members((("line", finding.place.line), ("column", finding.place.column),
                               ("severity", finding.severity), ("code", finding.code), ("text", finding.text)))
                      for finding in report.findings]),
    ))  # fmt: skip


def _print(report: CheckReport, chosen: ReadAs) -> None:
    lines = [report.file]
    if not chosen.is_default:
        lines.append(f"  read as a script of OpenSIPS {chosen.dialect.version}: {chosen.reason}")
    lines += [f"  {route.place.line}: {_route(route)}" for route in report.routes]
    for does in _DOES:
        lines += [
            f"  {use.place.line}: {does} {use.event}{' (the name is made as it runs)' if use.dynamic else ''}"
            for use in report.events
            if use.does == does
        ]
    lines += [
        f"  {finding.place.line}:{finding.place.column}: {finding.severity}: {finding.text} [{finding.code}]"
        for finding in report.findings
    ]
    count = len(report.findings)
    lines.append(f"  {count:,} finding{'' if count == 1 else 's'}")
    for line in lines:
        output.data(display_safe(line))


def _route(route: RouteFound) -> str:
    return route.kind if route.name is None else f"{route.kind}[{route.name}]"
