"""The configuration made of all given settings: each value checked, and its origin kept."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from evtui.config.chosen_profile import ChosenProfile
from evtui.config.named_texts import check_named
from evtui.config.schema import Config
from evtui.config.setting_sources import COMMAND_LINE, GivenSetting, display_value, gather_settings
from evtui.config.setting_tree import Setting, all_settings, build
from evtui.config.value_syntax import (
    check_listen,
    check_sip,
    http_path,
    is_loopback,
    parse_host_port,
    parse_mode,
    parse_subscribe,
)
from evtui.core.errors import BadSettingError, RequestError
from evtui.core.values import check_event_name
from evtui.transports.common_settings import check_absolute


class LoadedConfig(Struct, frozen=True):
    """The configuration, and the origin of each value that is not a default."""

    config: Config
    origins: Mapping[str, str]
    profile: ChosenProfile = ChosenProfile()
    notices: tuple[str, ...] = ()
    """What the user should be told of the files."""

    def origin(self, path: str) -> str:
        """Say where the value of a dotted path comes from."""
        return self.origins.get(path, "default")

    def is_on_command_line(self, path: str) -> bool:
        """Say whether an option gave the value of a dotted path."""
        return self.origin(path).startswith(COMMAND_LINE)


def load_config(
    *,
    file: Path | None = None,
    default_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    options: Sequence[GivenSetting] = (),
    profile: ChosenProfile = ChosenProfile(),  # noqa: B008 - it is frozen
) -> LoadedConfig:
    """Read the configuration: `options` win over `environ`, that over the profile, that over the rest of the file.

    A `default_file` that does not exist gives nothing.
    raises BadSettingError: an unknown setting or profile, a wrong value, a file that cannot be read.
    """
    sources = gather_settings(
        file=file, default_file=default_file, environ=environ, options=options, profile=profile
    )  # fmt: skip
    return replace(combine_settings(sources), profile=profile)


def combine_settings(given: Sequence[GivenSetting]) -> LoadedConfig:
    """Check every value and make the configuration; the last value given for a path counts.

    raises BadSettingError: which path, what is wrong, where it comes from and what would be right.
    """
    by_path = {setting.path: setting for setting in all_settings()}
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    for item in given:
        values[item.path] = _converted(by_path[item.path], item)
        origins[item.path] = item.origin
    loaded = LoadedConfig(build(values), origins)
    _check_open(loaded)
    check_named(loaded.config.filters, loaded.config.rules, loaded.origin)
    return loaded


def _check_open(loaded: LoadedConfig) -> None:
    """Refuse HTTP for other hosts without a token: a client that reaches it may change or read everything."""
    mi, service, web = loaded.config.mi, loaded.config.service, loaded.config.web
    if mi.listen and mi.http_token is None and not mi.open:
        _check_host(loaded, "mi.http", mi.http, "set mi.http_token, or mi.open = true to ask for none")
    if web.token is None and web.operator_token is None:
        _check_host(loaded, "web.listen", web.listen, "set web.token or web.operator_token")
    if service.token is None and not service.open:
        _check_host(loaded, "service.http", service.http, "set service.token, or service.open = true to ask for none")


def _check_host(loaded: LoadedConfig, setting: str, address: str | None, remedy: str) -> None:
    if address is None:
        return
    host, _ = parse_host_port(address)
    if not is_loopback(host):
        raise BadSettingError(setting, f"{host} is reachable from other hosts: {remedy}", loaded.origin(setting))


def _converted(setting: Setting, item: GivenSetting) -> object:
    try:
        value = msgspec.convert(item.value, setting.type, strict=not item.as_text)
    except msgspec.ValidationError as error:
        index, wrong = _index(str(error)), item.value
        if index.startswith("[") and isinstance(wrong, list | tuple):
            wrong = cast("Sequence[object]", wrong)[int(index[1 : index.index("]")])]
        raise BadSettingError(setting.path + index, _why(setting, wrong, str(error)), item.origin) from error
    check = setting.check or _CHECKS.get(setting.path)
    if check is None or value is None:
        return value
    several = isinstance(value, tuple)
    for number, one in enumerate(cast("Sequence[object]", value) if several else [value]):
        try:
            check(one)
        except (RequestError, ValueError) as error:
            path = f"{setting.path}[{number}]" if several else setting.path
            raise BadSettingError(path, str(error), item.origin) from error
    return value


def _why(setting: Setting, wrong: object, message: str) -> str:
    """Say what is wrong with a value; a transport from outside may not describe its settings."""
    shown = "the value" if setting.is_secret else display_value(wrong)
    if setting.expected:
        return f"{shown} is wrong; it is {setting.expected}"
    return f"{shown} is wrong" + ("" if setting.is_secret else f": {message.partition(' - at ')[0]}")


def _index(message: str) -> str:
    """Find `[0]` in msgspec's "Expected `str`, got `int` - at `$[0]`"; a table's `[...]` names no item."""
    _, _, place = message.partition(" - at `$")
    return "" if place.startswith("[.") else place.rstrip("`")


def _check_server(text: str) -> None:
    from evtui.config.server_texts import check_server  # on first use: most settings name no server

    check_server(text)


def _check_file(path: str) -> None:
    if not Path(path).name or "\0" in path:
        raise ValueError(f"{path!r} names no file")


_CHECKS: Mapping[str, Callable[[Any], object]] = {
    "engine.spool": _check_file,
    "engine.state": _check_file,
    "events": check_event_name,
    "subscribe": parse_subscribe,
    "mi.fifo_mode": parse_mode,
    "mi.http": parse_host_port,
    "mi.http_root": http_path,
    "mi.xmlrpc_root": http_path,
    "mi.datagram": check_listen,
    "mi.reply_dir": check_absolute,
    "record.file": _check_file,
    "script.sip": check_sip,
    "service.http": parse_host_port,
    "servers": _check_server,
    "ssh.listen": parse_host_port,
    "ssh.authorized_keys": _check_file,
    "ssh.host_key": _check_file,
    "web.listen": parse_host_port,
}
