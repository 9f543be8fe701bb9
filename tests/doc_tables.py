"""The tables in docs/ that are written from the program's own tables: `python -m tests.doc_tables` puts them in."""

import json
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final, cast

import msgspec
from msgspec import Struct

from evtui.codecs.recording.line_types import AnyLine
from evtui.config.setting_tree import Setting, all_settings
from evtui.ui.actions import ACTIONS, shown_keys
from evtui.ui.widgets.form_keys import (
    EXPORT_KEYS,
    FILTER_KEYS,
    RAISE_KEYS,
    RULE_KEYS,
    SERVER_KEYS,
    SUBSCRIBE_KEYS,
    FormKey,
)
from tests.paths import ROOT


class DocTable(Struct, frozen=True):
    """A part of a page between two marks, and what writes it."""

    page: str
    start: str
    end: str
    write: Callable[[], str]

    def fill(self, text: str) -> str:
        """Return the page's text with the part as it should be."""
        before, start, rest = text.partition(self.start)
        _, end, after = rest.partition(self.end)
        assert start, f"{self.page} lacks {self.start!r}"
        assert end, f"{self.page} lacks {self.end!r}"
        return before + start + self.write() + end + after


def key_tables() -> str:
    """Write one table a group of actions, then those of the forms."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for group, actions in groupby(ACTIONS, lambda action: action.group):
        rows = groups.setdefault(group, [])
        rows += [(_codes(shown_keys(action, {})) or "palette", action.help) for action in actions]
    groups["In the raise form"] = list(_form_rows(RAISE_KEYS))
    groups["In the subscribe dialog"] = list(_form_rows(SUBSCRIBE_KEYS))
    groups["In the export dialog"] = list(_form_rows(EXPORT_KEYS))
    groups["In the list of filters"] = list(_form_rows(FILTER_KEYS))
    groups["In the list of watch rules"] = list(_form_rows(RULE_KEYS))
    groups["In the list of servers"] = list(_form_rows(SERVER_KEYS))
    return "\n".join(_table(title, rows) for title, rows in groups.items())


def setting_table() -> str:
    """Write one row a setting: its path, its default and what a right value is."""
    rows = [f"| `{setting.path}` | {_default(setting)} | {_cell(setting.expected)} |" for setting in all_settings()]
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *rows, ""])


DOC_TABLES: Final = (
    DocTable("docs/keys.md", "<!-- keys: written by `just doc-tables` -->\n", "<!-- end of keys -->", key_tables),
    DocTable(
        "docs/settings.md",
        "<!-- settings: written by `just doc-tables` -->\n",
        "<!-- end of settings -->",
        setting_table,
    ),
)


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"| {keys} | {help_} |" for keys, help_ in rows]
    return "\n".join([f"| {title} | |", "|---|---|", *lines, ""])


def _form_rows(keys: tuple[FormKey, ...]) -> Iterator[tuple[str, str]]:
    for key in keys:
        yield _codes((key.shown or key.keys,)), key.help


def _codes(keys: tuple[str, ...]) -> str:
    return " ".join(f"`{key}`".replace("|", "\\|") for key in keys)


def _default(setting: Setting) -> str:
    value = setting.default
    if value is None or value in ((), {}):
        return "none"
    shown = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else None
    listed = [repr(item) for item in cast("tuple[object, ...]", value)] if isinstance(value, tuple) else None
    return f"`{shown or (', '.join(listed) if listed else value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def recording_schema() -> str:
    """Write the JSON Schema of a line of a recording."""
    return json.dumps(msgspec.json.schema(AnyLine), indent=2) + "\n"


SCHEMA_FILE: Final = ROOT / "docs/recording.schema.json"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(recording_schema(), encoding="utf-8")
    for table in DOC_TABLES:
        path = ROOT / table.page
        path.write_text(table.fill(path.read_text(encoding="utf-8")), encoding="utf-8")
