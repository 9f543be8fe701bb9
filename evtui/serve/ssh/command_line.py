"""The commands that may be run over SSH: those that only read, with no option that leads anywhere else."""

import shlex
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec import Struct

MOST_CHARACTERS: Final = 4096
"""Characters of the longest command."""


class CommandRefusedError(Exception):
    """A command may not be run; the text says why."""


class _Command(Struct, frozen=True):
    words: int = 0
    """Its arguments at most."""
    flags: frozenset[str] = frozenset({"--json", "--help", "-h"})
    valued: frozenset[str] = frozenset()
    """Options with a value."""


COMMANDS: Final[Mapping[str, _Command]] = MappingProxyType(
    {
        "events": _Command(1),
        "subscribers": _Command(1),
        "why": _Command(2),
        "queues": _Command(),
        "statistics": _Command(valued=frozenset({"--over", "--top"})),
        "transports": _Command(),
        "tail": _Command(
            64, frozenset({"--json", "--csv", "--help", "-h"}), frozenset({"--filter", "--since"})
        ),
        "version": _Command(),
    }
)  # fmt: skip


def allowed_words(command: str) -> Sequence[str]:
    """Return the words of a command that may be run; no shell reads them. Also with the word evtui before it.

    raises CommandRefusedError.
    """
    if len(command) > MOST_CHARACTERS:
        raise CommandRefusedError(f"the command is longer than {MOST_CHARACTERS} characters")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise CommandRefusedError(f"the command cannot be read: {error}") from error
    if words[:1] == ["evtui"]:
        words = words[1:]
    if not words or words[0] not in COMMANDS:
        raise CommandRefusedError(f"only these commands may be run: {', '.join(COMMANDS)}")
    _check(words[0], COMMANDS[words[0]], words[1:])
    return words


def _check(name: str, command: _Command, words: Sequence[str]) -> None:
    arguments, rest = 0, iter(words)
    for word in rest:
        option, is_given, _ = word.partition("=")
        if not word.startswith("-"):
            arguments += 1
            if "://" in word or (name == "tail" and ":" in word):
                raise CommandRefusedError(f"{name} reads only this server")
        elif option in command.valued:
            if not is_given and next(rest, None) is None:
                raise CommandRefusedError(f"the option {option} needs a value")
        elif word not in command.flags:
            raise CommandRefusedError(f"{name} has no option {option} here")
    if arguments > command.words:
        raise CommandRefusedError(f"{name} takes {command.words} arguments at most")
