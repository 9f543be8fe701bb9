"""Texts and subscriptions in JSON, which holds no bytes that are not UTF-8 and no half of a surrogate pair."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from evtui.core.transport import SavedSubscription

_BYTES: Final = "\0"
"""The first character of a text whose bytes are not UTF-8: they follow as Latin-1."""

_SURROGATES: Final = "\1"
"""The first character of a text with other surrogates: its bytes in UTF-8, with each surrogate as it is, follow so."""


def escape(text: str) -> str:
    """Write a text so that JSON can hold it; most texts stay as they are."""
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            return _BYTES + text.encode("utf-8", "surrogateescape").decode("latin-1")
        except UnicodeEncodeError:
            return _SURROGATES + text.encode("utf-8", "surrogatepass").decode("latin-1")
    return _SURROGATES + text.encode().decode("latin-1") if text[:1] in {_BYTES, _SURROGATES} else text


def unescape(text: str) -> str:
    """Read a text that `escape` wrote.

    raises UnicodeError: it did not write it.
    """
    match text[:1]:
        case "\0":
            return text[1:].encode("latin-1").decode("utf-8", "surrogateescape")
        case "\1":
            return text[1:].encode("latin-1").decode("utf-8", "surrogatepass")
        case _:
            return text


def escaped_subscription(saved: SavedSubscription) -> SavedSubscription:
    """Escape the texts of a subscription."""
    return _changed(saved, escape)


def unescaped_subscription(saved: SavedSubscription) -> SavedSubscription:
    """Unescape the texts of a subscription.

    raises UnicodeError.
    """
    return _changed(saved, unescape)


def _changed(saved: SavedSubscription, change: Callable[[str], str]) -> SavedSubscription:
    event, source = change(saved.event), change(saved.source)
    pattern = None if saved.pattern is None else change(saved.pattern)
    if (event, source, pattern) == (saved.event, saved.source, saved.pattern):
        return saved
    return replace(saved, event=event, source=source, pattern=pattern)
