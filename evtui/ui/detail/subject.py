"""What a selected thing names: an event."""

from evtui.core.ports import EventState
from evtui.ui.detail.describe import Subject
from evtui.ui.stream.stream_rows import StreamRow, event_of


def event_named_by(subject: Subject | None) -> str | None:
    """Name the event a row, an event or a subscriber is about."""
    match subject:
        case None:
            return None
        case StreamRow():
            return event_of(subject)
        case EventState():
            return subject.event.name
        case _:
            return subject.state.subscription.event
