"""The outbox of a subscriber, as lines of its detail."""

from collections.abc import Iterator

from evtui.core.ports import OutboxState, SubscriptionState
from evtui.ui.detail.facts import fact
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.figures import count, seconds


def outbox_lines(state: SubscriptionState) -> Iterator[Cells]:
    """Write all that is known of what waits for a subscriber; nothing for one that is served in place."""
    box = state.outbox
    if box is None:
        if state.queued:
            yield fact("queued", count(state.queued), "wait")
        return
    age = f", the oldest for {seconds(box.age)}" if box.queued else ""
    yield fact("queued", f"{count(box.queued)}, {count(box.bytes)} bytes{age}", "wait" if box.queued else "text")
    yield fact("link", link_text(box), link_role(box))
    yield [
        *fact("outbox", f"{count(box.delivered)} delivered"),
        ("bad" if box.failed else "dim", f", {count(box.failed)} failed"),
        ("bad" if box.dropped else "dim", f", {count(box.dropped)} dropped"),
    ]
    yield fact(
        "durable", "yes: what waits outlives a restart" if box.durable else "no: what waits is lost at a restart"
    )
    if box.last_error is not None and box.last_error != state.last_error:
        yield fact("last trouble", box.last_error, "wait" if box.attempt else "dim")


def link_text(box: OutboxState) -> str:
    """Say how the link is: `idle`, `sending`, `retrying in 3 s, attempt 2`."""
    if box.link != "retrying":
        return box.link
    when = "now" if box.retry_in is None else f"in {seconds(box.retry_in)}"
    return f"retrying {when}, attempt {count(box.attempt + 1)}"


def link_role(box: OutboxState) -> Role:
    """Choose the colour of a link."""
    return "wait" if box.link == "retrying" else "text" if box.link == "sending" else "dim"
