"""The subscribe dialog's fields: what each says while it is typed, and where a backend's error belongs."""

import pytest

from evtui.core.errors import (
    BackendError,
    BadEventNameError,
    BadExpireError,
    BadSocketError,
    EvtuiError,
    UnknownEventError,
    UnknownSchemeError,
)
from evtui.core.ports import EventState
from evtui.core.values import Event
from evtui.ui.forms.subscribing.subscription_draft import (
    DialogField,
    FieldNote,
    NoteTone,
    check_event,
    check_events,
    check_expire,
    check_socket_text,
    hint,
    note_of_error,
    payload_of,
    payloads_of,
    read_expire,
    split_events,
    with_payload,
    wrong,
)
from tests.unit.ui.form_fakes import MINE, PIKE, UDP, USAGE

EVENTS = (EventState(PIKE), EventState(USAGE), EventState(MINE))


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("", hint("a name, a wildcard as E_PIKE_*, or several with blanks between; ↓ opens the catalogue")),
        ("E_PIKE_BLOCKED", hint("An address was blocked.")),
        ("E_MINE", hint("published at run time")),
        ("E_*", hint("matches 3 events now, and each one published later")),
        ("E_P*", hint("matches 1 event now, and each one published later")),
        ("pike", hint("no such event; in 1 name, ↓ shows which")),
        ("E_X", wrong("no such event; start with --event E_X to publish it, or use a wildcard")),
    ],
)
def test_an_event_says_what_it_means(name: str, note: FieldNote) -> None:
    assert check_event(name, EVENTS) == note


@pytest.mark.parametrize(
    ("socket", "tone", "text"),
    [
        ("", NoteTone.HINT, "where notifications go"),
        ("ud", NoteTone.HINT, "where notifications go"),
        ("udp:", NoteTone.HINT, "host: missing"),
        ("udp:127.0.0.1", NoteTone.HINT, "port: missing"),
        ("udp:127.0.0.1:9", NoteTone.HINT, "default payload to 127.0.0.1:9"),
        ("udp:127.0.0.1:9?payload=text", NoteTone.HINT, "text payload to 127.0.0.1:9"),
        ("udp:127.0.0.1:0", NoteTone.WRONG, "port: not a number from 1 to 65535"),
        ("udp:::1:9", NoteTone.WRONG, "host: an IPv6 address goes in brackets"),
        ("tcp:h:1", NoteTone.WRONG, "scheme: 'tcp' is unknown here; known are udp"),
        ("x", NoteTone.WRONG, "scheme: write SCHEME:ADDRESS"),
    ],
)
def test_a_socket_says_what_it_means(socket: str, tone: NoteTone, text: str) -> None:
    note = check_socket_text(socket, (UDP,), (UDP,))
    assert (note.tone, text in note.text) == (tone, True), note


def test_a_scheme_is_not_judged_when_the_server_cannot_tell_its_transports() -> None:
    assert check_socket_text("rabbitmq:host/key", ()) == hint("default payload to host/key")


@pytest.mark.parametrize(
    ("expire", "note"),
    [
        ("", hint("never expires (embedded engine only)")),
        ("3600", hint("seconds: 1:00:00")),
        ("0", hint("0 ends the subscription at once")),
        ("-1", wrong("whole seconds, 0 or more; empty is for ever")),
        ("1.5", wrong("whole seconds, 0 or more; empty is for ever")),
        ("9" * 20, wrong("whole seconds, 0 or more; empty is for ever")),
    ],
)
def test_an_expiry_says_what_it_means(expire: str, note: FieldNote) -> None:
    assert check_expire(expire) == note


def test_an_expiry_is_read() -> None:
    assert (read_expire(" 60 "), read_expire(""), read_expire("0")) == (60, None, 0)


def test_a_payload_is_read_from_and_written_to_the_socket() -> None:
    assert payloads_of("udp:h:1", (UDP,)) == ("jsonrpc", "text")
    assert payloads_of("other:h", (UDP,)) == ()
    assert payload_of("udp:h:1?payload=text") == "text"
    assert payload_of("nonsense") == "default"
    assert with_payload("udp:h:1?payload=text", "jsonrpc") == "udp:h:1?payload=jsonrpc"
    assert with_payload("udp:h:1?payload=text", "default") == "udp:h:1"


@pytest.mark.parametrize(
    ("error", "field", "text"),
    [
        (UnknownEventError("E"), DialogField.EVENT, "unknown event"),
        (BadEventNameError("", "it is empty"), DialogField.EVENT, "it is empty"),
        (BadSocketError("udp:x:1", "host", "does not resolve"), DialogField.SOCKET, "host: does not resolve"),
        (UnknownSchemeError("x", ("udp",)), DialogField.SOCKET, "unknown transport 'x'"),
        (BadExpireError(-1), DialogField.EXPIRE, "whole seconds"),
        (BackendError("the server is away"), DialogField.WHOLE, "the server is away"),
    ],
)
def test_an_error_is_put_under_its_field(error: EvtuiError, field: DialogField, text: str) -> None:
    found, said = note_of_error(error)
    assert (found, text in said.text) == (field, True)


def test_several_events_stand_with_blanks_between_and_each_counts_once() -> None:
    assert split_events("E_MINE  E_USAGE E_MINE E_P*", EVENTS) == ("E_MINE", "E_USAGE", "E_P*")
    assert split_events("", EVENTS) == ()
    odd = EventState(Event(3, "E ODD NAME"))
    assert split_events("E ODD NAME", (*EVENTS, odd)) == ("E ODD NAME",)


def test_the_note_counts_several_events_and_names_the_wrong_one() -> None:
    assert check_events("E_MINE", EVENTS) == check_event("E_MINE", EVENTS)
    assert check_events("E_MINE E_P*", EVENTS).text.startswith("2 events or wildcards")
    assert check_events("E_MINE E_NOPE", EVENTS) == wrong(f"E_NOPE: {check_event('E_NOPE', EVENTS).text}")
