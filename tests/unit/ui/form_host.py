"""A small app that holds one form, and an engine to try it on; used by the unit and the functional tests."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from itertools import count

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widget import Widget

from evtui.core.ports import Clock
from evtui.core.records import Raised
from evtui.engine.catalogue import Catalogue, static_events
from evtui.engine.engine import Engine
from evtui.engine.journal import Journal
from evtui.transports.datagram.transport import DatagramTransport
from evtui.ui.messages import EventRaised
from evtui.ui.terminal.console_styles import ConsoleStylesheet
from evtui.ui.themes import THEMES
from tests.fakes.painted_screen import text_of
from tests.paths import STYLES_DIR

STYLES = STYLES_DIR
NOON = 1_790_000_000.0


class Host(App[None]):
    """An app with nothing but what it is given."""

    CSS_PATH = STYLES / "forms.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *widgets: Widget, theme: str = "evtui-dark") -> None:
        super().__init__()
        self.stylesheet = ConsoleStylesheet(variables=self.get_css_variables())
        self._widgets = widgets
        self.raised: list[Raised] = []
        self.heard: list[str] = []
        """Keys no field kept to itself."""
        for one in THEMES:
            self.register_theme(one)
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield from self._widgets

    def on_key(self, event: Key) -> None:
        self.heard.append(event.key)

    def on_event_raised(self, message: EventRaised) -> None:
        self.raised.append(message.record)


def painted(host: Host) -> str:
    """Return every cell of the screen as it would reach the terminal, without Textual's own sequences."""
    return text_of(host.screen)


def ticking(step: float = 0.0001) -> Clock:
    """Make a clock that moves a step each time it is read."""
    ticks = count()
    return lambda: next(ticks) * step


@contextmanager
def open_engine(events: Sequence[str] = ()) -> Generator[Engine]:
    """Make an engine with real transports and clocks of its own."""
    engine = Engine(Catalogue(static_events()), [DatagramTransport()], Journal(), clock=ticking(), wall=lambda: NOON)
    for name in events:
        engine.publish(name)
    try:
        yield engine
    finally:
        engine.close()
