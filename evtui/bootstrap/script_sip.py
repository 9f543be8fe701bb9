"""SIP messages run through the routes of a script; replies find the route that their request armed."""

import time
from collections import OrderedDict
from functools import partial
from typing import Final

from msgspec import Struct

from evtui.bootstrap.script_host import ScriptHost
from evtui.bootstrap.script_routes import ScriptRoutes
from evtui.script.running import Outcome
from evtui.script.scope import Scope
from evtui.script.values import Value
from evtui.sip.listener import Send
from evtui.sip.message import SipMessage
from evtui.sip.reply import reply_address, write_reply

REMEMBERED: Final = 10_000
"""Requests whose replies are waited for, at most; the oldest is forgotten for one too many."""

PATIENCE: Final = 180.0
"""Seconds a request's replies are waited for: timer C of RFC 3261."""


class Armed(Struct, frozen=True):
    """What a request left for its replies."""

    route: str
    avps: dict[str, list[Value]]
    until: float
    """Monotonic seconds."""


class SipRoutes:
    """Runs `route` for requests, `onreply_route` for replies. It keeps no transactions but what replies need."""

    def __init__(self, routes: ScriptRoutes, host: ScriptHost, *, keeps_avps: bool, salt: bytes) -> None:
        """`keeps_avps`: replies see the AVPs of their request (tm's onreply_avp_mode); `salt` is for To tags."""
        self._routes = routes
        self._host = host
        self._keeps_avps = keeps_avps
        self._salt = salt
        self._armed: OrderedDict[tuple[str, int, str], Armed] = OrderedDict()

    async def handle(self, message: SipMessage, send: Send) -> None:
        """Run what a message runs."""
        await self.run(message, send)

    async def run(self, message: SipMessage, send: Send) -> list[Outcome]:
        """Run what a message runs and say how that ended."""
        with self._host.answering(message, partial(self._answer, message, send)):
            return await (self._request(message) if message.status is None else self._reply(message))

    async def _request(self, message: SipMessage) -> list[Outcome]:
        scope = Scope(message)
        route = next(iter([*self._routes.find("route", None), *self._routes.find("route", "0")]), None)
        if route is None:
            return []
        outcome = await self._routes.run(route, scope)
        if scope.on_reply is not None:
            self._arm(message.transaction, Armed(scope.on_reply, scope.avps, time.monotonic() + PATIENCE))
        return [outcome]

    async def _reply(self, message: SipMessage) -> list[Outcome]:
        """Run the onreply_route without a name for every reply, then the one armed for it, unless that one drops it."""
        armed = self._armed.get(message.transaction)
        if armed is not None and time.monotonic() >= armed.until:
            armed = None
        outcomes: list[Outcome] = []
        for route in [*self._routes.find("onreply_route", None), *self._routes.find("onreply_route", "0")]:
            outcomes.append(await self._routes.run(route, Scope(message)))
            if outcomes[-1].ended == "drop":
                return outcomes
        if armed is not None:
            for route in self._routes.find("onreply_route", armed.route):
                scope = Scope(message, avps=armed.avps) if self._keeps_avps else Scope(message)
                outcomes.append(await self._routes.run(route, scope))
        return outcomes

    def _arm(self, transaction: tuple[str, int, str], armed: Armed) -> None:
        self._armed[transaction] = armed
        self._armed.move_to_end(transaction)
        while len(self._armed) > REMEMBERED or next(iter(self._armed.values())).until < time.monotonic():
            self._armed.popitem(last=False)

    def _answer(self, message: SipMessage, send: Send, code: int, reason: str, scope: Scope) -> bool:
        reply = write_reply(message, code, reason, scope.reply_headers, salt=self._salt)
        return send(reply, reply_address(message))
