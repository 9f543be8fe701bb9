"""A fake host for scripts: it records what they do, and returns what a test sets."""

from collections.abc import Callable
from dataclasses import dataclass, field

from evtui.core.errors import UnknownEventError
from evtui.core.values import Params
from evtui.script.compiler.program import Program
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.run_state import RunOutcome
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.parse import parse
from evtui.script.syntax.tree import Route


@dataclass
class World:
    """Satisfies Host and Events."""

    time: float = 1_700_000_000.25
    lines: list[tuple[int, str, int]] = field(default_factory=list[tuple[int, str, int]])
    """Level, text, line."""
    raised: list[tuple[str, Params]] = field(default_factory=list[tuple[str, Params]])
    unread: list[str] = field(default_factory=list[str])
    """The events whose raise has a code that is not read."""
    subscribed: list[tuple[str, str, int | None]] = field(default_factory=list[tuple[str, str, int | None]])
    replies: list[tuple[int, str, list[str]]] = field(default_factory=list[tuple[int, str, list[str]]])
    statistics: dict[str, int] = field(default_factory=dict[str, int])
    pauses: list[float] = field(default_factory=list[float])
    pause_limit: int = 100_000
    spawned: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])
    comes: list[Params] = field(default_factory=list[Params])
    """The events that `wait` and `notify` see."""
    listeners: bool = True
    chance: float = 0.5
    variables: dict[str, str] = field(default_factory=dict[str, str])
    code: int = 1
    handler: Callable[[str, Params, Scope], object] | None = None

    def now(self) -> float:
        return self.time

    def log(self, level: int, text: str, place: Place, route: Route | None) -> None:
        self.lines.append((level, text, place.line))

    def statistic(self, name: str) -> int | None:
        return self.statistics.get(name)

    def random(self) -> float:
        return self.chance

    def environment(self, name: str) -> str | None:
        return self.variables.get(name)

    def reply(self, code: int, reason: str, scope: Scope) -> int:
        self.replies.append((code, reason, list(scope.reply_headers)))
        return 1

    def pause(self, seconds: float = 0.0) -> None:
        self.pauses.append(seconds)
        self.time += seconds
        if len(self.pauses) > self.pause_limit:
            raise TimeoutError("the script ran for too long")

    def spawn(self, work: Callable[[], object]) -> None:
        self.spawned.append(work)

    def raise_event(self, name: str, params: Params, scope: Scope) -> int:
        self.raised.append((name, params))
        if self.handler is not None:
            self.handler(name, params, scope)
        return self.code

    def raise_unread(self, name: str, params: Params, scope: Scope) -> int:
        self.unread.append(name)
        return self.raise_event(name, params, scope)

    def refuse_raise(self, name: str, why: str) -> None:
        """Nothing records it here."""

    def has_subscribers(self, name: str) -> bool:
        return self.listeners

    def subscribe_event(self, event: str, socket: str, expire: int | None) -> int:
        self.subscribed.append((event, socket, expire))
        return self.code

    def wait(self, event: str, accept: Callable[[Params], bool], timeout: float | None) -> Params | None:
        if event == "E_UNKNOWN":
            raise UnknownEventError(event)
        return next((params for params in self.comes if accept(params)), None)

    def notify(
        self, event: str, accept: Callable[[Params], bool], timeout: float | None, handle: Callable[[Params], object]
    ) -> None:
        for params in filter(accept, self.comes):
            handle(params)

    @property
    def said(self) -> list[str]:
        """The texts of the log."""
        return [text for _, text, _ in self.lines]


def program(text: str, world: World | None = None) -> Program:
    """Load a script."""
    there = world or World()
    return Program(parse(text, "test.cfg"), there, there)


def said(body: str, scope: Scope | None = None, **changes: object) -> list[str]:
    """Run statements as a route and return what they logged."""
    world = World(**changes)  # type: ignore[arg-type]
    run(body, world, scope)
    return world.said


def run(body: str, world: World | None = None, scope: Scope | None = None, more: str = "") -> RunOutcome:
    """Run statements as the main route."""
    return program(f"route {{\n{body}\n}}\n{more}", world).run("route", None, scope)
