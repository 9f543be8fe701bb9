"""How the link of an outbox to its destination is doing, in words and a colour."""

from rich.cells import cell_len

from evtui.core.ports import OutboxState
from evtui.ui.text.cells import Role
from evtui.ui.text.figures import count, seconds


def link_text(box: OutboxState) -> str:
    """Say how the link is: `idle`, `sending`, `retrying in 3.0 s, attempt 2`."""
    if box.link != "retrying":
        return box.link
    when = "now" if box.retry_in is None else f"in {seconds(box.retry_in)}"
    return f"retrying {when}, attempt {count(box.attempt + 1)}"


def short_link(box: OutboxState | None, room: int) -> str:
    """Say in at most `room` cells how the link is: `retrying in 3.0 s, attempt 2`, `↻ 3.0 s #2`, `sending`, `·`."""
    if box is None or box.link == "idle":
        return "·"
    if box.link == "sending" or cell_len(link_text(box)) <= room:
        return link_text(box)
    return f"↻ {seconds(box.retry_in or 0.0)} #{box.attempt + 1}"


def link_role(box: OutboxState) -> Role:
    """Choose the colour of a link."""
    return "wait" if box.link == "retrying" else "text" if box.link == "sending" else "dim"
