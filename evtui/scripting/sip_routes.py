"""SIP messages run through the routes of a script; replies find the route that their request armed."""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final

from msgspec import Struct

from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_state import CompiledRoute, RunOutcome
from evtui.script.runtime.script_values import Value
from evtui.scripting.route_runner import RouteRunner
from evtui.scripting.script_host import ScriptHost
from evtui.sip.listener import Send
from evtui.sip.reply import reply_address, write_reply
from evtui.sip.sip_message import SipMessage

REMEMBERED: Final = 10_000
"""Requests whose replies are waited for, at most; the oldest is forgotten for one too many."""

PATIENCE: Final = 180.0
"""Seconds a request's replies are waited for: timer C of RFC 3261."""


class ArmedReplyRoute(Struct, frozen=True):
    """What a request left for its replies."""

    route: str
    avps: dict[str, list[Value]]
    until: float
    """Monotonic seconds."""


class SipRoutes:
    """Runs `route` for requests, `onreply_route` for replies. It keeps no transactions but what replies need."""

    def __init__(self, routes: RouteRunner, host: ScriptHost, *, keeps_avps: bool, salt: bytes) -> None:
        """`keeps_avps`: replies see the AVPs of their request (tm's onreply_avp_mode); `salt` is for To tags."""
        self._routes = routes
        self._host = host
        self._keeps_avps = keeps_avps
        self._salt = salt
        self.replied: Callable[[bytes, tuple[str, int]], None] = lambda _data, _address: None
        """Who hears of each reply."""
        self.ended: Callable[[CompiledRoute, RunOutcome], None] = lambda _compiled, _outcome: None
        """Who hears how each route ended."""
        self._armed: OrderedDict[tuple[str, int, str], ArmedReplyRoute] = OrderedDict()

    async def run(self, message: SipMessage, send: Send) -> None:
        """Run what a message runs."""
        with self._host.answering(message, partial(self._answer, message, send)):
            await (self._request(message) if message.status is None else self._reply(message))

    async def _request(self, message: SipMessage) -> None:
        scope = Scope(message)
        for route in self._main("route")[:1]:
            await self._run(route, scope)
        if scope.on_reply is not None:
            self._arm(message.transaction, ArmedReplyRoute(scope.on_reply, scope.avps, time.monotonic() + PATIENCE))

    async def _reply(self, message: SipMessage) -> None:
        """Run the onreply_route without a name for every reply, then the one armed for it, unless that one drops it."""
        armed = self._armed.get(message.transaction)
        if armed is not None and time.monotonic() >= armed.until:
            armed = None
        for route in self._main("onreply_route")[:1]:
            if (await self._run(route, Scope(message))).ended == "drop":
                return
        if armed is not None:
            for route in self._routes.find("onreply_route", armed.route):
                scope = Scope(message, avps=armed.avps) if self._keeps_avps else Scope(message)
                await self._run(route, scope)

    def _main(self, kind: str) -> list[CompiledRoute]:
        """Find the route without a name, or the one called 0, which is the same."""
        return [*self._routes.find(kind, None), *self._routes.find(kind, "0")]

    async def _run(self, route: CompiledRoute, scope: Scope) -> RunOutcome:
        outcome = await self._routes.run(route, scope)
        self.ended(route, outcome)
        return outcome

    def _arm(self, transaction: tuple[str, int, str], armed: ArmedReplyRoute) -> None:
        self._armed[transaction] = armed
        self._armed.move_to_end(transaction)
        while len(self._armed) > REMEMBERED or next(iter(self._armed.values())).until < time.monotonic():
            self._armed.popitem(last=False)

    def _answer(self, message: SipMessage, send: Send, code: int, reason: str, scope: Scope) -> bool:
        reply = write_reply(message, code, reason, scope.reply_headers, salt=self._salt)
        self.replied(reply, reply_address(message))
        return send(reply, reply_address(message))
