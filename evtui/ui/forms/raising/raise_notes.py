"""The notes of the raise form: what is known, what is wrong, and what to do next."""

from textual.content import Content

from evtui.codecs.display_text import display_safe
from evtui.core.records import Raised
from evtui.ui.state.backend_snapshot import BackendSnapshot
from evtui.ui.text.figures import clock_time

_DIM = "$foreground 60%"


def event_note(name: str, backend: BackendSnapshot) -> Content:
    """Say what is known of the event in the form."""
    if backend.error is not None:
        return Content.styled(display_safe(backend.error, 300), "$error")
    refusal = backend.refusal()
    if refusal is not None:
        return Content.styled(display_safe(refusal, 300), "$error")
    state = backend.event(name)
    if state is not None:
        more = "".join(f"; more: {one.description}" for one in state.event.parameters if one.is_placeholder)
        return Content.styled(display_safe((state.event.description or "published at run time") + more, 300), _DIM)
    if not name:
        return Content.styled("type a part of a name; ↓ opens the catalogue", _DIM)
    if not backend.is_taken:
        return Content("")
    return Content.assemble(
        ("no such event", "$warning"),
        ("; start with ", _DIM),
        f"--event {display_safe(name, 64)}",
        (" to publish it", _DIM),
    )


def empty_note() -> Content:
    """Say what the preview will show."""
    return Content.styled("the bytes each subscriber would get", "$foreground 45%")


def wrong_note() -> Content:
    """Say that there is no preview while something is wrong."""
    return Content.styled("nothing to show until this is corrected", "$foreground 45%")


def example_note() -> Content:
    """Say that the bytes are an example, because placeholders are filled at each raise."""
    return Content.styled("an example: placeholders are filled anew at each raise", "$foreground 60%")


def no_subscribers(record: Raised) -> Content:
    """Say that an event had no subscribers, and how to change that."""
    return Content.assemble(
        (f"#{record.serial:,} raised, but " if record.serial else "refused by the server: ", _DIM),
        display_safe(record.event, 64),
        (" has no subscribers", "$warning"),
        ("\n", ""),
        ("F2", "$accent"),
        (" subscribes a socket, then ", _DIM),
        ("F5", "$accent"),
        (" sends again", _DIM),
    )


def server_silent(at: float, *, alone: bool = False) -> Content:
    """Say that a server accepted the raise, and that it tells no results; `alone`: only viewers get it."""
    return Content.assemble(
        (f"{clock_time(at)}  ", _DIM),
        ("✓ accepted", "$success"),
        (" by the server, which does not tell the results", _DIM),
        ("; it has no subscribers but viewers" if alone else "", "$warning"),
    )
