"""What a running engine takes of a configuration that was read again, and what counts only from the next start."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from anyio.abc import TaskGroup
from msgspec import Struct

from evtui.config.config_loader import LoadedConfig
from evtui.config.setting_tree import all_settings
from evtui.core.clocks import Sleep
from evtui.core.errors import ReadOnlyError
from evtui.engine.engine import Engine
from evtui.persistence.configured_subscriptions import Configured, read_configured, subscribe_read

TAKEN: Final = ("events", "subscribe", "rules", "log_file", "log_format", "alert.")
"""The settings, and the beginnings of settings, that are taken."""

_BY: Final = "the configuration, which was read again"

_log = logging.getLogger(__name__)


class ReloadedScript(Protocol):
    """The routing script of an engine."""

    async def reload(self) -> str | None:
        """Read its files again; return why that failed, or None. raises ReadOnlyError."""
        ...


class ReloadReport(Struct, frozen=True):
    """What came of it."""

    published: Sequence[str]
    """New events."""
    subscribed: int
    ended: int
    waiting: Sequence[str]
    """Settings that have changed and count only from the next start."""

    def __str__(self) -> str:
        told = [f"{len(self.published):,} events published"] if self.published else []
        told += [f"{self.subscribed:,} subscribed"] if self.subscribed else []
        told += [f"{self.ended:,} ended"] if self.ended else []
        told += [f"from the next start on: {', '.join(self.waiting)}"] if self.waiting else []
        return "; ".join(told) or "no event or subscription has changed"


class ConfigurationReload:
    """Brings an engine to another configuration."""

    def __init__(
        self,
        engine: Engine,
        tasks: TaskGroup,
        sleep: Sleep,
        loaded: LoadedConfig,
        configured: set[tuple[str, str]],
        script: ReloadedScript | None,
    ) -> None:
        """`configured` holds event and socket of the subscriptions that each start makes; it follows the changes.

        Subscriptions whose hosts do not resolve yet are made by `tasks`.
        """
        self._engine = engine
        self._tasks = tasks
        self._sleep = sleep
        self._loaded = loaded
        self._configured = configured
        self._script = script

    async def apply(self, loaded: LoadedConfig) -> ReloadReport:
        """Take what can be taken: events, subscriptions, and the files of the script.

        Log, watch rules and alerts are those of the caller. raises BadSettingError: nothing has changed, unless a
        socket cannot be opened.
        """
        engine, events = self._engine, loaded.config.events
        published = [name for name in events if engine.catalogue.get(name) is None]
        wanted = read_configured(engine, loaded, also=events)
        before = _by_key(read_configured(engine, self._loaded))
        for name in published:
            engine.publish(name)
        gone = [each for key, each in before.items() if key not in _by_key(wanted)]
        new = [each for key, each in _by_key(wanted).items() if key not in before or before[key].expire != each.expire]
        for each in gone:
            engine.apply(each.event, each.target, 0, by=_BY)
            self._configured.discard((each.event, each.target.source))
        await subscribe_read(engine, loaded, new, self._tasks, self._sleep)
        self._configured |= {(each.event, each.target.source) for each in new}
        waiting = _waiting(self._loaded, loaded)
        self._loaded = loaded
        await self._reload_script()
        return ReloadReport(published, len(new), len(gone), waiting)

    async def _reload_script(self) -> None:
        if self._script is None:
            return
        try:
            await self._script.reload()  # logs why it fails
        except ReadOnlyError as error:
            _log.warning("SIGHUP: %s", error)


def _by_key(wanted: Sequence[Configured]) -> Mapping[tuple[str, str], Configured]:
    return {(each.event, each.target.source): each for each in wanted}


def _waiting(old: LoadedConfig, new: LoadedConfig) -> list[str]:
    """Name the settings that have changed and are not taken; an event that is left out stays published."""
    changed = [
        setting.path for setting in all_settings()
        if setting.value_in(old.config) != setting.value_in(new.config) and not setting.path.startswith(TAKEN)
    ]  # fmt: skip
    is_left_out = not {*old.config.events} <= {*new.config.events}
    return [*changed, *(["events that were left out"] if is_left_out else [])]
