"""Which rows the stream shows: the filters that are active, each of which shows rows, takes them out, or is off."""

from typing import Literal, TypeAlias

from msgspec import Struct, structs

from evtui.filters.decisions import Filter

FilterMode: TypeAlias = Literal["in", "out", "off"]
"""What a filter does: only what it shows is shown, what it shows is left out, or nothing."""

FilterOrigin: TypeAlias = Literal["typed", "selected", "marked", "added"]
"""Where a filter comes from: the line that it is typed into, what was selected in another pane, the key that shows only
marked rows, or the list of filters. There is one at most of each of the first three."""


class ActiveFilter(Struct, frozen=True):
    """One filter of the stream."""

    wanted: Filter
    origin: FilterOrigin = "added"
    mode: FilterMode = "in"
    name: str = ""
    """The name under which it is saved; empty when it has none."""

    def __str__(self) -> str:
        return self.name or self.wanted.text


class StreamFilter(Struct, frozen=True):
    """The filters of the stream. A row is shown that each `in` shows and no `out` shows; it is false when all is."""

    parts: tuple[ActiveFilter, ...] = ()

    def __bool__(self) -> bool:
        return any(part.mode != "off" for part in self.parts)

    def __str__(self) -> str:
        return ", ".join(
            f"not {part}" if part.mode == "out" else str(part) for part in self.parts if part.mode != "off"
        )

    @property
    def typed(self) -> str:
        """Return the text of the filter that was typed; empty when there is none."""
        return next((part.wanted.text for part in self.parts if part.origin == "typed"), "")

    def with_one(self, wanted: Filter | None, origin: FilterOrigin) -> "StreamFilter":
        """Return these filters with one in place of that of the same origin; None takes that one away."""
        place = next((place for place, part in enumerate(self.parts) if part.origin == origin), None)
        if wanted is None:
            return self if place is None else self.without(place)
        made = ActiveFilter(wanted, origin)
        if place is None:
            return StreamFilter((*self.parts, made))
        return self.changed(place, structs.replace(made, mode=self.parts[place].mode))

    def added(self, wanted: Filter, name: str = "") -> "StreamFilter":
        """Return these filters and one more; one with the same text is there only once."""
        if any(part.wanted.text == wanted.text for part in self.parts):
            return self
        return StreamFilter((*self.parts, ActiveFilter(wanted, name=name)))

    def changed(self, place: int, part: ActiveFilter) -> "StreamFilter":
        """Return these filters with another one at a place."""
        return StreamFilter((*self.parts[:place], part, *self.parts[place + 1 :]))

    def with_text(self, place: int, wanted: Filter) -> "StreamFilter":
        """Return these filters, of which one shows something else; it has no name then."""
        return self.changed(place, structs.replace(self.parts[place], wanted=wanted, name=""))

    def with_mode(self, place: int, mode: FilterMode) -> "StreamFilter":
        """Return these filters, of which one does something else."""
        return self.changed(place, structs.replace(self.parts[place], mode=mode))

    def without(self, place: int) -> "StreamFilter":
        """Return these filters without one."""
        return StreamFilter((*self.parts[:place], *self.parts[place + 1 :]))
