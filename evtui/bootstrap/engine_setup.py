"""An engine made of a configuration, and `open_engine`, the embedding API."""

import random
import secrets
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypedDict, Unpack

import anyio
from anyio.abc import TaskGroup

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.configuration import combine_with_script
from evtui.bootstrap.listen_addresses import ListenAddresses
from evtui.bootstrap.listeners import OpenListeners, start_listeners
from evtui.bootstrap.rotation_events import FlatFileRotations
from evtui.bootstrap.shutdown_report import log_leftovers
from evtui.bootstrap.tasks import lone_error
from evtui.bootstrap.transports import make_transports
from evtui.config.config_loader import LoadedConfig
from evtui.config.schema import Config, EngineConfig, JournalConfig, MiConfig, Payload
from evtui.config.script_settings import ScriptConfig
from evtui.config.setting_sources import from_tree
from evtui.config.value_syntax import parse_subscribe
from evtui.core.errors import BadSettingError, RequestError
from evtui.core.transport import Transport
from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine, Numbering
from evtui.engine.journal import Journal
from evtui.persistence.spool_setup import keep_spool, last_serial, restore_spooled, spooling
from evtui.persistence.subscription_state import ConfiguredSubscriptions, SubscriptionPersistence, state_file
from evtui.storage.spool import SqliteSpool
from evtui.transports import TransportSettings
from evtui.transports.route.transport import RouteTransport

if TYPE_CHECKING:
    from evtui.scripting.script_runtime import ScriptRuntime


Table: TypeAlias = Mapping[str, object]
"""A table of settings, as in the configuration file: `{"tcp": {"timeout": 500}}`."""


class Settings(TypedDict, total=False):
    """The settings of an embedded engine: those of the configuration file, without what only the program evtui has.

    A table is a mapping, or the class of its settings: `transports=TransportSettings(tcp=TcpSettings(timeout=500))`.
    """

    events: list[str] | tuple[str, ...]
    subscribe: list[str] | tuple[str, ...]
    payload: Payload
    read_only: bool
    static_events: bool
    journal: Table | JournalConfig
    mi: Table | MiConfig
    engine: Table | EngineConfig
    transports: Table | TransportSettings
    script: Table | ScriptConfig


_PROGRAM_ONLY = ("log_file", "ui")


def open_engine(**settings: Unpack[Settings]) -> AbstractAsyncContextManager[Engine]:
    """Open an engine in this event loop: `async with open_engine(events=["E_MY_EVENT"]) as engine`.

    Takes the settings of the configuration file as keywords, tables as mappings or as the classes of their settings.
    Listens nowhere unless `mi` names a place. raises BadSettingError: a keyword that is no setting, or a wrong value.
    """
    for name in _PROGRAM_ONLY:
        if name in settings:
            raise BadSettingError(name, "only the program evtui has it, not an embedded engine", "keyword")
    return _only_engine(combine_with_script(list(from_tree({**settings}, "keyword"))))


@asynccontextmanager
async def running_engine(
    loaded: LoadedConfig, sites: ListenAddresses, *, lenient: bool = False, implied: bool = True
) -> AsyncGenerator["RunningEngine"]:
    """Run an engine, its configured subscriptions and its listeners until the block ends.

    `lenient`: as in `start_listeners`. `implied` allows the spool in the data directory when no spool is configured.
    raises BadSettingError, ListenError.
    """
    config = loaded.config
    transports = make_transports(config)
    with (
        lone_error(),
        state_file(loaded) as state,
        spooling(config, implied=implied) as spool,
        closing(make_engine(config, spool, transports)) as engine,
    ):
        keeper = SubscriptionPersistence(engine, state) if state is not None else None
        async with anyio.create_task_group() as tasks:
            made: set[tuple[str, str]] = set()
            script = await _load_script(loaded, engine, transports, tasks, made)
            if keeper is not None:
                await keeper.resume()
            made |= await subscribe_configured(engine, loaded)
            if spool is not None:
                await restore_spooled(engine, spool)
                tasks.start_soon(keep_spool, spool)
            if keeper is not None:
                await keeper.begin(made)
                tasks.start_soon(keeper.run)
            tasks.start_soon(engine.run)
            places = [] if script is None else await script.begin()
            rotate = FlatFileRotations(transports).rotate
            listening = await start_listeners(
                tasks, engine, config, sites, lenient=lenient, rotate=rotate, script=script
            )
            yield RunningEngine(engine, listening._replace(places=(*places, *listening.places)), script)
            await engine.drain(config.engine.drain)
            if keeper is not None:
                await keeper.write()
            tasks.cancel_scope.cancel()


class RunningEngine(NamedTuple):
    """An engine that runs, and where its management interface listens."""

    engine: Engine
    listening: OpenListeners
    script: "ScriptRuntime | None" = None


async def _load_script(
    loaded: LoadedConfig, engine: Engine, transports: Sequence[Transport], tasks: TaskGroup, made: set[tuple[str, str]]
) -> "ScriptRuntime | None":
    """Load the configured script; its event routes are subscribed before all others, and so served after them."""
    config = loaded.config
    if not config.script.files:
        if config.script.sip is not None:
            why = "messages run the routes of a script, and there is none: name one (--script, script.files)"
            raise BadSettingError("script.sip", why, loaded.origin("script.sip"))
        return None
    # On first use: without a script nothing of its language is loaded.
    from evtui.scripting.script_runtime import ScriptRuntime

    (transport,) = (transport for transport in transports if isinstance(transport, RouteTransport))
    script = ScriptRuntime(config.script, engine, transport, tasks, made=made, read_only=config.read_only)
    await script.load()
    return script


@asynccontextmanager
async def _only_engine(loaded: LoadedConfig) -> AsyncGenerator[Engine]:
    async with running_engine(loaded, ListenAddresses.named(loaded.config), implied=False) as running:
        yield running.engine
    log_leftovers(running.engine)


def make_engine(
    config: Config, spool: SqliteSpool | None = None, transports: Sequence[Transport] | None = None
) -> Engine:
    """Build an engine with its catalogue, journal and transports: those of the configuration, unless they are given.

    raises BadEventNameError, BadSettingError.
    """
    catalogue = Catalogue(static_events() if config.static_events else ())
    journal = Journal(config.journal.records, config.journal.bytes)
    transports = make_transports(config) if transports is None else transports
    engine = Engine(
        catalogue,
        transports,
        journal,
        clock=time.monotonic,
        wall=time.time,
        jitter=random.random,
        numbering=Numbering(secrets.token_hex(5), last_serial(spool)),
        spool=spool,
    )
    FlatFileRotations(transports).raise_in(engine)
    for name in config.events:
        engine.publish(name)
    return engine


async def subscribe_configured(engine: Engine, loaded: LoadedConfig) -> ConfiguredSubscriptions:
    """Make the subscriptions of the configuration; returns which those are.

    raises BadSettingError: `subscribe[0]` names an unknown event, or a host that does not resolve.
    """
    backend = EmbeddedBackend(engine)
    made: set[tuple[str, str]] = set()
    for number, line in enumerate(loaded.config.subscribe):
        asked = parse_subscribe(line)
        try:
            await backend.subscribe(asked.event, asked.socket, asked.expire)
            made.add((asked.event, engine.parse(asked.socket).source))
        except RequestError as error:
            raise BadSettingError(f"subscribe[{number}]", str(error), loaded.origin("subscribe")) from error
    return made
