"""The JSON Schema of the configuration file, made of the settings themselves."""

from typing import Final

import msgspec

from evtui.config.setting_tree import Setting, all_settings

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def config_schema() -> dict[str, object]:
    """Return the schema of evtui.toml: each table, each setting with its type, bounds, default and description.

    It refuses unknown settings, as evtui does. What it cannot express, such as the grammar of a socket, stands in the
    description. The tables of transports from outside that are installed here are in it.
    """
    root = _table()
    for setting in all_settings():
        *tables, name = setting.path.split(".")
        properties = _properties(root)
        for table in tables:
            properties = _properties(properties.setdefault(table, _table()))
        properties[name] = _described(setting)
    return {"$schema": DIALECT, "title": "evtui.toml", **root}


def _table() -> dict[str, object]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _properties(table: object) -> dict[str, object]:
    assert isinstance(table, dict)
    properties: dict[str, object] = table["properties"]
    return properties


def _described(setting: Setting) -> dict[str, object]:
    described: dict[str, object] = {"description": setting.expected, **msgspec.json.schema(setting.type)}
    if setting.default is not None:
        described["default"] = msgspec.to_builtins(setting.default)
    if setting.is_secret:
        described["writeOnly"] = True
    return described
