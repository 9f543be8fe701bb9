"""What a console shows that is attached to a server, a source or a fleet: its recordings, and its doors."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

import anyio
from msgspec import Struct

from evtui.config.config_loader import LoadedConfig
from evtui.core.clocks import Clocks
from evtui.core.error_groups import unwrap_lone_error
from evtui.core.fleet_port import Fleet
from evtui.core.ports import Backend
from evtui.persistence.attached_doors import attached_doors
from evtui.persistence.recording_switch import RecordingRules, RecordingSwitch, begin_recording
from evtui.ui.state.console_source import ConsoleSource


class AttachedTo(Struct, frozen=True):
    """What a console is attached to."""

    loaded: LoadedConfig
    servers: Sequence[str]
    """As they were given."""
    environ: Mapping[str, str]


@asynccontextmanager
async def attached_source(
    attached: AttachedTo, rules: RecordingRules, clocks: Clocks, backend: Backend, fleet: Fleet | None = None
) -> AsyncGenerator[ConsoleSource]:
    """Open what goes with a backend until the block ends. raises SshDoorError, ListenError."""
    with unwrap_lone_error():
        async with anyio.create_task_group() as tasks, attached_doors(attached, backend, fleet, clocks) as doors:
            told, sessions = doors
            recordings = RecordingSwitch(backend, tasks, rules, clocks)
            notices = (*await begin_recording(recordings, attached.loaded.config.record.file), *told[1:])
            yield ConsoleSource(backend, notices, None, recordings, fleet, sessions)
            await recordings.end()
