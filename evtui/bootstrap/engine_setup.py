"""An engine made of a configuration, and `open_engine`, the embedding API."""

import random
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, TypedDict, Unpack

import anyio
from anyio.abc import TaskGroup

from evtui.backends.embedded import EmbeddedBackend
from evtui.backends.flat_file_rotations import FlatFileRotations
from evtui.bootstrap.listeners import ListenAddresses, OpenListeners, start_listeners, start_service
from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.bootstrap.transports import make_transports
from evtui.config.config_loader import LoadedConfig
from evtui.config.schema import Config, EngineConfig, JournalConfig, MiConfig, Payload, ServiceConfig
from evtui.config.script_settings import ScriptConfig
from evtui.config.setting_sources import from_tree
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.errors import BadSettingError
from evtui.core.transport import Transport
from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.engine.numbering import Numbering
from evtui.engine.outbox.outboxes import OutboxRules
from evtui.persistence.configuration_reload import ConfigurationReload
from evtui.persistence.configured_subscriptions import subscribe_configured
from evtui.persistence.loss_reports import report_losses
from evtui.persistence.process_health import health_of
from evtui.persistence.recording_switch import RecordingRules, RecordingSwitch, begin_recording
from evtui.persistence.shutdown_report import log_undelivered
from evtui.persistence.spool_setup import last_serial, maintain_spool, open_spool, restore_spooled
from evtui.persistence.subscription_state import SubscriptionPersistence, locked_state_file
from evtui.scripting.program_config import combine_with_script
from evtui.serve.service.health import Health
from evtui.serve.terminal.sessions import Sessions
from evtui.storage.spool import SqliteSpool
from evtui.transports import TransportSettings
from evtui.transports.route.transport import RouteTransport

if TYPE_CHECKING:
    from evtui.scripting.script_runtime import ScriptRuntime

Table: TypeAlias = Mapping[str, object]
"""A table of settings, as in the configuration file: `{"tcp": {"timeout": 500}}`."""


class EngineSettings(TypedDict, total=False):
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
    service: Table | ServiceConfig
    engine: Table | EngineConfig
    transports: Table | TransportSettings
    script: Table | ScriptConfig


_PROGRAM_ONLY = ("ssh", "web", "viewers", "log_file", "log_format", "record", "rules", "alert", "ui")


def open_engine(**settings: Unpack[EngineSettings]) -> AbstractAsyncContextManager[Engine]:
    """Open an engine in this event loop: `async with open_engine(events=["E_MY_EVENT"]) as engine`.

    Takes the settings of the configuration file as keywords, tables as mappings or as the classes of their settings.
    Listens nowhere unless `mi` names a place. raises BadSettingError: an unknown keyword, or a wrong value.
    """
    for name in _PROGRAM_ONLY:
        if name in settings:
            raise BadSettingError(name, "only the program evtui has it, not an embedded engine", "keyword")
    return _only_engine(combine_with_script(list(from_tree({**settings}, "keyword"))))


class RunningEngine(NamedTuple):
    """An engine that runs, the places where it listens, and its script."""

    engine: Engine
    listeners: OpenListeners
    recordings: RecordingSwitch
    health: Health
    reload: ConfigurationReload
    sessions: Sessions
    """Those of the doors for viewers."""
    script: "ScriptRuntime | None" = None
    begun: int = 0
    """How many records were written before anything could be raised: of published events, of subscriptions."""


@asynccontextmanager
async def running_engine(
    loaded: LoadedConfig, addresses: ListenAddresses, *, lenient: bool = False, implied: bool = True
) -> AsyncGenerator[RunningEngine]:
    """Run an engine, its configured subscriptions and its listeners until the block ends.

    `lenient`: as in `start_listeners`. `implied` allows the spool in the data directory when no spool is configured.
    raises BadSettingError, ListenError.
    """
    config = loaded.config
    transports = make_transports(config)
    with (
        unwrap_lone_error(),
        locked_state_file(loaded) as state,
        open_spool(loaded, REAL_CLOCKS.wall, implied=implied) as spool,
        closing(make_engine(config, spool, transports)) as engine,
    ):
        persistence = SubscriptionPersistence(engine, state, REAL_CLOCKS) if state is not None else None
        async with anyio.create_task_group() as tasks:
            measured, configured = health_of(engine, persistence, REAL_CLOCKS), set[tuple[str, str]]()
            health, service = measured.health, await start_service(tasks, config, measured)
            script = await _subscribe_all(loaded, engine, transports, tasks, persistence, configured, health)
            begun = engine.journal.written
            if spool is not None:
                await _restore_spool(engine, spool, tasks, health)
            tasks.start_soon(engine.run)
            tasks.start_soon(report_losses, engine, REAL_CLOCKS.sleep)
            recordings, unrecorded = await _record(config, engine, tasks)
            places = [] if script is None else await script.begin()
            sessions = Sessions(config.viewers, REAL_CLOCKS)
            start = partial(start_listeners, tasks, engine, config, addresses, lenient=lenient, sessions=sessions)
            listeners = await start(rotate=FlatFileRotations(transports).rotate, script=script, measured=measured)
            notices = (*(() if spool is None else spool.findings), *unrecorded, *service.notices, *listeners.notices)
            listeners = listeners._replace(places=(*places, *service.places, *listeners.places), notices=notices)
            health.add_warning(lambda: "" if script is None else script.trouble or "")
            health.begin()
            reload = ConfigurationReload(engine, tasks, REAL_CLOCKS.sleep, loaded, configured, script)
            yield RunningEngine(engine, listeners, recordings, health, reload, sessions, script, begun)
            health.stage = "stopping"
            await _end(engine, config, recordings, persistence)
            tasks.cancel_scope.cancel()


