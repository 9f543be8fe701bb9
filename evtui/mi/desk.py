"""What a command works with."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from evtui.core.ports import Backend
from evtui.mi.about import About
from evtui.mi.tally import Tally

Rotate: TypeAlias = Callable[[str], Awaitable[None]]
"""Rotate the flat file of a path now. raises RequestError: no subscription writes it. DeliveryError: the disk."""


class Desk(Struct, frozen=True):
    """The backend, the process it runs in, and the listeners' counters."""

    backend: Backend
    about: About
    tally: Tally
    rotate: Rotate | None = None
    """None when there are no flat files here."""
