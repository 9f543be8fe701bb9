"""The reply of a peer to a reliable notification: its id, and whether the peer took it."""

from msgspec import Struct

from evtui.codecs.jsonvalue import Json, Members, dumps
from evtui.core.errors import BadMessageError

MAX_REASON = 200
"""Characters of a peer's text that are kept."""


class Reply(Struct, frozen=True):
    """The reply to one request."""

    id: int
    refusal: str | None
    """`error CODE: MESSAGE`; None when it was taken."""


def read_reply(members: Members) -> Reply:
    """Read a reply: an object with an integer id; one without an `error` (or with null there) is a success.

    raises BadMessageError: it has no integer id.
    """
    found = dict(reversed(tuple(members)))  # the first of equal names counts
    number = found.get("id")
    if isinstance(number, bool) or not isinstance(number, int):
        raise BadMessageError(f"a reply with the id {_cut(dumps(number))}, not an integer")
    error = found.get("error")
    return Reply(number, None if error is None else _text_of(error))


def _text_of(error: Json) -> str:
    if not isinstance(error, Members):
        return _cut(f"error: {dumps(error)}")
    parts = dict(reversed(tuple(error)))
    code, message = parts.get("code"), parts.get("message")
    said = message if isinstance(message, str) else dumps(message)
    return _cut(f"error {dumps(code)}: {said}")


def _cut(text: str) -> str:
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 1] + "…"
