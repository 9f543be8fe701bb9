"""SIP messages run through the routes of a script; a reply runs the route that its request named (`t_on_reply`)."""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec import Struct

from evtui.core.ports import Clock
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_state import CompiledRoute, RunOutcome
from evtui.script.runtime.script_values import Value
from evtui.script.variables.avps import avps_size
from evtui.scripting.route_runner import RouteRunner
from evtui.scripting.script_host import ScriptHost
from evtui.scripting.sip.listener import Send
from evtui.scripting.sip.reply import reply_address, write_reply
from evtui.scripting.sip.sip_message import SipMessage

MAX_ARMED: Final = 10_000
"""Requests whose replies have a route; the oldest is forgotten when there is one too many."""

MAX_ARMED_SIZE: Final = 1 << 26
"""Characters that are kept of these requests together: their Call-IDs and AVPs."""

REPLY_LIMIT: Final = 180.0
"""Seconds after a request in which its replies have a route: timer C of RFC 3261."""


class ArmedReplyRoute(Struct, frozen=True):
    """The route that a request named for its replies."""

    route: str
    avps: dict[str, list[Value]]
    until: float
    """Monotonic seconds."""
    size: int
    """Characters that are kept for it."""


class SipRoutes:
    """Runs `route` for requests and `onreply_route` for replies.

    It keeps no transactions, only what the replies to a request need.
    """

    def __init__(self, routes: RouteRunner, host: ScriptHost, clock: Clock, *, keeps_avps: bool, salt: bytes) -> None:
        """`clock`: monotonic seconds. `keeps_avps`: replies see the AVPs of their request (tm's onreply_avp_mode).

        `salt` makes the To tags of replies unguessable.
        """
        self._routes = routes
        self._host = host
        self._clock = clock
        self._keeps_avps = keeps_avps
        self._salt = salt
        self.on_reply: Callable[[bytes, tuple[str, int]], None] = lambda _data, _address: None
        """Called with each reply and the address it is sent to."""
        self.on_end: Callable[[CompiledRoute, RunOutcome], None] = lambda _compiled, _outcome: None
        """Called when a route has ended."""
        self._armed: OrderedDict[tuple[str, int, str], ArmedReplyRoute] = OrderedDict()
        self._armed_size = 0

    async def run(self, message: SipMessage, send: Send) -> None:
        """Run the routes for a message; `send` sends the replies that they make."""
        with self._host.replying(message, partial(self._send_reply, message, send)):
            await (self._request(message) if message.status is None else self._reply(message))

    async def _request(self, message: SipMessage) -> None:
        scope = Scope(message)
        for route in self._main("route")[:1]:
            await self._run(route, scope)
        if scope.on_reply is not None:
            self._arm(message.transaction, scope.on_reply, scope.avps if self._keeps_avps else {})

    async def _reply(self, message: SipMessage) -> None:
        """Run the onreply_route without a name, then the one that the request named, unless the first one drops it."""
        armed = self._armed.get(message.transaction)
        if armed is not None and self._clock() >= armed.until:
            armed = None
        for route in self._main("onreply_route")[:1]:
            if (await self._run(route, Scope(message))).ended == "drop":
                return
        if armed is not None:
            for route in self._routes.find("onreply_route", armed.route):
                await self._run(route, Scope(message, avps=armed.avps) if self._keeps_avps else Scope(message))

    def _main(self, kind: str) -> list[CompiledRoute]:
        """Find the route without a name and the one named 0, which are the same."""
        return [*self._routes.find(kind, None), *self._routes.find(kind, "0")]

    async def _run(self, route: CompiledRoute, scope: Scope) -> RunOutcome:
        outcome = await self._routes.run(route, scope)
        self.on_end(route, outcome)
        return outcome

    def _arm(self, transaction: tuple[str, int, str], route: str, avps: dict[str, list[Value]]) -> None:
        """Keep the route for the replies to a request; what is oldest goes when there is too much."""
        now = self._clock()
        size = len(transaction[0]) + len(transaction[2]) + len(route) + avps_size(avps)
        before = self._armed.pop(transaction, None)
        self._armed_size += size - (before.size if before is not None else 0)
        self._armed[transaction] = ArmedReplyRoute(route, avps, now + REPLY_LIMIT, size)
        while self._armed and (
            len(self._armed) > MAX_ARMED
            or self._armed_size > MAX_ARMED_SIZE
            or next(iter(self._armed.values())).until < now
        ):
            self._armed_size -= self._armed.popitem(last=False)[1].size

    def _send_reply(self, message: SipMessage, send: Send, code: int, reason: str, scope: Scope) -> bool:
        reply = write_reply(message, code, reason, scope.reply_headers, salt=self._salt)
        self.on_reply(reply, reply_address(message))
        return send(reply, reply_address(message))
