"""A subscription while it is being written: what each field means and what is wrong with it, field by field.

It knows no widget. Some faults only the backend finds, such as a name that does not resolve or a path that is not
allowed. It tells them after submitting, and `note_of_error` finds the field that they belong to.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from evtui.codecs.endpoints import split_endpoint
from evtui.codecs.sockets import check_socket, split_scheme
from evtui.core.errors import (
    BadEventNameError,
    BadExpireError,
    BadSocketError,
    EvtuiError,
    UnknownEventError,
    UnknownSchemeError,
)
from evtui.core.ports import EventState
from evtui.core.transport import TransportInfo, info_of
from evtui.core.values import is_wildcard
from evtui.core.wildcards import matches
from evtui.ui.text.figures import count, countdown

DEFAULT_PAYLOAD = "default"
MAX_EXPIRE_DIGITS = 12

_PAYLOAD = "payload="
_OPTIONS = re.compile(r"(?:[a-z_]+=[^&?]*|durable|reliable)(?:&(?:[a-z_]+=[^&?]*|durable|reliable))*")


class DialogField(StrEnum):
    """The fields of the dialog."""

    EVENT = "event"
    SOCKET = "socket"
    EXPIRE = "expire"
    WHOLE = "whole"


class NoteTone(StrEnum):
    """Whether a note explains or reports a fault."""

    HINT = "hint"
    """It says what the field means, or what to do next."""
    WRONG = "wrong"


class FieldNote(Struct, frozen=True):
    """The line below a field."""

    tone: NoteTone
    text: str
    part: str | None = None
    """The part of the socket that is wrong."""


def hint(text: str) -> FieldNote:
    """Make a note that says what a field means."""
    return FieldNote(NoteTone.HINT, text)


def wrong(text: str, part: str | None = None) -> FieldNote:
    """Make a note that says what is wrong with a field, or with a part of it."""
    return FieldNote(NoteTone.WRONG, text, part)


def split_events(text: str, events: Sequence[EventState]) -> tuple[str, ...]:
    """Return the events and wildcards of a text, each once; blanks stand between them.

    A text that is the name of an event is one, also with blanks in it: every character may be in a name.
    """
    if any(state.event.name == text for state in events):
        return (text,)
    return tuple(dict.fromkeys(text.split())) or ((text,) if text else ())


def check_events(text: str, events: Sequence[EventState]) -> FieldNote:
    """Say which events a text of names and wildcards means."""
    names = split_events(text, events)
    if len(names) <= 1:
        return check_event(text, events)
    notes = [(name, check_event(name, events)) for name in names]
    fault = next(((name, note) for name, note in notes if note.tone is NoteTone.WRONG), None)
    if fault is not None:
        return wrong(f"{fault[0]}: {fault[1].text}")
    return hint(f"{count(len(names))} events or wildcards, each with a subscription and a result of its own")


def check_event(name: str, events: Sequence[EventState]) -> FieldNote:
    """Say which events a name or a wildcard means."""
    if not name:
        return hint("a name, a wildcard as E_PIKE_*, or several with blanks between; ↓ opens the catalogue")
    state = next((state for state in events if state.event.name == name), None)
    if state is not None:
        return hint(state.event.description or "published at run time")
    if is_wildcard(name):
        found = sum(matches(state.event.name, name) for state in events)
        return hint(f"matches {count(found)} event{'' if found == 1 else 's'} now, and each one published later")
    if not events:
        return hint("")
    near = sum(name.casefold() in state.event.name.casefold() for state in events)
    if near:
        return hint(f"no such event; in {count(near)} name{'' if near == 1 else 's'}, ↓ shows which")
    return wrong(f"no such event; start with --event {name} to publish it, or use a wildcard")


def check_socket_text(
    socket: str, transports: Sequence[TransportInfo], schemes: Sequence[TransportInfo] = ()
) -> FieldNote:
    """Say what a socket means as far as its text tells.

    `transports` are those of the backend, none when it does not list them; `schemes` is what is known of schemes.
    """
    known = tuple(info.scheme for info in transports)
    if not socket or (":" not in socket and any(scheme.startswith(socket) for scheme in known)):
        return hint(f"where notifications go: SCHEME:ADDRESS{', one of those below' if known else ''}")
    try:
        scheme, _ = split_scheme(socket)
        if known and scheme not in known:
            return wrong(f"scheme: {scheme!r} is unknown here; known are {', '.join(known)}", "scheme")
        _, address, payload = check_socket(socket, schemes)
        if info_of(scheme, schemes).form == "endpoint":
            split_endpoint(socket, address)
    except BadSocketError as error:
        # What is not written yet is not wrong.
        text = f"{error.part}: {error.why}"
        return hint(text) if error.why.startswith(("missing", "it is empty")) else wrong(text, error.part)
    info = info_of(scheme, transports)
    if info.grammar and not info.direct:
        return hint(info.grammar)
    return hint(f"{payload or 'default'} payload to {address}")


def check_expire(expire: str) -> FieldNote:
    """Say what an expiry means."""
    text = expire.strip()
    if not text:
        return hint("never expires (embedded engine only)")
    if not (text.isascii() and text.isdigit()) or len(text) > MAX_EXPIRE_DIGITS:
        return wrong("whole seconds, 0 or more; empty is for ever")
    seconds = int(text)
    return hint("0 ends the subscription at once") if seconds == 0 else hint(f"seconds: {countdown(seconds)}")


def read_expire(expire: str) -> int | None:
    """Return the expiry in seconds, None for ever, of a text that `check_expire` found right."""
    return int(expire) if expire.strip() else None


def payloads_of(socket: str, transports: Sequence[TransportInfo]) -> tuple[str, ...]:
    """List the payloads that the transport of a socket offers."""
    scheme = socket.partition(":")[0]
    options = next((info.options for info in transports if info.scheme == scheme), ())
    return tuple(option.removeprefix("payload=") for option in options if option.startswith("payload="))


def payload_of(socket: str) -> str:
    """Return the payload that a socket names, or the default."""
    asked = [pair for pair in _split_options(socket)[1] if pair.startswith(_PAYLOAD)]
    return asked[-1].removeprefix(_PAYLOAD) if asked else DEFAULT_PAYLOAD


def with_payload(socket: str, payload: str) -> str:
    """Return the socket with another payload; its other options stay."""
    bare, pairs = _split_options(socket)
    kept = [pair for pair in pairs if not pair.startswith(_PAYLOAD)]
    if payload != DEFAULT_PAYLOAD:
        kept.append(_PAYLOAD + payload)
    return f"{bare}?{'&'.join(kept)}" if kept else bare


def _split_options(socket: str) -> tuple[str, list[str]]:
    bare, mark, query = socket.rpartition("?")
    return (bare, query.split("&")) if mark and _OPTIONS.fullmatch(query) else (socket, [])


def note_of_error(error: EvtuiError) -> tuple[DialogField, FieldNote]:
    """Return the field that an error of the backend belongs to, and the note for it."""
    match error:
        case UnknownEventError() | BadEventNameError():
            return DialogField.EVENT, wrong(str(error))
        case BadSocketError():
            return DialogField.SOCKET, wrong(f"{error.part}: {error.why}", error.part)
        case UnknownSchemeError():
            return DialogField.SOCKET, wrong(f"scheme: {error}", "scheme")
        case BadExpireError():
            return DialogField.EXPIRE, wrong(str(error))
        case _:
            return DialogField.WHOLE, wrong(str(error))
