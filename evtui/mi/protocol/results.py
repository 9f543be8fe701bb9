"""What a command returns; and results so long that their reply is made page by page, while others are answered."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final, TypeAlias

from msgspec import Struct

PAGE: Final = 200
"""Items of a long result that are made and written before others get their turn: a few milliseconds of work."""


class Listing:
    """The items of a long result, made one by one while the reply is written. It can be read once.

    None stands for no item: a walk that looks at much and finds little can be paused there.
    """

    __slots__ = ("_items",)

    def __init__(self, items: Iterable["Result"]) -> None:
        self._items = iter(items)

    def pages(self) -> Iterator[list["Result"]]:
        """Walk the items, a page at a time; a page may be empty."""
        while page := list(islice(self._items, PAGE)):
            yield [item for item in page if item is not None]


class LongResult(Struct, frozen=True):
    """A result with a `Listing` as itself, as a member, or as a member of an object in an array."""

    result: "Result"


Result: TypeAlias = str | int | float | Sequence["Result"] | Mapping[str, "Result"] | Listing | LongResult | None
"""The result of a command; the members of an object are written in the order of the mapping."""


def listing(items: Iterable[Result]) -> Result:
    """Return the items as a list when they are few, else as a `Listing`; None stands for no item."""
    walk = iter(items)
    first = list(islice(walk, PAGE))
    found = [item for item in first if item is not None]
    return found if len(first) < PAGE else Listing(chain(found, walk))


def maybe_long(name: str, items: Result) -> Result:
    """Return an object with one member, which is a list or a `Listing`."""
    return LongResult({name: items}) if isinstance(items, Listing) else {name: items}
