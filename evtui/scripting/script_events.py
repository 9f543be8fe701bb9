"""The events as a script reaches them: satisfies `Events` of `script.runtime.host_ports`.

A script that waits for an event is a subscriber of it, with the socket `routing:EVENT`.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias

import anyio
from greenlet import getcurrent, greenlet

from evtui.core.errors import EvtuiError, RequestError, UnknownEventError
from evtui.core.ports import Clock
from evtui.core.transport import Handler, Notification, Queued
from evtui.core.values import NO_PARAMS, Params, Socket, is_wildcard
from evtui.engine.engine import Engine
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_values import ScriptFault
from evtui.scripting.greenlet_runner import CannotWaitError, GreenletRunner
from evtui.transports.name_lookups import open_target

Accept: TypeAlias = Callable[[Params], bool]
"""Say whether the parameters of an event are those that a script waits for."""

_LOOKS = 64
"""Raises between two looks at how many notifications wait for a route or for a slow receiver."""
_FULL = 0.5
"""The share of a queue that may wait while a script goes on raising."""
TIME_TO_READ = 0.001
"""Seconds that a script leaves a slow receiver after `_LOOKS` raises: in which one reads about as many."""

Spawn: TypeAlias = Callable[[Callable[[], object]], None]
"""Run a function concurrently, as a run of its own."""


class EventWaiter:
    """A script that waits for an event."""

    def __init__(self, accept: Accept, take: Callable[[Params], None], until: float | None) -> None:
        """`take` gets the parameters that `accept` accepts."""
        self.accept = accept
        self.take = take
        self.until = until
        """The monotonic second at which the script stops waiting; None: never."""


class ScriptEvents:
    """The events of an engine, for a script."""

    def __init__(self, engine: Engine, greenlets: GreenletRunner, spawn: Spawn, clock: Clock) -> None:
        """`clock`: monotonic seconds."""
        self._engine = engine
        self._held, self._take = engine.held, engine.held.take
        self._next_look = 0
        """How many held raises must have been queued before the next look at how many wait."""
        self._greenlets = greenlets
        self._spawn = spawn
        self._clock = clock
        self._sharing: dict[greenlet, Scope] = {}
        self._waiters: dict[str, list[EventWaiter]] = {}
        self._queued = 0
        """Raises that were queued for a subscriber."""
        self._taken = 0
        """What slow receivers had taken when they got time last."""
        self.shares = False
        """Whether the script has sync event routes: only they use the scope of the route that raises."""
        self.waiting: dict[str, Handler | Queued] = {}
        """Where notifications to a `routing:` socket go, by the name of the event."""
        self.subscribed: Callable[[str, str], None] = lambda _event, _socket: None
        """Called for each permanent subscription that the script makes: event, and socket as `Target.source`."""

    def raise_event(self, name: str, params: Params, scope: Scope) -> int:
        """Raise an event, publishing it first if need be; return 1, or -1 when a subscriber in place failed.

        raises ScriptFault: the raise is refused: it is nested too deep, or the name is wrong. RunEndedError:
        the run was ended in a sync event route. The engine reports that to the raiser only as a failed notification.
        """
        if not self.shares:
            return self._raise(name, params)
        current = getcurrent()
        before = self._sharing.get(current)
        self._sharing[current] = scope
        try:
            code = self._raise(name, params)
            self._greenlets.check()
            return code
        finally:
            if before is None:
                del self._sharing[current]
            else:
                self._sharing[current] = before

    def raise_unread(self, name: str, params: Params, scope: Scope) -> int:
        """Raise an event as `raise_event` does; its notifications may leave with those of the next raises."""
        if not self._take(name, params):
            return self.raise_event(name, params, scope)
        if self._held.queued >= self._next_look:
            self._next_look = self._held.queued + _LOOKS
            self._let_catch_up(name)
        return 1

    def shared(self) -> Scope:
        """Return the scope of the route that raises the current event; a new one when no script raises it."""
        found = self._sharing.get(getcurrent()) if self._sharing else None
        return Scope() if found is None else found

    def refuse_raise(self, name: str, why: str) -> None:
        """Record that the script raised an event with parameters that do not fit together."""
        self._engine.refuse_raise(name, NO_PARAMS, "bad parameters", why)

    def has_subscribers(self, name: str) -> bool:
        """Say whether an event has subscribers."""
        return self._engine.has_subscribers(name)

    def subscribe_event(self, event: str, socket: str, expire: int | None) -> int:
        """Subscribe a socket, publishing the event first if need be; other runs go on while its host is resolved.

        raises ScriptFault: the event or the socket is wrong.
        """
        with _faults():
            target = self._engine.parse(socket)
            if not is_wildcard(event):
                self._engine.publish(event)
            opened = self._greenlets.wait(partial(open_target, target)) if target.blocks else None
            self._engine.apply(event, target, expire, opened, "the script")
        if expire is None:
            self.subscribed(event, target.source)
        return 1

    def wait(self, event: str, accept: Accept, timeout: float | None) -> Params | None:
        """Block the script until an event comes that it accepts; return its parameters, or None after `timeout`.

        raises ScriptFault: the event is unknown, or the script cannot wait here.
        """
        taken: list[Params] = []
        wake_up = anyio.Event()

        def take(params: Params) -> None:
            if not taken:
                taken.append(params)
                wake_up.set()

        async def wait_until_taken() -> None:
            with anyio.move_on_after(timeout):
                await wake_up.wait()

        waiter = self._add(event, EventWaiter(accept, take, None))
        try:
            with _faults():
                self._greenlets.wait(wait_until_taken)
        finally:
            self._remove(event, waiter)
        return taken[0] if taken else None

    def notify(self, event: str, accept: Accept, timeout: float | None, handle: Callable[[Params], object]) -> None:
        """Call `handle`, concurrently with the script, for each event that is accepted, until `timeout` is over.

        raises ScriptFault: the event is unknown.
        """

        def take(params: Params) -> None:
            self._spawn(partial(handle, params))

        until = None if timeout is None else self._clock() + timeout
        waiter = self._add(event, EventWaiter(accept, take, until))
        if timeout is not None:
            self._spawn(partial(self._remove_after, event, waiter, timeout))

    def _raise(self, name: str, params: Params) -> int:
        dispatcher = self._engine.dispatcher
        depth = dispatcher.depth
        try:
            raised = self._engine.raise_event(name, params)
        except RecursionError as error:  # the engine may have been left at any point: restore its count of raises
            dispatcher.depth = depth
            raise ScriptFault(f"event {name!r} not raised: too many calls are nested here") from error
        except UnknownEventError:
            with _faults():
                self._engine.publish(name)
                raised = self._engine.raise_event(name, params)
        except RequestError as error:
            raise ScriptFault(str(error)) from error
        if raised.plan.queued:
            self._queued = queued = self._queued + 1
            if not queued % _LOOKS:
                self._let_catch_up(name)
        return -1 if raised.failures else 1

    def _let_catch_up(self, name: str) -> None:
        """Let the async routes of an event run when many notifications wait for them: a loop must not lose any.

        A receiver of UNIX datagrams that reads, but more slowly than the script raises, gets some time, too. One that
        has taken nothing since it got some last gets none: it would slow the script down for nothing.
        """
        counts = self._engine.counts
        if counts.queue_fill(name, Socket("route", name)) > _FULL:
            self._greenlets.give_way()
        fill, taken = counts.waiting(name)
        if fill > _FULL and taken != self._taken:
            self._taken = taken
            self._greenlets.give_way(TIME_TO_READ)

    def _add(self, event: str, waiter: EventWaiter) -> EventWaiter:
        if not any(state.event.name == event for state in self._engine.event_states()):
            raise ScriptFault(str(UnknownEventError(event)))
        if event not in self._waiters:
            self._waiters[event] = []
            self.waiting[event] = Handler(partial(self._deliver, event))
            self._engine.subscribe(event, f"routing:{event}")
        self._waiters[event].append(waiter)
        return waiter

    def _remove(self, event: str, waiter: EventWaiter) -> None:
        waiters = self._waiters.get(event, [])
        if waiter in waiters:
            waiters.remove(waiter)
        if not waiters and event in self._waiters:
            self._engine.unsubscribe(event, f"routing:{event}")
            del self._waiters[event], self.waiting[event]

    def _remove_after(self, event: str, waiter: EventWaiter, seconds: float) -> None:
        self._greenlets.pause(seconds)
        self._remove(event, waiter)

    def _deliver(self, event: str, notification: Notification) -> str | None:
        failed: str | None = None
        for waiter in list(self._waiters.get(event, ())):
            if waiter.until is not None and self._clock() >= waiter.until:
                continue
            try:
                if waiter.accept(notification.params):
                    waiter.take(notification.params)
            except EvtuiError as error:
                failed = str(error)
        return failed


@contextmanager
def _faults() -> Generator[None]:
    """Make a refused request a fault of the statement: it is logged with its place, and the script goes on."""
    try:
        yield
    except (RequestError, CannotWaitError) as error:
        raise ScriptFault(str(error)) from error
