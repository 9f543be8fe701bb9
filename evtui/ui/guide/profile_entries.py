"""The profiles of the configuration in the palette: the console begins again with the settings of the chosen one."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import anyio
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.message import Message

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.ui.guide.places import likeness
from evtui.ui.messages import Notice
from evtui.ui.state.profile_choice import ProfileChoice

if TYPE_CHECKING:
    from evtui.ui.screens.console_screen import ConsoleScreen

_ANOTHER: Final = "The console begins again with [profile.{}]; it names what counts only at the next start"
_DEFAULT: Final = "The console begins again without a profile; it names what counts only at the next start"
_AGAIN: Final = "Its settings are read again, and the console begins with them"


class ProfileProvider(Provider):
    """Offers each profile of the configuration, and to read the settings of the current one again."""

    _names: Sequence[str] = ()
    _trouble = ""

    async def startup(self) -> None:
        """Read which profiles there are."""
        if (profiles := self._profiles) is None:
            return
        try:
            self._names = await anyio.to_thread.run_sync(profiles.names)
        except EvtuiError as error:
            self._trouble = str(error)

    async def discover(self) -> Hits:
        """Offer all before something is typed."""
        for title, told, run in self._entries():
            yield DiscoveryHit(title, run, text=title, help=told)

    async def search(self, query: str) -> Hits:
        """Offer those that are like the typed words."""
        for title, told, run in self._entries():
            if score := likeness(query.casefold(), f"{title} {told}".casefold()):
                yield Hit(score, title, run, text=title, help=told)

    def _entries(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        if (profiles := self._profiles) is None:
            return
        if self._trouble:
            tell = partial(self._console.post_message, Notice(display_safe(self._trouble, 300), bad=True))
            yield "Profiles: the configuration cannot be read", display_safe(self._trouble, 100), tell
        for name in ("default", *self._names) if self._names else ():
            told = _DEFAULT if name == "default" else _ANOTHER.format(name)
            run = partial(self._console.run_and_post, partial(self._use, profiles, name))
            is_current = name == profiles.current
            yield f"Use profile {name}{' again' if is_current else ''}", _AGAIN if is_current else told, run

    async def _use(self, profiles: ProfileChoice, name: str) -> Message:
        """Let this console end, so that one with the settings of the profile begins."""
        recordings = self._console.state.recordings
        if not profiles.keeps_source and recordings is not None and recordings.state is not None:
            return Notice("A recording is being written: end it first, then choose the profile.", bad=True)
        try:
            await anyio.to_thread.run_sync(partial(profiles.choose, name))
        except EvtuiError as error:
            return Notice(f"Profile {name} is not used. {display_safe(str(error), 300)}", bad=True)
        self._console.console_app.exit(0)
        return Notice("")

    @property
    def _profiles(self) -> ProfileChoice | None:
        return self._console.state.profiles

    @property
    def _console(self) -> "ConsoleScreen":
        return cast("ConsoleScreen", self.screen)
