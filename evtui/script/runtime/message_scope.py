"""What a run works on: the message with its AVPs, flags and changes. A sync event route shares it with its raiser."""

from dataclasses import dataclass, field

from evtui.script.runtime.script_message import DUMMY, ScriptMessage
from evtui.script.runtime.script_values import Value


@dataclass(slots=True)
class Scope:
    """A message with its AVPs, its flags and the script's changes."""

    message: ScriptMessage = DUMMY
    avps: dict[str, list[Value]] = field(default_factory=dict[str, list[Value]])
    """Each AVP is a stack: its last element is the newest."""
    flags: set[str] = field(default_factory=set[str])
    branch_flags: set[str] = field(default_factory=set[str])
    uri: str | None = None
    """The R-URI that the script assigned; None when it is unchanged."""
    destination: str | None = None
    """The value of `$du`."""
    reply_headers: list[str] = field(default_factory=list[str])
    """Header lines for replies, from append_to_reply."""
    replied: int | None = None
    """The code of the last reply that was sent."""
    on_reply: str | None = None
    """The onreply_route that t_on_reply set for the replies to this request."""
    depth: int = 0
    """How many routes are running within each other."""
