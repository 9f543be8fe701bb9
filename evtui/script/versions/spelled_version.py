"""Which version a script is written for, as far as its spelling shows it beyond doubt.

Only what stands outside of routes counts: a script with such a line does not start on other versions, while one old
call within a route is more likely a mistake.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evtui.core.known_versions import ScriptVersion
from evtui.script.syntax.expressions import Place
from evtui.script.syntax.tree import Global, Item, Route, Script, Section
from evtui.script.versions.dialects import DEFAULT, Dialect, dialect_of
from evtui.script.versions.version_names import NEW_SETTINGS, OLD_SETTINGS


@dataclass(frozen=True, slots=True)
class ReadAs:
    """The dialect in which a script is read, and why."""

    dialect: Dialect = DEFAULT
    why: str = "the default"
    """Why this dialect: such as `children=, which 3.x does not have`."""
    place: Place | None = None
    """Where the script shows it; None when it was asked for or is the default."""

    @property
    def reason(self) -> str:
        """Say why, with the place in the script that shows it."""
        return self.why if self.place is None else f"{self.place} has {self.why}"

    @property
    def is_default(self) -> bool:
        """Say whether nothing but the default decided."""
        return self.dialect is DEFAULT and self.place is None


def read_as(scripts: Iterable[Script], asked: ScriptVersion | None = None) -> ReadAs:
    """Choose the dialect of the scripts of one configuration: the one asked for, else the one that they show."""
    if asked is not None:
        return ReadAs(dialect_of(asked), "asked for")
    items = [item for script in scripts for item in script.items]
    old = next(_old_signs(items), None)
    if old is None or any(isinstance(item, Global) and item.name in NEW_SETTINGS for item in items):
        return ReadAs()
    place, sign = old
    return ReadAs(dialect_of("2.4"), f"{sign}, which 3.x does not have", place)


def _old_signs(items: Iterable[Item]) -> Iterator[tuple[Place, str]]:
    """Yield each place that 2.4 or older has, and 3.x not, with what stands there."""
    for item in items:
        if isinstance(item, Global) and item.name in OLD_SETTINGS:
            yield item.place, f"{item.name}="
        elif isinstance(item, Route) and item.mode is not None:
            yield item.place, f"event_route[{item.name}, {item.mode}]"
        elif isinstance(item, Section):
            yield item.place, f"{item.kind}[{item.name}]"
