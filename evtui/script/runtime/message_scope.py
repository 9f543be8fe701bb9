"""What a run works on: the message with its AVPs, flags and changes. A sync event route shares it with its raiser."""

from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

from evtui.script.runtime.message_headers import MessageHeaders
from evtui.script.runtime.script_message import DUMMY, ScriptMessage
from evtui.script.runtime.script_values import Value

NO_PRIORITY: Final = -1
"""The q value of a branch that has none."""


@dataclass(slots=True)
class MessageBranch:
    """A destination of the request: the R-URI's own one, or one that the script added."""

    uri: str | None = None
    destination: str | None = None
    """The URI to which it is sent instead, `$du` of the R-URI's branch."""
    path: str | None = None
    priority: int = NO_PRIORITY
    """The q value in thousandths; NO_PRIORITY when there is none."""
    socket: str | None = None
    """The socket that the script chose for sending."""
    flags: dict[str, None] = field(default_factory=dict[str, None])
    """The flags that are set, in the order in which that was done."""
    attributes: dict[str, Value] = field(default_factory=dict[str, Value])


@dataclass(slots=True)
class RequestPlan:
    """What the script wants to be done with the request."""

    own: MessageBranch = field(default_factory=MessageBranch)
    """The branch of the R-URI: its `uri` is None while the script has not changed it."""
    added: list[MessageBranch] = field(default_factory=list[MessageBranch])
    """The branches that the script added behind that of the R-URI."""
    serial: list[list[MessageBranch]] = field(default_factory=list[list[MessageBranch]])
    """The branches that serialize_branches put aside, those of the highest q value first."""
    timeouts: dict[str, int] = field(default_factory=dict[str, int])
    """The values of `$T_fr_timeout` and `$T_fr_inv_timeout` that the script set."""


class Scope(Struct, eq=False):
    """A message with its AVPs, its flags and the script's changes; as a `Struct` made in a third of the time."""

    message: ScriptMessage = DUMMY
    avps: dict[str, list[Value]] = {}
    """Each AVP is a stack: its last element is the newest."""
    flags: dict[str, None] = {}
    """The message's flags that are set, in the order in which that was done."""
    reply_headers: list[str] = []
    """Header lines for replies, from append_to_reply."""
    replied: int | None = None
    """The code of the last reply that was sent."""
    on_reply: str | None = None
    """The onreply_route that t_on_reply set for the replies to this request."""
    depth: int = 0
    """How many routes are running within each other."""
    _plan: RequestPlan | None = None
    _headers: MessageHeaders | None = None

    @property
    def plan(self) -> RequestPlan:
        """What the script wants to be done with the request; made at the first use, because most runs have none."""
        if self._plan is None:
            self._plan = RequestPlan()
        return self._plan

    @property
    def own(self) -> MessageBranch:
        """The branch of the R-URI."""
        return self.plan.own

    @property
    def headers(self) -> MessageHeaders:
        """The headers of the message, for reads by name."""
        if self._headers is None:
            self._headers = MessageHeaders(self.message)
        return self._headers
