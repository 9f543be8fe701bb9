"""What is wrong with a screen at its size: parts that no key brings into view, that overlap, or cut without a sign."""

from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import combinations

from rich.cells import cell_len
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.css.query import NoMatches
from textual.errors import NoWidget
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.scrollbar import ScrollBar
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from evtui.ui.text.cells import plain
from evtui.ui.widgets.line_list import LineList
from evtui.ui.widgets.one_line import OneLine

CUT = "…"
_PAGES = 40
"""Pages of the longest screen."""


async def faults(screen: Screen[object], pilot: Pilot[int]) -> list[str]:
    """List the faults of the screen in front."""
    leaves = [widget for widget in screen.walk_children(Widget) if _is_leaf(widget)]
    found = [*_overlaps(screen, leaves), *_beside_the_middle(screen)]
    for widget in leaves:
        found += [f"{_name(widget)}: {fault}" for fault in _cut(widget)]
    found += [f"{_name(widget)}: no key brings it into view" async for widget in _unreachable(screen, leaves, pilot)]
    return found


def is_laid_out(screen: Screen[object]) -> bool:
    """Say whether each widget that is shown has its place: what was mounted last gets it a moment later."""
    try:
        for widget in screen.walk_children(Widget):
            if _is_leaf(widget):
                screen.find_widget(widget)
    except NoWidget:
        return False
    return True


def _is_leaf(widget: Widget) -> bool:
    shown = all(each.display and each.visible for each in widget.ancestors_with_self if isinstance(each, Widget))
    is_part = isinstance(widget, ScrollBar) or any(isinstance(each, LineList) for each in widget.ancestors)
    return shown and not is_part and not any(child.display for child in widget.children)


def _name(widget: Widget) -> str:
    text = _text(widget)[:40]
    return f"{type(widget).__name__}#{widget.id or ''} {text!r}"


def _text(widget: Widget) -> str:
    """Return the text that a widget is to show."""
    match widget:
        case Input():
            return widget.value or str(widget.placeholder)
        case Button():
            return str(widget.label)
        case OneLine() | LineList():
            return ""
        case Static():
            visual = widget.visual
            return visual.plain if isinstance(visual, Content) else str(widget.content)
        case _:
            return ""


def _drawn(widget: Widget) -> list[str]:
    """Return the lines that a widget draws, without its border."""
    size = widget.outer_size
    return [
        "".join(each.text for each in strip) for strip in widget.render_lines(Region(0, 0, size.width, size.height))
    ]


def _cut(widget: Widget) -> Iterator[str]:
    """Say which text of a widget is cut without a sign."""
    if isinstance(widget, OneLine):
        wanted = "".join("".join(plain(word.cells).split()) for word in widget.words_that_fit())
        if wanted not in (drawn := "".join("".join(_drawn(widget)).split())) and CUT not in drawn:
            yield f"it draws {drawn!r}"
    elif isinstance(widget, LineList):
        yield from _cut_lines(widget)
    elif not (isinstance(widget, Input) and widget.value):
        wanted, drawn = "".join(_text(widget).split()), "".join("".join(_drawn(widget)).split())
        if wanted not in drawn and CUT not in drawn:
            yield f"it draws {drawn!r}"


def _cut_lines(rows: LineList) -> Iterator[str]:
    if type(rows).shift is not LineList.shift:
        return  # its keys move it to the side
    width = rows.scrollable_content_region.width
    lines = [rows.lines.header(width) or [], *(rows.lines.line(place, width) for place in range(len(rows.lines)))]
    for cells in lines:
        if cell_len(plain(cells).rstrip()) > width:
            yield f"a line of {cell_len(plain(cells))} cells in {width}: {plain(cells)!r}"


def _overlaps(screen: Screen[object], leaves: Sequence[Widget]) -> Iterator[str]:
    """Yield the pairs of which one is drawn over the other, but for lists that open over the form on purpose."""
    places: list[tuple[Widget, Region]] = []
    for widget in leaves:
        if any(each.styles.overlay == "screen" for each in widget.ancestors_with_self if isinstance(each, Widget)):
            continue
        if _is_docked(widget):
            continue  # what scrolls goes below it: see `_look`
        try:
            geometry = screen.find_widget(widget)
        except NoMatches:
            continue
        if geometry.visible_region.area:
            places.append((widget, geometry.visible_region))
    for (one, here), (other, there) in combinations(places, 2):
        if here.overlaps(there) and one.layers == other.layers:
            yield f"{_name(one)} and {_name(other)} overlap"


def _beside_the_middle(screen: Screen[object]) -> Iterator[str]:
    """Yield the dialogs that have more room on one side than on the other."""
    for box in screen.children if isinstance(screen, ModalScreen) else ():
        if box.display and box.styles.border_left[0] and not _is_docked(box):
            left, right = box.region.x, screen.size.width - box.region.right
            if abs(left - right) > 1:
                yield f"{_name(box)} has {left} cells to its left and {right} to its right"


async def _unreachable(screen: Screen[object], leaves: Sequence[Widget], pilot: Pilot[int]) -> AsyncIterator[Widget]:
    """Yield the widgets of which a part is never in view, wherever the focus is and however far keys scroll."""
    seen: dict[Widget, set[int]] = {widget: set() for widget in leaves}
    _look(screen, seen)
    before = screen.focused
    for widget in [*screen.focus_chain, before]:
        screen.set_focus(widget)
        await pilot.pause()
        _look(screen, seen)
    for key in ("pagedown", "pageup", "end", "home"):
        for _ in range(_PAGES):
            places = [box.scroll_y for box in screen.query(ScrollableContainer)]
            await pilot.press(key)
            await pilot.wait_for_scheduled_animations()
            _look(screen, seen)
            if places == [box.scroll_y for box in screen.query(ScrollableContainer)]:
                break
    for widget, rows in seen.items():
        if isinstance(widget, Static) and not _text(widget):
            continue
        if rows != set(range(widget.outer_size.height)) or (not widget.outer_size.height and _text(widget)):
            yield widget


def _is_docked(widget: Widget) -> bool:
    return widget.styles.dock != "none"


def _look(screen: Screen[object], seen: dict[Widget, set[int]]) -> None:
    """Note which rows of each widget are in view over their whole width."""
    docked = [screen.find_widget(widget).visible_region for widget in seen if _is_docked(widget)]
    covered = {y for region in docked for y in range(region.y, region.bottom)}
    for widget, rows in seen.items():
        try:
            geometry = screen.find_widget(widget)
        except NoMatches:
            continue
        region, visible = geometry.region, geometry.visible_region
        if visible.width >= region.width:
            seen_rows = range(visible.y, visible.bottom)
            rows |= {y - region.y for y in seen_rows if _is_docked(widget) or y not in covered}
