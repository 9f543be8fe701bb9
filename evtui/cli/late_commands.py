"""Commands that are imported when they are asked for: most runs of the program need one of them, or none."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, cast

import click


class LateCommands(dict[str, click.Command]):
    """The commands of a group by name, in the order in which they are listed."""

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[str, str] = {}
        self._completions: list[Callable[[click.Command], object]] = []

    def add(self, **places: str) -> None:
        """Add commands by their places, each `module:attribute`; an underscore at the end of a name is left out."""
        for name, place in places.items():
            self._places[name.rstrip("_")] = place
            super().__setitem__(name.rstrip("_"), cast("click.Command", None))  # it holds the place in the order

    def complete(self, completion: Callable[[click.Command], object]) -> None:
        """Call a function with each command, with those that are not imported yet when they are."""
        for name, command in super().items():
            if name not in self._places:
                completion(command)
        self._completions.append(completion)

    def __getitem__(self, name: str) -> click.Command:
        if (place := self._places.pop(name, None)) is not None:
            module, _, attribute = place.partition(":")
            command = cast("click.Command", getattr(import_module(module), attribute))
            super().__setitem__(name, command)
            for completion in self._completions:
                completion(command)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a command, `default` when there is none of the name."""
        is_known = name in self
        return self[name] if is_known else default

    def values(self) -> Any:
        """Return all commands."""
        return [self[name] for name in self]

    def items(self) -> Any:
        """Return all names and commands."""
        return [(name, self[name]) for name in self]
