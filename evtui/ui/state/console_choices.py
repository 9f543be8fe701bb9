"""What a user chose in the console, and what the next console begins with."""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta, Struct

MOST_TEXTS: Final = 50
"""Filters and searches that are remembered, each."""
LONGEST_TEXT: Final = 1000
"""Characters of the longest text that is remembered."""

Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]


class ConsoleChoices(Struct, frozen=True, omit_defaults=True):
    """The choices. An empty value stands for none: the console then begins as it does without a memory."""

    theme: Text = ""
    events_order: Text = ""
    subscribers_order: Text = ""
    columns: Mapping[str, tuple[int, ...]] = {}
    """The widths of the columns in percent, by the name of the layout."""
    filters: Annotated[tuple[Text, ...], Meta(max_length=MOST_TEXTS)] = ()
    """Filters that were set, the last one last."""
    searches: Annotated[tuple[Text, ...], Meta(max_length=MOST_TEXTS)] = ()
    """Texts that were searched for, the last one last."""
    toured: bool = False
    """Whether the tour of the first start was shown."""


def with_text(texts: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Return the texts with one more as the last one, without an older equal one, and the newest of them at most."""
    if not text.strip() or len(text) > LONGEST_TEXT:
        return texts
    return (*(other for other in texts if other != text), text)[-MOST_TEXTS:]
