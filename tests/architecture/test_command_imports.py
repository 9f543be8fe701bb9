"""What each client command loads: every module beyond what its question needs makes each start of it slower.

Whole commands run in fresh processes, against a server that runs. Modules that are imported by their name are found
too, which `-X importtime` does not show.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import packages_distributions

from tests.functional.processes.evtui_process import Evtui, Receiver
from tests.limits import HANG
from tests.paths import ROOT

PROGRAM = {
    "__main__", "cli.commands", "cli.late_commands", "cli.options", "cli.settings.profile_option",
    "cli.shell.completers", "codecs", "core",
}  # fmt: skip
"""What `--help` of a command may load: modules and rooms of evtui. The packages around them are not named."""

QUESTION = PROGRAM | {
    "backends.remote.asked_server", "backends.remote.exchange.blocking_waits",
    "backends.remote.exchange.fifo_exchange", "backends.remote.exchange.late_replies",
    "backends.remote.exchange.mi_exchange", "backends.remote.exchange.mi_post", "backends.remote.exchange.waits",
    "backends.remote.mi_address", "backends.remote.mi_client", "backends.remote.remote_requests",
    "backends.remote.reply_members", "backends.remote.retry_gate", "backends.remote.server_listings",
    "backends.remote.subscriber_listing", "backends.remote.subscription_requests", "backends.seen.seen_subscriptions",
    "bootstrap.real_clocks", "bootstrap.remote_server", "cli.client_session", "cli.output",
    "cli.servers.asked_servers", "config.known_schemes", "engine.catalogue", "storage.runtime_dir",
}  # fmt: skip
"""What a command may load that asks one server a question."""

SCHEMES = {
    "transports.address_classes", "transports.common_settings", "transports.datagram.settings",
    "transports.flatstore.settings", "transports.kafka.settings", "transports.rabbitmq.settings",
    "transports.route.settings", "transports.stream.settings", "transports.virtual.grammar",
    "transports.virtual.settings", "transports.xmlrpc.settings",
}  # fmt: skip
"""What is known of the schemes of sockets."""

CHANGE = QUESTION | SCHEMES | {"cli.mi_parameters", "cli.query", "config.value_syntax"}
RAISE = QUESTION | {"backends.remote.report_reply", "cli.raising.raise_commands"}

COMMANDS = {
    "--version": PROGRAM | {"cli.doctor.program_versions", "cli.option_places", "cli.output"},
    "version": PROGRAM | {"cli.doctor.program_versions", "cli.output"},
    "events --help": PROGRAM,
    "events": QUESTION | {"cli.tables.listings"},
    "events --json E_CORE_*": QUESTION | {"cli.tables.listings"},
    "subscribers": QUESTION | SCHEMES | {"cli.tables.listings"},
    "mi pwd": QUESTION | {"cli.mi_parameters", "cli.query"},
    "subscribe E_CORE_LOG udp:127.0.0.1:9 60": CHANGE,
    "unsubscribe E_CORE_LOG udp:127.0.0.1:9": CHANGE,
    "raise E_CORE_LOG a=1": RAISE | {
        "cli.raise_event", "cli.raising.raise_results", "cli.raising.raise_sources", "raising.placeholders",
        "raising.raise_template", "raising.random_pick",
    },
    "test SOCKET a=1 --event E_CORE_LOG": RAISE | SCHEMES | {"cli.raising.one_subscriber"},
    "why E_CORE_LOG": QUESTION | {"backends.remote.report_reply", "backends.seen.seen_report", "cli.why"},
    "queues": QUESTION | SCHEMES | {"cli.tables.transport_tables"},
    "sessions": QUESTION | {"cli.tables.session_tables", "cli.tables.transport_tables"},
    "statistics": QUESTION | {"cli.tables.statistics_tables", "cli.tables.transport_tables"},
    "mi --mi fifo:FIFO pwd": QUESTION
    | {"backends.fleet.given_servers", "backends.kafka.kafka_address", "cli.mi_parameters", "cli.query"},
}  # fmt: skip
"""The commands, and the modules and rooms of evtui that each may load."""

NOT_NEEDED = {
    "asyncio", "concurrent.futures", "dataclasses", "email", "http.client", "importlib.metadata",
    "importlib.resources", "logging", "pathlib", "random", "secrets", "ssl", "subprocess", "tempfile",
    "tomllib", "urllib.request",
}  # fmt: skip
"""Parts of the standard library that take long to load, and that none of these commands needs."""

LIBRARIES = {"click", "msgspec", "typing_extensions"}

_MAIN = """
import atexit, sys
place = sys.argv.pop(1)
atexit.register(lambda: open(place, "w").write("\\n".join(sys.modules)))
from evtui.__main__ import main
main()
"""
"""Runs a command and writes what is loaded at its end into the file that the first argument names."""


def _loaded(evtui: Evtui, words: Sequence[str], status: int = 0) -> set[str]:
    place = evtui.directory / "loaded"
    environ = os.environ | evtui.environ
    ran = subprocess.run(
        [sys.executable, "-c", _MAIN, str(place), *words], cwd=ROOT, env=environ, capture_output=True, text=True,
        check=False, timeout=HANG,
    )  # fmt: skip
    assert ran.returncode == status, ran.stderr
    return set(place.read_text(encoding="utf-8").splitlines())


def _is_in(name: str, rooms: set[str]) -> bool:
    """Say whether a module is one of these, is in one of them, or is a package around one."""
    return any(name == room or name.startswith(f"{room}.") or room.startswith(f"{name}.") for room in rooms)


def test_a_client_command_loads_only_what_its_question_needs(evtui: Evtui, receiver: Receiver) -> None:
    too_much: dict[str, set[str]] = {}
    libraries = packages_distributions().keys() - LIBRARIES - {"evtui"}
    with evtui.serving("--subscribe", f"E_CORE_LOG {receiver.socket}"):
        for command, allowed in COMMANDS.items():
            words = command.replace("FIFO", str(evtui.mi_fifo)).replace("SOCKET", receiver.socket).split()
            loaded = _loaded(evtui, words)
            ours = {name.removeprefix("evtui.") for name in loaded if name.startswith("evtui.")}
            found = {name for name in ours if not _is_in(name, allowed)}
            found |= (loaded & NOT_NEEDED) | ({name.partition(".")[0] for name in loaded} & libraries)
            if found:
                too_much[command] = found
    assert too_much == {}


def test_what_is_not_needed_would_be_found(evtui: Evtui) -> None:
    """`tail` follows a server in an event loop; without one it says so."""
    assert _loaded(evtui, ["tail"], status=1) >= {"asyncio", "anyio", "evtui.backends.watched"}
