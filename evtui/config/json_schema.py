"""The JSON Schema of the configuration file, made of the settings themselves."""

from typing import Final

import msgspec

from evtui.config.profiles import DEFAULT_PROFILE, PROFILE_NAME
from evtui.config.setting_tree import Setting, all_settings

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_PROFILES: Final[dict[str, object]] = {
    "type": "object",
    "description": "profiles by their name, chosen with --profile NAME",
    "propertyNames": {"pattern": PROFILE_NAME, "not": {"const": DEFAULT_PROFILE}},
    "additionalProperties": {"$ref": "#/$defs/profile"},
}


def config_schema() -> dict[str, object]:
    """Return the schema of evtui.toml: each table, each setting with its type, bounds, default and description.

    It refuses unknown settings, as evtui does. Each profile may have each setting. What the schema cannot express, such
    as the grammar of a socket, stands in the description. The tables of transports from outside that are installed
    here are in it.
    """
    properties_of: dict[str, dict[str, object]] = {"": {}}  # by the path of the table
    for setting in all_settings():
        table, _, name = setting.path.rpartition(".")
        _table_at(table, properties_of)[name] = _described(setting)
    of_file = properties_of[""]
    of_profile: dict[str, object] = {name: {"$ref": f"#/properties/{name}"} for name in of_file}
    return {
        "$schema": DIALECT,
        "title": "evtui.toml",
        **_table({**of_file, "profile": _PROFILES}),
        "$defs": {"profile": {"description": "settings that override those above all profiles", **_table(of_profile)}},
    }


def _table_at(path: str, properties_of: dict[str, dict[str, object]]) -> dict[str, object]:
    """Return the properties of a table, which is put into the table around it at first."""
    if path not in properties_of:
        properties_of[path] = {}
        around, _, name = path.rpartition(".")
        _table_at(around, properties_of)[name] = _table(properties_of[path])
    return properties_of[path]


def _table(properties: dict[str, object]) -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _described(setting: Setting) -> dict[str, object]:
    described: dict[str, object] = {"description": setting.expected, **msgspec.json.schema(setting.type)}
    if setting.default is not None:
        described["default"] = msgspec.to_builtins(setting.default)
    if setting.is_secret:
        described["writeOnly"] = True
    return described
