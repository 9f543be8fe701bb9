"""Options that stand before the name of a command: they mean what they mean behind it."""

from collections.abc import Iterator, Sequence

import click


def options_behind_command(group: click.Group, words: Sequence[str]) -> list[str]:
    """Return the command line with the options before a command moved behind its name, where the command knows them.

    Options that the command does not know stay where they are, as do all words when no command is named.
    """
    if all(word.startswith("-") for word in words):
        return [*words]  # no command: none of them need be imported for its options
    takes_value = {name: not option.is_flag for option in _all_options(group) for name in option.opts}
    before: list[Sequence[str]] = []
    place = 0
    while place < len(words) and words[place].startswith("-") and words[place] != "--":
        name, has_value, _ = words[place].partition("=")
        end = place + (2 if takes_value.get(name) and not has_value else 1)
        before.append(words[place:end])
        place = end
    command = group.commands.get(words[place]) if place < len(words) else None
    if command is None or not before:
        return [*words]
    known = {name for option in _all_options(command) for name in option.opts}
    moved = [word for option in before if option[0].partition("=")[0] in known for word in option]
    stay = [word for option in before if option[0].partition("=")[0] not in known for word in option]
    return [*stay, words[place], *moved, *words[place + 1 :]]


def _all_options(command: click.Command) -> Iterator[click.Option]:
    """Yield the options of a command, and of the commands below it."""
    yield from (parameter for parameter in command.params if isinstance(parameter, click.Option))
    if isinstance(command, click.Group):
        for below in command.commands.values():
            yield from _all_options(below)
