"""A transport as an entry of the list: its grammar, and for the one in the socket field all its details."""

from collections.abc import Iterator

from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.core.transport import TransportInfo

_DIM = "$foreground 60%"


def transport_entry(info: TransportInfo, *, whole: bool) -> Content:
    """Write the grammar of a transport in a line, or, `whole`, also its description, example and options."""
    pieces: list[str | tuple[str, str]] = [display_safe(info.grammar, 100)]
    if whole:
        pieces += [(f"\n  {line}", _DIM) for line in _details(info)]
    return Content.assemble(*pieces)


def _details(info: TransportInfo) -> Iterator[str]:
    yield display_safe(info.description, 200)
    yield f"as {display_safe(info.example, 100)}"
    for option in info.options:
        if not option.startswith("payload="):  # there is a field for these
            yield display_safe(option, 200)
