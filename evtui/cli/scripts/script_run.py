"""`evtui script run`: run a script and print what it does, line by line."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import anyio
import click

from evtui.bootstrap.script_trial_setup import try_script
from evtui.cli import output
from evtui.cli.client_session import EXIT_REFUSED, EXIT_USAGE, refuse, usage
from evtui.codecs.display_text import display_safe
from evtui.codecs.jsonvalue import Json, Members, dumps
from evtui.config.setting_sources import GivenSetting
from evtui.core.errors import BadParamsError, EvtuiError
from evtui.core.records import Raised
from evtui.core.script_port import ScriptLogRecord
from evtui.core.values import Params
from evtui.scripting.program_config import combine_with_script
from evtui.scripting.script_trial import MessageRead, ReplyMade, RouteEnded, TrialReport, TrialRequest
from evtui.scripting.script_view import outcome_text

_LEVELS: Final = {-3: "ALERT", -2: "CRIT", -1: "ERR", 1: "WARN", 2: "NOTICE", 3: "INFO", 4: "DBG"}


def run_file(
    files: Sequence[Path],
    messages: Path | None,
    as_version: str | None,
    sip: str | None,
    route: str | None,
    stats: Sequence[str],
    *,
    m4: bool,
    as_json: bool,
) -> None:
    """Run a script; exit status 1 when a run failed or a message was not SIP, 2 when the script is wrong."""
    logging.getLogger("evtui.script").setLevel(logging.CRITICAL + 1)  # printed as output, not logged
    given = [GivenSetting("script.files", [str(file) for file in files], "command line")]
    given += [] if as_version is None else [GivenSetting("script.as", as_version, "command line --as")]
    given += [GivenSetting("script.m4", m4, "command line --m4")] if m4 else []
    given += [] if sip is None else [GivenSetting("script.sip", sip, "command line --sip")]
    given.append(
        GivenSetting("script.statistics", dict(usage(partial(_stat, text)) for text in stats), "command line --stat")
    )
    loaded = usage(lambda: combine_with_script(given))
    request = TrialRequest(None if messages is None else usage(partial(_read, messages)), route)
    show = _print_json if as_json else _print_line
    succeeded = False
    with output.quiet_pipe():
        try:
            succeeded = anyio.run(try_script, loaded, request, show, output.message)
        except EvtuiError as error:
            refuse(error, EXIT_USAGE)
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
    if not succeeded:
        raise click.exceptions.Exit(EXIT_REFUSED)


def _stat(text: str) -> tuple[str, int]:
    name, _, value = text.partition("=")
    if not name or not value.lstrip("-").isdigit():
        raise BadParamsError(f"--stat {text!r} is not NAME=NUMBER")
    return name, int(value)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadParamsError(f"{file}: {error.strerror or error}") from error


def _print_line(report: TrialReport) -> None:
    output.data(display_safe(_line(report)))


def _line(report: TrialReport) -> str:
    match report:
        case MessageRead(number, None, error):
            return f"message {number}: not a SIP message: {error}"
        case MessageRead(number, message):
            assert message is not None
            return f"message {number}: {message.text.splitlines()[0]}"
        case ScriptLogRecord():
            place = f" {report.place.file}:{report.place.line}" if report.place is not None else ""
            return f"  log    {_LEVELS.get(report.level, '')}{place} {report.route}: {report.text}"
        case Raised():
            return f"  event  {report.event} {dumps(_params(report.params))} to {report.subscribers}"
        case ReplyMade(reply, (host, port)):
            return f"  reply  {reply.splitlines()[0].removeprefix('SIP/2.0 ')} to {host}:{port}"
        case RouteEnded():
            return f"  {report.route} {outcome_text(report.outcome)}"


def _print_json(report: TrialReport) -> None:
    members: tuple[tuple[str, Json], ...]
    match report:
        case MessageRead(number, message, error):
            members = (
                ("type", "message"), ("number", number), ("method", message.method if message else None),
                ("status", message.status if message else None), ("error", error),
            )  # fmt: skip
        case ScriptLogRecord():
            place = None if report.place is None else f"{report.place.file}:{report.place.line}:{report.place.column}"
            members = (
                ("type", "log"),
                ("level", report.level),
                ("route", report.route),
                ("place", place),
                ("text", report.text),
            )
        case Raised():
            members = (
                ("type", "event"), ("event", report.event), ("params", _params(report.params)),
                ("subscribers", report.subscribers),
            )  # fmt: skip
        case ReplyMade():
            members = ("type", "reply"), ("reply", report.reply), ("to", f"{report.address[0]}:{report.address[1]}")
        case RouteEnded():
            outcome = report.outcome
            members = (
                ("type", "ended"), ("route", report.route), ("how", outcome.ended), ("code", outcome.code),
                ("error", outcome.error),
            )  # fmt: skip
    output.json_line(Members(members))


def _params(params: Params) -> Json:
    return Members(zip(params.names, params.values, strict=True)) if params.names else list(params.values)
