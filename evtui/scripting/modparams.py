"""The settings that the modparams of a script give. They have the lowest rank: any other source wins."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from evtui.config.outside_settings import outside_modules
from evtui.config.setting_sources import GivenSetting
from evtui.script.check.module_names import modules_of
from evtui.script.syntax.tree import Item, LoadModule, ModParam
from evtui.transports import TRANSPORTS

Found: TypeAlias = dict[tuple[str, str], ModParam]
"""The last modparam of each module and name."""


_MODULES: Final = (
    *((entry.name, module) for entry in TRANSPORTS for module in entry.modules),
    *outside_modules().modules,
)
"""The modules of the transports, also of those from outside, each with the table of its settings."""

SETTINGS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        **{(module.name, name): f"transports.{table}.{name}" for table, module in _MODULES for name in module.settings},
        ("mi_fifo", "fifo_name"): "mi.fifo",
        ("mi_fifo", "reply_dir"): "mi.reply_dir",
        ("mi_fifo", "fifo_mode"): "mi.fifo_mode",
        ("mi_datagram", "socket_name"): "mi.datagram",
        ("mi_http", "root"): "mi.http_root",
        ("mi_xmlrpc", "http_root"): "mi.xmlrpc_root",
        ("mi_xmlrpc_ng", "http_root"): "mi.xmlrpc_root",
        ("tm", "onreply_avp_mode"): "script.onreply_avps",
    }
)
"""The setting of each module and parameter."""

LISTENERS: Final = frozenset({("httpd", "ip"), ("httpd", "port")})
"""The parameters that together make the address of the HTTP listener."""

_UNLIMITED: Final = frozenset(f"transports.{table}.{name}" for table, module in _MODULES for name in module.unlimited)
_MODES: Final = frozenset(
    {"mi.fifo_mode", *(f"transports.{table}.{name}" for table, module in _MODULES for name in module.octal)}
)
_TEXTS: Final = frozenset(f"transports.{table}.{name}" for table, module in _MODULES for name in module.texts)
_HTTP_PORT: Final = 8888
_HTTP_MODULES: Final = frozenset({"mi_http", "mi_xmlrpc", "mi_xmlrpc_ng", "mi_json"})


_MI: Final = frozenset({"pretty_printing", "trace_destination", "trace_bwlist", "reply_indent"})

PARAMETERS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **{module.name: frozenset((*module.settings, *module.ignored)) for _, module in _MODULES},
        "mi_fifo": _MI | {"fifo_name", "fifo_mode", "fifo_group", "fifo_user", "reply_dir"},
        "mi_datagram": _MI | {"socket_name", "children_count", "socket_timeout"} | {
            f"unix_socket_{what}" for what in ("user", "group", "mode")
        },
        "mi_http": _MI | {"root", "mi_http_root", "mi_http_method"},
        "mi_xmlrpc": _MI | {"http_root", "format_version", "port", "log_file", "reply_option", "buffer_size"},
        "mi_xmlrpc_ng": _MI | {"http_root", "format_version"},
        "httpd": frozenset(
            {"ip", "port", "buf_size", "post_buf_size", "receive_buf_size", "conn_timeout", "tls_cert_file",
             "tls_key_file", "tls_ciphers"}
        ),
    }
)  # fmt: skip
"""The modules that evtui replaces, and the parameters that any version of OpenSIPS has for them."""

USED: Final = frozenset(SETTINGS) | LISTENERS
"""Modules and parameters that have an effect in evtui."""


def settings_of(items: Iterable[Item]) -> Iterator[GivenSetting]:
    """Read the modparams of a script. Those that evtui does not know are ignored.

    Their values are checked with all other settings; flags such as `onreply_avps` are 0 or 1.
    """
    kept = list(items)
    found: Found = {
        (module, item.name): item
        for item in kept
        if isinstance(item, ModParam)
        for module in modules_of(item, {module for module, _ in USED} | _HTTP_MODULES)
    }
    for (module, name), item in found.items():
        path = SETTINGS.get((module, name))
        if path is not None and not (path in _UNLIMITED and item.value == 0):
            yield GivenSetting(path, _value(path, item.value), _origin(item), as_text=True)
    loaded = {item.path.rpartition("/")[2].removesuffix(".so") for item in kept if isinstance(item, LoadModule)}
    if loaded & _HTTP_MODULES:
        yield from _http(found)


def _value(path: str, value: int | str) -> object:
    """Convert the value of a parameter to that of its setting: a mode to octal text, a path to a list of sockets."""
    if path in _MODES and isinstance(value, int):
        return f"{value:04o}"
    if path == "mi.datagram":
        text = str(value)
        return [text if text.startswith("udp:") else f"unix:{text}"]
    return str(value) if path in _TEXTS else value


def _http(found: Found) -> Iterator[GivenSetting]:
    """Join the ip and the port of `httpd`. Without an ip it is the loopback, not every address as in OpenSIPS."""
    ip, port = found.get(("httpd", "ip")), found.get(("httpd", "port"))
    given = port or ip
    if given is None:
        return
    host = "127.0.0.1" if ip is None else str(ip.value)
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    yield GivenSetting("mi.http", f"{host}:{_HTTP_PORT if port is None else port.value}", _origin(given), as_text=True)


def _origin(item: ModParam) -> str:
    return f"script {item.place.file}:{item.place.line}"
