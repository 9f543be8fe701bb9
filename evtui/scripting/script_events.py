"""The events as a script reaches them: satisfies `script.host.Events`. Waiting scripts are `routing:` subscribers."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial

import anyio
from anyio import to_thread
from greenlet import getcurrent, greenlet

from evtui.core.errors import EvtuiError, RequestError, UnknownEventError
from evtui.core.transport import Handler, Notification, Queued
from evtui.core.values import Params, is_wildcard
from evtui.engine.engine import Engine
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_values import ScriptFault
from evtui.scripting.greenlets import CannotWaitError, GreenletRunner

Accept = Callable[[Params], bool]
Spawn = Callable[[Callable[[], object]], None]


class EventWaiter:
    """Somebody who waits for events of one name."""

    def __init__(self, accept: Accept, take: Callable[[Params], None], until: float | None) -> None:
        self.accept = accept
        self.take = take
        self.until = until
        """The monotonic second it stops waiting; None: never."""


class ScriptEvents:
    """An engine's events for a script."""

    def __init__(self, engine: Engine, runs: GreenletRunner, spawn: Spawn) -> None:
        """`spawn` runs work beside the script."""
        self._engine = engine
        self._runs = runs
        self._spawn = spawn
        self._sharing: dict[greenlet, Scope] = {}
        self._waiters: dict[str, list[EventWaiter]] = {}
        self.shares = False
        """Whether there are sync event routes: only they look at what their raiser works on."""
        self.waiting: dict[str, Handler | Queued] = {}
        """What takes the notifications of `routing:` sockets."""
        self.subscribed: Callable[[str, str], None] = lambda _event, _socket: None
        """Who hears of permanent subscriptions: event, and socket as `Target.source`."""

    def raise_event(self, name: str, params: Params, scope: Scope) -> int:
        """Raise an event; one that nobody knows is published: 1, or -1 when somebody could not be served at once.

        raises Fault: it is refused: nested too deep, or with a name that cannot be. RunEndedError: the run was ended
        in a sync event route, from where its end reaches the raiser as no more than a failed notification.
        """
        if not self.shares:
            return self._raise(name, params)
        current = getcurrent()
        before = self._sharing.get(current)
        self._sharing[current] = scope
        try:
            code = self._raise(name, params)
            self._runs.check()
            return code
        finally:
            if before is None:
                del self._sharing[current]
            else:
                self._sharing[current] = before

    def shared(self) -> Scope:
        """Return what the raiser under way works on; of its own for one that is no script."""
        found = self._sharing.get(getcurrent())
        return Scope() if found is None else found

    def has_subscribers(self, name: str) -> bool:
        """Say whether an event has subscribers."""
        try:
            return bool(self._engine.subscription_states(name))
        except UnknownEventError:
            return False

    def subscribe_event(self, event: str, socket: str, expire: int | None) -> int:
        """Subscribe a socket; a host is resolved while others run. An event nobody knows is published.

        raises Fault: event or socket are wrong.
        """
        with _faults():
            target = self._engine.parse(socket)
            if not is_wildcard(event):
                self._engine.publish(event)
            opened = self._runs.wait(partial(to_thread.run_sync, target.open)) if target.blocks else None
            self._engine.apply(event, target, expire, opened)
        if expire is None:
            self.subscribed(event, target.source)
        return 1

    def wait(self, event: str, accept: Accept, timeout: float | None) -> Params | None:
        """Block the script until an event comes that it accepts; None when the time is over.

        raises Fault: the event is unknown, or nothing can be waited for here.
        """
        taken: list[Params] = []
        bell = anyio.Event()

        def take(params: Params) -> None:
            if not taken:
                taken.append(params)
                bell.set()

        async def hear() -> None:
            with anyio.move_on_after(timeout):
                await bell.wait()

        waiter = self._enter(event, EventWaiter(accept, take, None))
        try:
            with _faults():
                self._runs.wait(hear)
        finally:
            self._leave(event, waiter)
        return taken[0] if taken else None

    def notify(self, event: str, accept: Accept, timeout: float | None, handle: Callable[[Params], object]) -> None:
        """Call `handle` beside the script for each event that is accepted, until the time is over.

        raises Fault: the event is unknown.
        """

        def take(params: Params) -> None:
            self._spawn(partial(handle, params))

        until = None if timeout is None else time.monotonic() + timeout
        waiter = self._enter(event, EventWaiter(accept, take, until))
        if timeout is not None:
            self._spawn(partial(self._leave_after, event, waiter, timeout))

    def forget(self) -> None:
        """Let nobody wait any more: their script is gone."""
        for event in list(self._waiters):
            for waiter in list(self._waiters[event]):
                self._leave(event, waiter)

    def _raise(self, name: str, params: Params) -> int:
        depth = self._engine.depth
        try:
            raised = self._engine.raise_event(name, params)
        except RecursionError as error:  # wherever in the engine that was: it counts this raise no more
            self._engine.depth = depth
            raise ScriptFault(f"event {name!r} not raised: too much is nested here") from error
        except UnknownEventError:
            with _faults():
                self._engine.publish(name)
                raised = self._engine.raise_event(name, params)
        except RequestError as error:
            raise ScriptFault(str(error)) from error
        return -1 if raised.failures else 1

    def _enter(self, event: str, waiter: EventWaiter) -> EventWaiter:
        if not any(state.event.name == event for state in self._engine.event_states()):
            raise ScriptFault(str(UnknownEventError(event)))
        if event not in self._waiters:
            self._waiters[event] = []
            self.waiting[event] = Handler(partial(self._deliver, event))
            self._engine.subscribe(event, f"routing:{event}")
        self._waiters[event].append(waiter)
        return waiter

    def _leave(self, event: str, waiter: EventWaiter) -> None:
        waiters = self._waiters.get(event, [])
        if waiter in waiters:
            waiters.remove(waiter)
        if not waiters and event in self._waiters:
            self._engine.unsubscribe(event, f"routing:{event}")
            del self._waiters[event], self.waiting[event]

    def _leave_after(self, event: str, waiter: EventWaiter, seconds: float) -> None:
        self._runs.pause(seconds)
        self._leave(event, waiter)

    def _deliver(self, event: str, notification: Notification) -> str | None:
        failed: str | None = None
        for waiter in list(self._waiters.get(event, ())):
            if waiter.until is not None and time.monotonic() >= waiter.until:
                continue
            try:
                if waiter.accept(notification.params):
                    waiter.take(notification.params)
            except EvtuiError as error:
                failed = str(error)
        return failed


@contextmanager
def _faults() -> Generator[None]:
    """Make a refusal a fault of the statement that asked: logged with its place, and the script goes on."""
    try:
        yield
    except (RequestError, CannotWaitError) as error:
        raise ScriptFault(str(error)) from error
