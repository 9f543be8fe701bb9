"""What the console shows: an engine of its own, a server, a source. Loaded and opened after its first paint."""

import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import anyio

from evtui.backends.amqp.address import is_amqp, parse_amqp_address
from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.fleet.given_servers import is_several
from evtui.bootstrap.doors import open_doors
from evtui.bootstrap.engine_setup import recording_rules, running_engine
from evtui.bootstrap.listeners import ListenAddresses
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.config_loader import LoadedConfig
from evtui.config.schema import Config
from evtui.persistence.shutdown_report import log_undelivered, print_undelivered
from evtui.scripting.view_of_script import script_view
from evtui.storage.runtime_dir import RuntimeDirError
from evtui.ui.state.console_source import ConsoleSource

_BACK: Final = 1000
"""Records before now that the console shows of an evtui to which it attaches."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def open_embedded(
    loaded: LoadedConfig, print_error: Callable[[str], None], *, demo: bool
) -> AsyncGenerator[ConsoleSource]:
    """Run an engine of a configuration until the block ends; print what its destinations did not get.

    raises BadSettingError, ListenError, EvtuiError.
    """
    config = loaded.config
    addresses, notices = _addresses(config)
    async with running_engine(loaded, addresses, lenient=True) as running, anyio.create_task_group() as tasks:
        for place in running.listeners.places:
            _log.info("listening on %s", place)
        if demo:
            from evtui.demo.demo_run import run_demo

            await tasks.start(run_demo, running.engine, REAL_CLOCKS.sleep)
        backend = EmbeddedBackend(running.engine, read_only=config.read_only, since=running.begun)
        script = script_view(running.script)
        async with open_doors(loaded, running, script, demo=demo, has_console=True) as told:
            notices += [*running.listeners.notices, *told[1:]]
            sessions = running.sessions if told else None
            yield ConsoleSource(backend, notices, script, running.recordings, sessions=sessions)
        tasks.cancel_scope.cancel()
    if not demo:  # the receivers of the demo end with it
        print_undelivered(running.engine, print_error)
        log_undelivered(running.engine)


@asynccontextmanager
async def open_attached(
    loaded: LoadedConfig, servers: Sequence[str], environ: Mapping[str, str]
) -> AsyncGenerator[ConsoleSource]:
    """Attach to a server or a source until the block ends, or to several of them as a fleet.

    raises BadSocketError: the certificates of a source cannot be used. BadServerError: a list of servers is wrong.
    SshDoorError, ListenError: a door cannot be opened.
    """
    # On first use: a console on an engine of its own starts sooner without the clients.
    from evtui.persistence.attached_source import AttachedTo, attached_source

    config, mi = loaded.config, servers[0]
    shown = partial(attached_source, AttachedTo(loaded, servers, environ), recording_rules(config), REAL_CLOCKS)
    if len(servers) > 1 or is_several(mi):
        from evtui.bootstrap.fleet_setup import run_fleet

        async with run_fleet(servers, config, environ) as fleet, shown(fleet, fleet) as source:
            yield source
        return
    if is_amqp(mi):
        from evtui.bootstrap.amqp_source import consume

        async with (
            consume(parse_amqp_address(mi), config.transports.rabbitmq) as backend,
            shown(backend) as source,
        ):
            yield source
        return
    from evtui.bootstrap.remote_server import attach

    async with (
        attach(mi, environ, read_only=config.read_only, back=_BACK) as server,
        shown(server.backend) as source,
    ):
        yield source


def _addresses(config: Config) -> tuple[ListenAddresses, list[str]]:
    """Choose where to listen. With an unsafe runtime directory the console starts without listeners and says so."""
    try:
        return ListenAddresses.chosen(config), []
    except RuntimeDirError as error:
        return ListenAddresses(), [f"no management interface: {error}"]
