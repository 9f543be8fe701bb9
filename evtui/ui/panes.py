"""The panes of the console's screens: their names, numbers and titles."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias, TypeVar

from textual.content import Content

Pane: TypeAlias = Literal["stream", "events", "subscribers", "raise", "detail"]
PANES: tuple[Pane, ...] = ("stream", "events", "subscribers", "raise", "detail")

CLOSABLE: Final[frozenset[Pane]] = frozenset(("raise", "detail"))
"""The panes that have no room until they are asked for. The screen has the class `-NAME` while one is open."""

ScriptPane: TypeAlias = Literal["routes", "file", "findings", "log"]
"""A pane of the Script screen. Their numbers follow those of the console's panes."""
SCRIPT_PANES: tuple[ScriptPane, ...] = ("routes", "file", "findings", "log")

StatisticsPane: TypeAlias = Literal["charts", "tables"]
"""A pane of the Statistics screen. They have no numbers."""
STATISTICS_PANES: tuple[StatisticsPane, ...] = ("charts", "tables")

AnyPane: TypeAlias = Pane | ScriptPane | StatisticsPane
ALL_PANES: tuple[AnyPane, ...] = (*PANES, *SCRIPT_PANES, *STATISTICS_PANES)

PaneName = TypeVar("PaneName", bound=AnyPane)
"""The panes of one of the screens."""

PANE_NAMES: Mapping[AnyPane, str] = {
    "stream": "Stream", "events": "Events", "subscribers": "Subscribers", "raise": "Raise", "detail": "Detail",
    "routes": "Routes", "file": "File", "findings": "Findings", "log": "Log",
    "charts": "Charts", "tables": "Tables",
}  # fmt: skip


def pane_number(pane: AnyPane) -> int:
    """Return the number of a pane. It is the same in every layout, and it is the key that goes there."""
    return ALL_PANES.index(pane) + 1


def pane_title(pane: AnyPane, note: str = "") -> Content:
    """Write the title of a pane: its number, its name and a note such as a count."""
    return Content.assemble(f"{pane_number(pane)} ", (PANE_NAMES[pane], "bold"), f" {note}" if note else "")
