"""The servers of a fleet as they are given: `[NAME=]ADDRESS [COLOUR]`, and `@FILE` for a file that lists them.

In a list each line is one server; what follows `#` at its begin or behind a blank is a comment.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from evtui.backends.kafka.kafka_address import is_kafka
from evtui.core.errors import RequestError
from evtui.core.fleet_port import SERVER_COLOURS, ServerColour
from evtui.core.redact import redact_words

MOST_SERVERS: Final = 100
"""Servers of one fleet."""

GRAMMAR: Final = "write [NAME=]ADDRESS [COLOUR], or @FILE for a list of them"

_NAMED: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=(.*)", re.DOTALL)
_COMMENT: Final = re.compile(r"(?:^|\s)#.*")
_NO_WORD: Final = re.compile("[^A-Za-z0-9]")
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.-]+")


class BadServerError(RequestError):
    """A server of a fleet is given wrongly."""

    def __init__(self, given: str, why: str) -> None:
        name, _, address = given.partition("=") if _NAMED.fullmatch(given) else ("", "", given)
        shown = redact_words(address)
        self.why = why
        super().__init__(f"server {(f'{name}={shown}' if name else shown)!r}: {why}")


class BadListError(BadServerError):
    """A file that lists servers is wrong, or cannot be read."""

    def __init__(self, why: str, file: str = "") -> None:
        """`why` may begin with the line."""
        self.why = why
        RequestError.__init__(self, f"{file}: {why}" if file else why)


class GivenServer(Struct, frozen=True):
    """One server: an address, and what it is called."""

    name: str
    """Empty where none is given."""
    address: str
    colour: ServerColour | None = None

    @property
    def variable(self) -> str:
        """Return what the names of its environment variables end in: `_EDGE_1` for `edge-1`."""
        return f"_{_NO_WORD.sub('_', self.name).upper()}"


def is_list_file(text: str) -> bool:
    """Say whether a text names a file that lists servers."""
    return text.startswith("@")


def is_several(text: str) -> bool:
    """Say whether a text is shown as a fleet although it is one: it has a name, is a list, or a Kafka source."""
    return is_list_file(text) or is_kafka(text) or _NAMED.fullmatch(text.strip()) is not None


def parse_server(text: str, check: Callable[[str], object]) -> GivenServer:
    """Read one server; `check` raises RequestError when it is given a wrong address.

    raises BadServerError.
    """
    words = text.split()
    if not words:
        raise BadServerError(text, GRAMMAR)
    colour = words.pop() if len(words) > 1 else None
    if len(words) > 1:
        raise BadServerError(text, f"too many words: {GRAMMAR}")
    if colour is not None and colour not in SERVER_COLOURS:
        raise BadServerError(text, f"no colour {colour[:40]!r}: write one of {', '.join(SERVER_COLOURS)}")
    named = _NAMED.fullmatch(words[0])
    name, address = (named[1], named[2]) if named else ("", words[0])
    try:
        check(address)
    except RequestError as error:
        raise BadServerError(text, str(error)) from error
    return GivenServer(name, address, colour)


def parse_list(text: str, check: Callable[[str], object]) -> tuple[GivenServer, ...]:
    """Read a list, one server a line.

    raises BadListError: which line is wrong, and why.
    """
    found: list[GivenServer] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not (said := _COMMENT.sub("", line).strip()):
            continue
        try:
            found.append(parse_server(said, check))
        except BadServerError as error:
            raise BadListError(f"line {number}: {error.why}") from error
    return tuple(found)


def named_servers(given: Sequence[GivenServer]) -> tuple[GivenServer, ...]:
    """Give a name to each server that has none, made of its address; all names differ.

    raises BadServerError: two have the same name, or there are too many.
    """
    if len(given) > MOST_SERVERS:
        raise BadServerError(given[MOST_SERVERS].address, f"there are {len(given):,}, at most {MOST_SERVERS:,}")
    taken: set[str] = set()
    for each in given:
        if each.name and each.name in taken:
            raise BadServerError(each.name, "two servers have this name")
        taken.add(each.name)
    return tuple(_named(given, taken))


def _named(given: Iterable[GivenServer], taken: set[str]) -> Iterator[GivenServer]:
    for each in given:
        if each.name:
            yield each
            continue
        made = _made_name(each.address)
        name, number = made, 1
        while name in taken:
            number += 1
            name = f"{made[:28]}-{number}"
        taken.add(name)
        yield GivenServer(name, each.address, each.colour)


def _made_name(address: str) -> str:
    """Make a name of what tells an address from others: its host and port, or the folder of its socket."""
    scheme, _, rest = address.partition(":")
    if is_kafka(address):
        rest = rest.partition("?")[0]  # the password is behind the ?
    rest = rest.rpartition("@")[2].partition("?")[0]  # that of others is before the last @
    if scheme in {"unix", "fifo"}:
        folder, _, file = rest.rpartition("/")
        stem = file.rpartition(".")[0] or file
        last = folder.rpartition("/")[2]
        made = last if stem in {"mi", "opensips_fifo"} and last else stem
    else:
        made = rest.strip("/").partition("/")[0]
    return _NO_NAME.sub("-", made).strip("-.")[:32] or scheme
