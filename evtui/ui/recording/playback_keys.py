"""What the keys do while a recording is shown: stand still and go on, step, jump, change the speed."""

from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from evtui.codecs.display_text import display_safe
from evtui.core.recording_port import SPEEDS, Playback
from evtui.ui.messages import Notice, PlaybackMoved
from evtui.ui.recording.moment_text import BadMomentError, parse_moment

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen


class PlaybackKeys:
    """Adds the keys to the console's screen."""

    def __init__(self, playback: Playback, screen: "ConsoleScreen") -> None:
        self._playback = playback
        self._screen = screen
        screen.state.marking.playback = playback
        screen.action_calls |= {
            "pause": self._pause,
            "step": partial(self._move, partial(playback.step, 1)),
            "step_back": partial(self._move, partial(playback.step, -1)),
            "jump": partial(screen.ask_for_text, "jump"),
            "faster": lambda: playback.set_speed(next_speed(playback.state.speed, 1)),
            "slower": lambda: playback.set_speed(next_speed(playback.state.speed, -1)),
        }
        screen.typed_calls["jump"] = self._jump
        screen.show_pane("stream")
        playback.on_moved(self._start_over)
        playback.on_stopped(self._show_end)

    def _start_over(self) -> None:
        """Forget what was read: the recording is at another place."""
        self._screen.reader.start_over()
        self._screen.reader.schedule.hurry()
        self._screen.state.start_over()
        self._screen.filtering.clear()
        self._screen.panes.stream.follow()

    def _show_end(self) -> None:
        """Ask for the states as they are where it stands still: its clock, after which they are asked for, does too."""
        self._screen.reader.schedule.hurry()
        if self._screen.is_laid_out:
            self._screen.show_choices()

    def _pause(self) -> None:
        self._playback.play(is_paused=not self._playback.state.is_paused)
        self._screen.show_choices()

    def _jump(self, text: str) -> None:
        if not text.strip():
            return
        try:
            moment = parse_moment(text, self._playback.state)
        except BadMomentError as error:
            self._screen.post_message(Notice(display_safe(str(error), 200), bad=True))
        else:
            self._move(partial(self._playback.jump, moment))

    def _move(self, move: Callable[[], Awaitable[None]]) -> None:
        async def moved() -> PlaybackMoved:
            await move()
            return PlaybackMoved()

        self._screen.run_and_post(moved, "playback")


def next_speed(speed: float, step: int) -> float:
    """Return the next faster or slower speed; the last one stays."""
    place = bisect_right(SPEEDS, speed) if step > 0 else bisect_left(SPEEDS, speed) - 1
    return SPEEDS[min(max(place, 0), len(SPEEDS) - 1)]
