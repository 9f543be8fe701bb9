"""The filter of the stream: set at once for the newest rows, then step by step for older ones."""

from collections.abc import Callable
from typing import TypeAlias

from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_pane import StreamPane
from evtui.ui.stream.stream_view import StreamView

FILTER_PAUSE = 0.005
"""Seconds between two steps through older rows: keys and the clock come first."""

SetTimer: TypeAlias = Callable[[float, Callable[[], None]], object]
"""Call a function after some seconds."""


class StreamFiltering:
    """Shows the rows of the stream that a filter shows."""

    def __init__(self, stream: StreamView, pane: StreamPane, set_timer: SetTimer) -> None:
        self._stream = stream
        self._pane = pane
        self._set_timer = set_timer
        self._is_waiting = False

    def show(self, wanted: StreamFilter) -> None:
        """Show only what a filter shows. A filter that is set while another looks at older rows takes its place."""
        self._stream.show_only(wanted)
        self._pane.show_other_rows()
        self._look_on()

    def show_words(self, text: str) -> None:
        """Show only rows with these words, besides what else the filter asks for."""
        self.show(self._stream.filter.with_words(text))

    def clear(self) -> None:
        """Clear the stream on the screen, and let it follow unless it is paused; the journal keeps its records."""
        self._stream.clear()
        if self._stream.mode == "held":
            self._pane.follow()
        else:
            self._pane.show_other_rows()

    def _look_on(self) -> None:
        if self._stream.progress is not None and not self._is_waiting:
            self._is_waiting = True
            self._set_timer(FILTER_PAUSE, self._step)

    def _step(self) -> None:
        self._is_waiting = False
        self._pane.filter_on()
        self._look_on()
