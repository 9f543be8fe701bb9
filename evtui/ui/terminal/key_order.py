"""Keys one after the other: each is handled wholly before the next, also when a macro types them in one burst.

Textual gives a key to the widget that has the focus when the key comes. A key that opens a screen or a line to type
into is handled later, in the task of a widget. So the keys right behind it would still go to the list that had the
focus, as commands: text typed behind the key of a dialog, a pasted macro, all that a slow connection delivers at once.

Here a key waits until the one before it has passed each widget that handles it, until the screen that it opened has
given the focus to a field, and for half a second at most while that screen says that it is busy.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, Protocol, TypeAlias, runtime_checkable

from textual.app import App, ScreenStackError
from textual.dom import DOMNode
from textual.events import Event, Key, Paste
from textual.screen import Screen
from textual.widgets import Input

from evtui.ui.widgets.line_list import LineList

Typed: TypeAlias = Key | Paste

BUSY_STEP: Final = 0.01
"""Seconds between two looks at whether a screen is still busy."""

MAX_BUSY_STEPS: Final = 50
"""Looks after which a key is handled although the screen is busy: a slow server holds keys no longer."""

LOOK_SECONDS: Final = 0.1
MAX_LOOKS: Final = 40
"""Looks at a key that is not done, and the seconds between two of them, after which the next key is handled: a widget
that hangs must not stop the keys. A console that is slow or gets no processor is not hanging. Its looks are late too,
and a letter of a text must not reach a list as a command: `q` would leave the console."""

MAX_ROUNDS: Final = 10
"""How often at most the widgets are gone through: a message that one of them posted for a key may lead to another."""


STAYING: Final = frozenset(
    f"row_{name}" for name in ("up", "down", "page_up", "page_down", "top", "bottom", "left", "right")
)
"""Actions of a list that change nothing but the list."""


@runtime_checkable
class BusyScreen(Protocol):
    """A screen that may have to finish something before it can take the next key."""

    @property
    def is_busy(self) -> bool:
        """Say whether the last key is still being worked on."""
        ...


class KeyOrder:
    """Holds the keys that came while another one is being handled."""

    def __init__(self, app: App[int], handle: Callable[[Event], Awaitable[None]]) -> None:
        """`handle` gives a key to the widget that has the focus."""
        self._app = app
        self._handle = handle
        self._waiting: deque[Typed] = deque()
        self._turn = 0
        """Changes when a key is done. What still arrives for an earlier one is ignored."""
        self._is_handling = False
        self._screen: Screen[object] | None = None
        """The screen that was in front when the key came, or one that came in front since and has been drawn."""
        self._is_stay_done = True
        """Whether no key that stays in its widget may be left there."""
        self._steps = 0
        """How often a busy screen may still be waited for."""
        self._is_watched = False
        """Whether a timer looks after the key that is being handled."""

    async def take(self, event: Typed) -> None:
        """Handle a key, at once or after those before it."""
        self._waiting.append(event)
        if not self._is_handling:
            await self._handle_next()
        elif not self._is_watched:
            self._watch()

    async def _handle_next(self) -> None:
        self._turn += 1
        while self._waiting and self._stays_here(self._waiting[0]):
            self._is_stay_done = False
            await self._handle(self._waiting.popleft())
        self._is_handling = bool(self._waiting)
        if not self._waiting:
            return
        self._screen = self._front()
        target = self._app.focused or self._screen or self._app
        if self._is_stay_done:
            await self._handle(self._waiting.popleft())
        self._is_stay_done, self._steps = True, MAX_BUSY_STEPS
        await self._go_through(target.ancestors_with_self, self._turn, MAX_ROUNDS)

    def _stays_here(self, event: Typed) -> bool:
        """Say whether the widget with the focus handles a key alone, so that the next key goes there as well.

        Such keys wait for nothing: the queue of the widget keeps their order.
        """
        focused = self._app.focused
        if isinstance(focused, Input):
            return isinstance(event, Paste) or event.is_printable
        if isinstance(focused, LineList) and isinstance(event, Key):
            bound = self._app.screen.active_bindings.get(event.key)
            return bound is not None and bound.node is focused and bound.binding.action in STAYING
        return False

    async def _go_through(self, path: Sequence[DOMNode], turn: int, rounds: int) -> None:
        """Wait until each widget on the way of the key, up to the app, has handled what it has got until now."""
        await self._pass(turn, iter(path), lambda: self._go_on(path, turn, rounds - 1))

    async def _pass(self, turn: int, nodes: Iterator[DOMNode], then: Callable[[], Awaitable[None]]) -> None:
        for node in nodes:
            if turn != self._turn or node.call_later(self._pass, turn, nodes, then):
                return
            if node is self._app:  # it takes nothing more, because it ends
                self._waiting.clear()
                return
        await then()

    async def _go_on(self, path: Sequence[DOMNode], turn: int, rounds: int) -> None:
        """Go through the widgets again when one of them has got more: the app's own queue may be full of other keys."""
        if rounds and any(node.message_queue_size for node in path[:-1]):
            await self._go_through(path, turn, rounds)
        else:
            await self._settle(path, turn)

    async def _settle(self, path: Sequence[DOMNode], turn: int) -> None:
        """Wait for a screen that is new in front, and while it is busy; then handle the next key."""
        if turn != self._turn:
            return
        screen = self._front()
        if screen is not self._screen:
            self._screen = screen
            if screen is not None and screen.call_after_refresh(self._app.call_later, self._settle, path, turn):
                return
        if self._steps and (screen is None or (isinstance(screen, BusyScreen) and screen.is_busy)):
            self._steps -= 1
            self._app.set_timer(BUSY_STEP, lambda: self._go_through(path, turn, MAX_ROUNDS))
            return
        await self._handle_next()

    def _watch(self, looks: int = 0) -> None:
        self._is_watched = True
        turn = self._turn
        self._app.set_timer(LOOK_SECONDS, lambda: self._look_after(turn, looks + 1))

    async def _look_after(self, turn: int, looks: int) -> None:
        """Handle the next key when the one before it is still not done after many looks."""
        self._is_watched = False
        if not self._is_handling or turn != self._turn:
            looks = 0
        elif looks >= MAX_LOOKS:
            looks = 0
            await self._handle_next()
        if self._waiting:
            self._watch(looks)

    def _front(self) -> Screen[object] | None:
        try:
            return self._app.screen
        except ScreenStackError:
            return None
