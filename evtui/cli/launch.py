"""Start `evtui` and `evtui serve`: read the configuration, then run the engine."""

import gc
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, cast

import click

from evtui.cli import output
from evtui.cli.client_session import EXIT_USAGE, fail, usage
from evtui.cli.settings.profile_option import given_profile, known_profiles
from evtui.config.setting_sources import COMMAND_LINE, GivenSetting

if TYPE_CHECKING:
    from evtui.config.config_loader import LoadedConfig

_PATHS: Final = {
    "fifo": "mi.fifo",
    "datagram": "mi.datagram",
    "http": "mi.http",
    "service": "service.http",
    "web": "web.listen",
    "web_cert": "web.cert_file",
    "web_key": "web.key_file",
    "event": "events",
    "subscribe": "subscribe",
    "payload": "payload",
    "log_file": "log_file",
    "log_format": "log_format",
    "read_only": "read_only",
    "script": "script.files",
    "as_": "script.as",
    "m4": "script.m4",
    "sip": "script.sip",
    "record": "record.file",
    "record_size": "record.size",
    "record_files": "record.files",
    "fps": "ui.fps",
    "ssh": "ssh.listen",
    "authorized_keys": "ssh.authorized_keys",
    "host_key": "ssh.host_key",
    "ssh_me": "ssh.me",
}

_WHILE_ATTACHED: Final = {
    "log_file", "log_format", "read_only", "record.file", "record.size", "record.files", "ui.fps", "ssh.listen",
    "ssh.authorized_keys", "ssh.host_key", "ssh.me", "web.listen",
    "web.cert_file", "web.key_file",
}  # fmt: skip
"""The settings that count while the console is attached to a server."""


def given(**options: object) -> list[GivenSetting]:
    """Return the options of the command line as settings."""
    return [
        GivenSetting(
            _PATHS[name],
            [*cast("tuple[str, ...]", value)] if isinstance(value, tuple) else value,
            f"{COMMAND_LINE} --{name.rstrip('_').replace('_', '-')}",
        )
        for name, value in options.items()
        if value not in (None, (), False)
    ]


def refuse_misplaced(
    command: str, given: list[GivenSetting], *, config: Path | None, demo: bool, mi: Sequence[str]
) -> None:
    """End the program when options stand before a command that does not have them."""
    names = [item.origin.rpartition(" ")[2] for item in given]
    names += [name for name, value in (("--config", config), ("--demo", demo), ("--mi", mi)) if value]
    if names:
        fail(f"the command {command!r} has no option {names[0]}", EXIT_USAGE)


def run_serve(given: list[GivenSetting], file: Path | None) -> None:
    """Serve until a signal arrives."""
    from evtui.bootstrap.serve import Outside, serve
    from evtui.scripting.program_config import read_config

    gc.freeze()  # what is imported stays, as in `main`
    gc.enable()
    reread = partial(read_config, file, os.environ, given, given_profile())
    _end(serve(usage(reread), Outside(reread, output.data, output.message)))


def run_console(given: list[GivenSetting], file: Path | None, *, demo: bool, mi: Sequence[str]) -> None:
    """Run the console until it is quit."""
    # Garbage collection during the imports frees nothing and takes 25 ms; `run` enables it after the first paint.
    from evtui.bootstrap.console import run_console as run
    from evtui.persistence.profile_switch import Profiles
    from evtui.scripting.program_config import read_config

    if mi and (demo or any(item.path not in _WHILE_ATTACHED for item in given)):
        allowed = "--config, --profile, --log-file, --read-only, --fps, --record, --ssh and --web"
        fail(f"--mi attaches to a running server: only {allowed} go with it", EXIT_USAGE)
    if mi:
        _check_servers(mi)
    loaded = usage(lambda: read_config(file, os.environ, given, given_profile()))
    _check_terminal()
    profiles = Profiles(partial(known_profiles, file), partial(_read_profile, file, given, with_servers=not mi))
    _end(run(loaded, output.message, os.environ, demo=demo, mi=mi, profiles=profiles))


def _read_profile(file: Path | None, given: list[GivenSetting], name: str, *, with_servers: bool) -> "LoadedConfig":
    from evtui.scripting.program_config import read_config

    loaded = read_config(file, os.environ, given, name)
    if with_servers and loaded.config.servers:
        from evtui.config.server_texts import read_servers

        read_servers(loaded.config.servers)
    return loaded


def _check_servers(mi: Sequence[str]) -> None:
    from evtui.backends.fleet.given_servers import is_several
    from evtui.config.server_texts import check_address, read_servers

    if len(mi) == 1 and not is_several(mi[0]):
        usage(lambda: check_address(mi[0]))
    else:
        usage(lambda: read_servers(mi))


def run_recording(
    file: Path, given: list[GivenSetting], config: Path | None, *, at: str | None, speed: float, is_paused: bool
) -> None:
    """Show a recording until the console is quit."""
    from evtui.bootstrap.console import run_recording as run
    from evtui.scripting.program_config import read_config

    loaded = usage(lambda: read_config(config, os.environ, given, given_profile()))
    _check_terminal()
    _end(run(loaded, file, output.message, at=at, speed=speed, is_paused=is_paused))


def _check_terminal() -> None:
    if not os.isatty(0) or not os.isatty(1):
        fail("the console needs a terminal; without one: evtui serve, evtui tail", EXIT_USAGE)
    if not os.isatty(2):
        _refuse_other_stderr()


def _refuse_other_stderr() -> NoReturn:
    """End the program with exit status 2: the console would be drawn into the file that standard error goes to.

    The reason is written there, and also on the terminal, where the user sees it.
    """
    why = "the console draws on standard error, which is not the terminal: do not redirect it, use --log-file FILE"
    output.data(f"evtui: {why}")
    fail(why, EXIT_USAGE)


def _end(status: int) -> None:
    if status:
        raise click.exceptions.Exit(status)
