"""Filters of the stream, for tests."""

from evtui.filters.parse_filter import parse_filter
from evtui.ui.stream.stream_filter import StreamFilter

NOW = 1_800_000_000.0


def only(*texts: str) -> StreamFilter:
    """Return the filters that are written, all active."""
    filters = StreamFilter()
    for text in texts:
        filters = filters.added(parse_filter(text, NOW))
    return filters
