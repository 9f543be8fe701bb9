"""What a command works with."""

from msgspec import Struct

from evtui.core.ports import Backend
from evtui.mi.about import About
from evtui.mi.tally import Tally


class Desk(Struct, frozen=True):
    """The backend, the process it runs in, and the listeners' counters."""

    backend: Backend
    about: About
    tally: Tally
