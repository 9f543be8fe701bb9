"""The numbering of the raises of one run."""

from typing import Final

from msgspec import Struct


class Numbering(Struct, frozen=True):
    """Makes the message ids of this run differ from those of all other runs: origin, then serial."""

    origin: str = "evtui"
    """Letters and digits that no other run has."""
    last: int = 0
    """The last serial of earlier runs."""


FIRST_RUN: Final = Numbering()
