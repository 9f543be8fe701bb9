"""What a selected thing names: an event."""

from evtui.core.ports import EventState
from evtui.ui.describe import Subject
from evtui.ui.rows import Row, event_of


def event_named_by(subject: Subject | None) -> str | None:
    """Name the event a row, an event or a subscriber is about."""
    match subject:
        case None:
            return None
        case Row():
            return event_of(subject)
        case EventState():
            return subject.event.name
        case _:
            return subject.state.subscription.event
