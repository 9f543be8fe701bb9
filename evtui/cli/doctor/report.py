"""`evtui doctor`: run every check, print the report, and choose the exit status."""

import os
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Final

import anyio
import click

from evtui.bootstrap.engine_setup import make_engine
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED
from evtui.cli.doctor.address_checks import (
    check_destinations,
    check_listeners,
    check_metrics,
    check_paths,
    check_server,
)
from evtui.cli.doctor.door_checks import check_doors
from evtui.cli.doctor.host_finding import HostFinding, State
from evtui.cli.doctor.system_checks import check_configuration, check_directories, check_limits
from evtui.cli.doctor.terminal_checks import check_terminal
from evtui.cli.settings.config_show import checked_config
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Members
from evtui.config.schema import Config
from evtui.core.errors import EvtuiError

_SIGNS: Final[dict[State, str]] = {"ok": "✓", "note": "·", "wrong": "✗"}


def doctor(file: Path | None, *, as_json: bool) -> None:
    """Check this host for evtui; the exit status is 1 when something is wrong."""
    with output.quiet_pipe():
        try:
            findings = anyio.run(_report, file, not as_json)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
        if as_json:
            output.json_line([_members(finding) for finding in findings])
    if any(finding.state == "wrong" for finding in findings):
        raise click.exceptions.Exit(EXIT_REFUSED)


async def _report(file: Path | None, shown: bool) -> list[HostFinding]:
    findings: list[HostFinding] = []
    async for finding in _findings(file):
        findings.append(finding)
        if shown:
            _print(finding)
    return findings


async def _findings(file: Path | None) -> AsyncIterator[HostFinding]:
    for finding in check_terminal(os.environ):
        yield finding
    config, wrong = Config(), None
    try:
        config = checked_config(file).config
    except EvtuiError as error:
        wrong = error
    yield check_configuration(file, os.environ, wrong)
    for finding in (*check_directories(config), *check_limits()):
        yield finding
    server = await check_server(os.environ)
    yield server
    is_running = server.state == "ok"
    for finding in (*check_listeners(config, is_running=is_running), *check_paths(config), *check_metrics(config)):
        yield finding
    for finding in await check_doors(config):
        yield finding
    with closing(make_engine(config)) as engine:
        async for finding in check_destinations(config, engine):
            yield finding


def _print(finding: HostFinding) -> None:
    output.data(display_safe(f"{_SIGNS[finding.state]} {finding.subject}: {finding.text}"))
    if finding.remedy:
        output.data(display_safe(f"    {finding.remedy}"))


def _members(finding: HostFinding) -> Members:
    return Members((name, getattr(finding, name)) for name in HostFinding.__struct_fields__)
