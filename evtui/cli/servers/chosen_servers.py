"""The servers that a command is for: all that are named, or those of them that `--server` chooses."""

import os
from collections.abc import Mapping, Sequence
from functools import partial

from evtui.backends.fleet.given_servers import GivenServer
from evtui.cli.client_session import EXIT_USAGE, fail, usage
from evtui.core.errors import UnknownServerError


def choose_servers(mi: Sequence[str], names: Sequence[str]) -> Sequence[str]:
    """Return the named servers of those that are given, all when none is named; a wrong name ends with status 2.

    Where none is given, they are those of the profile that was chosen.
    """
    mi = mi or _of_profile()
    if not names:
        return mi
    if not mi:
        fail("--server chooses among servers: name them with --mi, EVTUI_MI or --profile", EXIT_USAGE)
    from evtui.config.server_texts import read_servers

    given = {server.name: server for server in usage(lambda: read_servers(mi))}
    return [_text(usage(partial(_found, given, name))) for name in dict.fromkeys(names)]


def _of_profile() -> Sequence[str]:
    from evtui.cli.options import has_profile
    from evtui.cli.settings.profile_option import given_profile
    from evtui.scripting.program_config import read_config

    return usage(lambda: read_config(None, os.environ, [], given_profile())).config.servers if has_profile() else ()


def _found(given: Mapping[str, GivenServer], name: str) -> GivenServer:
    if name not in given:
        raise UnknownServerError(name, tuple(given))
    return given[name]


def _text(server: GivenServer) -> str:
    return f"{server.name}={server.address}"
