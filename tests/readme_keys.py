"""The key tables of the README, written from the console's own tables: `python -m tests.readme_keys` puts them in."""

from collections.abc import Iterator
from itertools import groupby

from evtui.ui.actions import ACTIONS, shown_keys
from evtui.ui.widgets.form_keys import RAISE_KEYS, SUBSCRIBE_KEYS, FormKey
from tests.paths import ROOT

README = ROOT / "README.md"
START, END = "<!-- keys: written by `just keys` -->\n", "<!-- end of keys -->"


def key_tables() -> str:
    """Write one table a group of actions, then those of the forms."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for group, actions in groupby(ACTIONS, lambda action: action.group):
        rows = groups.setdefault(group, [])
        rows += [(_codes(shown_keys(action, {})), action.help) for action in actions]
    groups["In the raise form"] = list(_form_rows(RAISE_KEYS))
    groups["In the subscribe dialog"] = list(_form_rows(SUBSCRIBE_KEYS))
    return "\n".join(_table(title, rows) for title, rows in groups.items())


def with_key_tables(readme: str) -> str:
    """Return the README with its key tables as they should be."""
    before, start, rest = readme.partition(START)
    _, end, after = rest.partition(END)
    return before + start + key_tables() + end + after


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"| {keys} | {help_} |" for keys, help_ in rows]
    return "\n".join([f"| {title} | |", "|---|---|", *lines, ""])


def _form_rows(keys: tuple[FormKey, ...]) -> Iterator[tuple[str, str]]:
    for key in keys:
        yield _codes((key.shown or key.keys,)), key.help


def _codes(keys: tuple[str, ...]) -> str:
    return " ".join(f"`{key}`".replace("|", "\\|") for key in keys)


if __name__ == "__main__":
    README.write_text(with_key_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