async def _restore_spool(engine: Engine, spool: SqliteSpool, tasks: TaskGroup, health: Health) -> None:
    health.doing = "it takes what waits out of the spool"
    await restore_spooled(engine, spool, tasks)
    tasks.start_soon(maintain_spool, spool, REAL_CLOCKS.sleep)


async def _end(
    engine: Engine, config: Config, recordings: RecordingSwitch, persistence: SubscriptionPersistence | None
) -> None:
    await engine.drain(config.engine.drain)
    await recordings.end()
    engine.log_losses()
    if persistence is not None:
        await persistence.write()


async def _record(config: Config, engine: Engine, tasks: TaskGroup) -> tuple[RecordingSwitch, tuple[str, ...]]:
    """Begin the recording that is configured; returns what begins and ends recordings, and why nothing is recorded."""
    backend = EmbeddedBackend(engine)
    recordings = RecordingSwitch(backend, tasks, recording_rules(config), REAL_CLOCKS, engine.walk_subscriptions)
    return recordings, await begin_recording(recordings, config.record.file)


def recording_rules(config: Config) -> RecordingRules:
    """Return the bounds of recordings."""
    return RecordingRules(config.record.size, config.record.files)


async def _subscribe_all(
    loaded: LoadedConfig,
    engine: Engine,
    transports: Sequence[Transport],
    tasks: TaskGroup,
    persistence: SubscriptionPersistence | None,
    configured: set[tuple[str, str]],
    health: Health,
) -> "ScriptRuntime | None":
    """Make the subscriptions of the script, then those of the state file, then those of `subscribe`.

    An event is served from the newest subscription to the oldest: event routes, subscribed first, are served last.
    `configured` gets event and socket of those that each start makes.
    """
    health.doing = "it loads the script"
    script = await _load_script(loaded, engine, transports, tasks, configured)
    health.doing = "it makes the subscriptions of the state file and of the configuration"
    if persistence is not None:
        await persistence.restore(tasks)
    configured |= await subscribe_configured(engine, loaded, tasks, REAL_CLOCKS.sleep)
    if persistence is not None:
        await persistence.begin(configured)
        tasks.start_soon(persistence.run)
    return script


async def _load_script(
    loaded: LoadedConfig,
    engine: Engine,
    transports: Sequence[Transport],
    tasks: TaskGroup,
    configured: set[tuple[str, str]],
) -> "ScriptRuntime | None":
    config = loaded.config
    if not config.script.files:
        if config.script.sip is not None:
            why = "SIP messages run the routes of a script, but none is loaded: name one (--script, script.files)"
            raise BadSettingError("script.sip", why, loaded.origin("script.sip"))
        return None
    # On first use: without a script nothing of its language is loaded.
    from evtui.scripting.script_runtime import ScriptRuntime

    transport = route_transport(transports)
    script = ScriptRuntime(
        config.script, engine, transport, tasks, REAL_CLOCKS, configured=configured, read_only=config.read_only
    )
    await script.load()
    return script


def route_transport(transports: Sequence[Transport]) -> RouteTransport:
    """Find the transport of script routes among all transports."""
    (transport,) = (transport for transport in transports if isinstance(transport, RouteTransport))
    return transport


@asynccontextmanager
async def _only_engine(loaded: LoadedConfig) -> AsyncGenerator[Engine]:
    async with running_engine(loaded, ListenAddresses.named(loaded.config), implied=False) as running:
        yield running.engine
    log_undelivered(running.engine)


def make_engine(
    config: Config, spool: SqliteSpool | None = None, transports: Sequence[Transport] | None = None
) -> Engine:
    """Build an engine with its catalogue and journal; `transports` are, when None, those of the configuration.

    raises BadEventNameError, BadSettingError.
    """
    catalogue = Catalogue(static_events() if config.static_events else ())
    journal = Journal(config.journal.records, config.journal.bytes)
    transports = make_transports(config) if transports is None else transports
    engine = Engine(
        catalogue,
        transports,
        journal,
        clock=REAL_CLOCKS.monotonic,
        wall=REAL_CLOCKS.wall,
        numbering=Numbering(secrets.token_hex(5), last_serial(spool)),
        spool=spool,
        rules=OutboxRules(
            config.engine.queue_bytes, config.engine.keep_ended, random.random, config.engine.destinations
        ),
        max_subscriptions=config.engine.subscriptions,
    )
    FlatFileRotations(transports).raise_in(engine)
    for name in config.events:
        engine.publish(name)
    return engine
