"""evtui: the OpenSIPS Event Interface as a Python engine, with a terminal console around it.

Embedding needs two names and the errors::

    async with evtui.open_engine(events=["E_MY_EVENT"]) as engine:
        engine.subscribe("E_MY_EVENT", "udp:127.0.0.1:9000", expire=60)
        engine.raise_event("E_MY_EVENT", {"ip": "192.0.2.1", "count": 3})
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evtui.bootstrap.engine_setup import open_engine
    from evtui.core.errors import (
        BackendError,
        BadEventNameError,
        BadExpireError,
        BadMessageError,
        BadParamsError,
        BadSettingError,
        BadSocketError,
        DeliveryError,
        EngineClosedError,
        EvtuiError,
        NestingError,
        ReadOnlyError,
        RequestError,
        ServerError,
        UnknownEventError,
        UnknownSchemeError,
    )
    from evtui.core.values import Params

__all__ = [
    "BackendError",
    "BadEventNameError",
    "BadExpireError",
    "BadMessageError",
    "BadParamsError",
    "BadSettingError",
    "BadSocketError",
    "DeliveryError",
    "EngineClosedError",
    "EvtuiError",
    "NestingError",
    "Params",
    "ReadOnlyError",
    "RequestError",
    "ServerError",
    "UnknownEventError",
    "UnknownSchemeError",
    "open_engine",
]

_HOMES = {"open_engine": "evtui.bootstrap.engine_setup", "Params": "evtui.core.values"}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that `import evtui` takes next to no time."""
    if name not in __all__:
        raise AttributeError(f"module 'evtui' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "evtui.core.errors")), name)
