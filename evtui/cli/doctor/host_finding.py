"""What a check of `evtui doctor` found."""

from typing import Literal, TypeAlias

from msgspec import Struct

State: TypeAlias = Literal["ok", "note", "wrong"]
"""`ok`: it works; `note`: it works in part, or cannot be known; `wrong`: evtui does not work as it should."""


class HostFinding(Struct, frozen=True):
    """One line of the report."""

    subject: str
    """What was looked at: `terminal`, `listener mi.http` …"""
    state: State
    text: str
    """What was found."""
    remedy: str = ""
    """What to do; empty when there is nothing to do."""
