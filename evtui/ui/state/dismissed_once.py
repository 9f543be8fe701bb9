"""A screen that can be closed once: a second key that closes it, typed before it is gone, has no effect."""

from collections.abc import Sequence
from typing import ClassVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen, ScreenResultType

from evtui.ui.widgets.form_keys import FormKey


class DismissedOnce(Screen[ScreenResultType]):
    """The last base of a modal screen: Textual takes styles and keys from the first one.

    Textual alone would close whatever screen is in front at the second key.
    """

    SUBJECT: ClassVar[str] = ""
    """What the dialog is for, as the help names it; empty for the help itself."""
    HELP_KEYS: ClassVar[Sequence[FormKey]] = ()
    """The keys of the dialog, with which its help begins."""

    @property
    def is_busy(self) -> bool:
        """Say whether the last key is still being worked on: the keys after it wait, see `key_order`."""
        return False

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close this screen if it is the one in front."""
        is_in_front = self.app.screen is self  # pyright: ignore[reportUnknownMemberType]
        return super().dismiss(result) if is_in_front else AwaitComplete()
