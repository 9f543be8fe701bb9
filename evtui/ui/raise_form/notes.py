"""What the raise form says when there is something to say: each note ends in what to do next."""

from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.core.records import Raised
from evtui.ui.raise_form.backend_survey import Survey
from evtui.ui.text.figures import clock_time

_DIM = "$foreground 60%"


def event_note(name: str, survey: Survey) -> Content:
    """Say what is known of the event in the form."""
    if survey.error is not None:
        return Content.styled(display_safe(survey.error, 300), "$error")
    refusal = survey.refusal()
    if refusal is not None:
        return Content.styled(display_safe(refusal, 300), "$error")
    state = survey.event(name)
    if state is not None:
        return Content.styled(display_safe(state.event.description or "published at run time", 300), _DIM)
    if not name:
        return Content.styled("type a part of a name; ↓ opens the catalogue", _DIM)
    if not survey.asked:
        return Content("")
    return Content.assemble(
        ("no such event", "$warning"),
        ("; start with ", _DIM),
        f"--event {display_safe(name, 64)}",
        (" to publish it", _DIM),
    )


def empty_note() -> Content:
    """Say what will stand where the bytes are shown."""
    return Content.styled("the bytes each subscriber would get", "$foreground 45%")


def wrong_note() -> Content:
    """Say that there are no bytes as long as something is wrong."""
    return Content.styled("nothing to show until this is put right", "$foreground 45%")


def no_subscribers(record: Raised) -> Content:
    """Say that a raise reached nobody, and what would change that."""
    return Content.assemble(
        (f"#{record.serial} raised, but ", _DIM),
        ("nobody is subscribed", "$warning"),
        (" to ", _DIM),
        display_safe(record.event, 64),
        ("\n", ""),
        ("F2", "$accent"),
        (" subscribes a socket, then ", _DIM),
        ("F5", "$accent"),
        (" sends again", _DIM),
    )


def server_silent(at: float) -> Content:
    """Say that a server took the raise and told no more."""
    return Content.assemble(
        (f"{clock_time(at)}  ", _DIM),
        ("✓ accepted", "$success"),
        (" by the server, which does not say who got it", _DIM),
    )
