"""The filter that shows what has one parameter with one value, as it would be typed."""

import re
from typing import Final

from evtui.core.values import Value
from evtui.filters.comparisons import NAMES, PARAMETER, SAME_NAMES
from evtui.filters.filter_values import quoted
from evtui.filters.record_facts import value_text

_PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")


def parameter_text(name: str | None, place: int, value: Value) -> str:
    """Write the filter of a parameter, or, where parameters have no names, of the one at a place from 1."""
    return f"{_written(name, place)}={quoted(value_text(value))}"


def _written(name: str | None, place: int) -> str:
    if name is None:
        return f"{PARAMETER}{place}"
    if name in NAMES or name in SAME_NAMES or name.startswith(PARAMETER) or not _PLAIN_NAME.fullmatch(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'  # in quotes it is the name of a parameter, whatever it is
    return name
