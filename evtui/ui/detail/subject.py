"""What the detail can show, and the tabs it shows it in."""

from typing import Literal, TypeAlias

from evtui.core.ports import EventState
from evtui.core.records import server_of
from evtui.ui.stream.stream_rows import StreamRow, event_of
from evtui.ui.subscribers.subscribers_view import Subscriber

Tab: TypeAlias = Literal["tree", "pretty", "hex", "wire"]
TABS: tuple[Tab, ...] = ("tree", "pretty", "hex", "wire")

Subject: TypeAlias = StreamRow | EventState | Subscriber


def key_of_subject(subject: Subject | None) -> object:
    """Name what a subject is about: it stays while its figures change."""
    match subject:
        case None:
            return None
        case StreamRow():
            return subject.number
        case EventState():
            return subject.event.name, subject.server
        case _:
            return subject.key


def event_named_by(subject: Subject | None) -> str | None:
    """Name the event that a row, an event or a subscriber is about."""
    match subject:
        case None:
            return None
        case StreamRow():
            return event_of(subject)
        case EventState():
            return subject.event.name
        case _:
            return subject.state.subscription.event


def server_named_by(subject: Subject | None) -> str:
    """Name the server of a fleet that a row, an event or a subscriber is of; empty when it is of none alone."""
    match subject:
        case None:
            return ""
        case StreamRow():
            return server_of(subject.record)
        case EventState():
            return subject.server
        case _:
            return subject.state.subscription.server
