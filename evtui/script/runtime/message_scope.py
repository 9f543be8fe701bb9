"""What a run works on and a sync event route shares with its raiser: the message and all that hangs on it."""

from dataclasses import dataclass, field

from evtui.script.runtime.script_message import DUMMY, ScriptMessage
from evtui.script.runtime.script_values import Value


@dataclass(slots=True)
class Scope:
    """A message with its AVPs, its flags and what the script changed."""

    message: ScriptMessage = DUMMY
    avps: dict[str, list[Value]] = field(default_factory=dict[str, list[Value]])
    """Each a stack: the last element is the newest."""
    flags: set[str] = field(default_factory=set[str])
    branch_flags: set[str] = field(default_factory=set[str])
    uri: str | None = None
    """The R-URI the script wrote; None when it is as it came."""
    destination: str | None = None
    """`$du`."""
    reply_headers: list[str] = field(default_factory=list[str])
    """Whole lines for the replies, from append_to_reply."""
    replied: int | None = None
    """The code of the last reply that was sent."""
    on_reply: str | None = None
    """The onreply_route that t_on_reply names for the replies to this request."""
    depth: int = 0
    """Routes that are under way inside each other."""
