"""What a server does at a signal: it ends, or reads its configuration again."""

import logging
import signal
from collections.abc import AsyncIterator, Callable

from anyio import to_thread
from msgspec import Struct

from evtui.config.config_loader import LoadedConfig
from evtui.core.errors import EvtuiError
from evtui.persistence.configuration_reload import ConfigurationReload
from evtui.serve.service.health import Health
from evtui.serve.service.sd_notify import ServiceNotices

_log = logging.getLogger(__name__)


class ServedParts(Struct, frozen=True):
    """The parts of a server that signals concern."""

    health: Health
    reload: ConfigurationReload
    notices: ServiceNotices
    reread: Callable[[], LoadedConfig]
    """Read the configuration again; called in a thread. raises EvtuiError."""
    log_as: Callable[[LoadedConfig], None]
    """Log as a configuration says, in a new file where the old one was moved away. raises BadSettingError."""
    status: Callable[[], str]
    """Say how the server is, for the service manager."""
    is_reloaded: bool
    """Whether SIGHUP reads the configuration again; else it ends the server."""


class ServerSignals:
    """Obeys the signals of a running server."""

    def __init__(self, parts: ServedParts, received: AsyncIterator[signal.Signals]) -> None:
        self._parts = parts
        self._received = received
        self._trouble = ""
        parts.health.add_warning(lambda: self._trouble)

    async def next_configuration(self, current: LoadedConfig) -> LoadedConfig | None:
        """Wait until the server is to end, and return None; or until its watch rules or alerts are other ones."""
        before = current.config
        async for number in self._received:
            if number == signal.SIGHUP and self._parts.is_reloaded:
                current = await self._reload(current)
                if (current.config.rules, current.config.alert) != (before.rules, before.alert):
                    return current
                continue
            _log.info("%s: stopping", signal.Signals(number).name)
            break
        return None

    async def _reload(self, current: LoadedConfig) -> LoadedConfig:
        """Read the configuration again; return the one that counts from now on."""
        parts = self._parts
        parts.notices.reloading()
        parts.health.stage = "reloading"
        try:
            loaded = await to_thread.run_sync(parts.reread)
            report = await parts.reload.apply(loaded)
            parts.log_as(loaded)
            _log.info("the configuration was read again: %s", report)
            current, self._trouble = loaded, ""
        except EvtuiError as error:
            self._trouble = f"the configuration was not reloaded: {error}"
            _log.error("%s", self._trouble)
        parts.health.stage = "ready"
        parts.notices.ready(parts.status())
        return current
