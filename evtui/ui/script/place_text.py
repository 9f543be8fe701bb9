"""Routes, files and places of a script as text."""

from collections.abc import Sequence

from evtui.codecs.display_text import display_safe
from evtui.core.script_port import RouteState, ScriptFile, ScriptPlace, Severity
from evtui.ui.text.cells import Cells, Role

GLYPHS: dict[Severity, tuple[Role, str]] = {"error": ("bad", "✗"), "warning": ("wait", "!"), "info": ("dim", "·")}
"""The sign of a finding and its colour, by severity."""


def route_text(route: RouteState) -> str:
    """Write a route as the script does: `event_route[E_PIKE_BLOCKED]`."""
    return display_safe(route.kind if route.name is None else f"{route.kind}[{route.name}]", 128)


def place_text(place: ScriptPlace | None) -> str:
    """Write a place as `file.cfg:12`, with the last part of the file's path."""
    return "" if place is None else f"{base_name(place.file)}:{place.line}"


def base_name(path: str) -> str:
    """Return the last part of a path, safe to show."""
    return display_safe(path.rpartition("/")[2] or path, 128)


def files_text(files: Sequence[ScriptFile]) -> str:
    """Name the first file and count the others: `main.cfg +2`."""
    if not files:
        return ""
    return base_name(files[0].name) + (f" +{len(files) - 1}" if len(files) > 1 else "")


def route_at(routes: Sequence[RouteState], file: str, line: int) -> RouteState | None:
    """Return the route that a line belongs to: the last that begins above its end, None above the first route."""
    above = [route for route in routes if route.place.file == file and route.place.line <= line]
    return max(above, key=lambda route: (route.place.line, route.place.column), default=None)


def shifted(cells: Cells, by: int) -> Cells:
    """Return a line without its first characters."""
    kept: Cells = []
    for role, text in cells:
        if by < len(text):
            kept.append((role, text[by:]))
        by = max(0, by - len(text))
    return kept
