"""What a reader asks a watch feed for."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from evtui.core.errors import BadMessageError

MAX_REQUEST: Final = 64 << 10
"""Bytes of the request of a reader."""


class FeedOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """The request of a reader, an object of JSON, or the query of a URL."""

    filter: str = ""
    """Only the records that this filter shows; without one, all."""
    back: Annotated[int, Meta(ge=0)] = 0
    """Begin so many records earlier, as far as the journal has them."""
    after: Annotated[int, Meta(ge=0)] | None = None
    """Go on behind the record of this place, without a state, when nothing is missing."""
    instance: str = ""
    """The run of the server that `after` counts in."""


def parse_request(raw: bytes) -> FeedOptions:
    """Read an object of JSON; nothing is one without members.

    raises BadMessageError: what is wrong with it.
    """
    try:
        return msgspec.json.decode(raw.strip() or b"{}", type=FeedOptions)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessageError(f"the request of a watch feed: {error}") from error


def parse_query(query: Mapping[str, str]) -> FeedOptions:
    """Read the query of a URL.

    raises BadMessageError: what is wrong with it.
    """
    try:
        return msgspec.convert(dict(query), FeedOptions, strict=False)
    except msgspec.ValidationError as error:
        raise BadMessageError(f"the query of a watch feed: {error}") from error
