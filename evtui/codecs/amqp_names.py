"""Names of RabbitMQ in texts that users write: sockets, and the address of a source. They may hold `%XX`."""

from collections.abc import Callable
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from evtui.core.errors import BadSocketError

MAX_SHORT: Final = 255
"""Bytes of the longest name or key (AMQP 0-9-1, 4.2.5.3: short strings)."""

Bad: TypeAlias = Callable[[str, str], BadSocketError]
"""Make the error of a part: its name, and what is wrong with it."""


def short_name(text: str, part: str, bad: Bad) -> str:
    """Read a name or key that the protocol has place for.

    raises BadSocketError: it is longer than that, or not UTF-8.
    """
    name = unescape(text, part, bad)
    if (size := len(name.encode())) > MAX_SHORT:
        raise bad(part, f"{size:,} bytes, at most {MAX_SHORT:,}")
    return name


def unescape(text: str, part: str, bad: Bad) -> str:
    """Replace each `%XX` by its byte.

    raises BadSocketError: the result is not UTF-8.
    """
    try:
        return unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode()
    except UnicodeError:
        raise bad(part, "it is not UTF-8") from None
