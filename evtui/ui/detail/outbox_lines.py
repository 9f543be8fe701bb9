"""The outbox of a subscriber as lines of its detail."""

from collections.abc import Iterator

from evtui.core.ports import SubscriptionState
from evtui.ui.detail.fact_line import fact
from evtui.ui.subscribers.link_text import link_role, link_text
from evtui.ui.text.cells import Cells
from evtui.ui.text.figures import count, seconds


def outbox_lines(state: SubscriptionState) -> Iterator[Cells]:
    """Write all that is known of the outbox of a subscriber, nothing for a subscriber of a direct transport."""
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
        "durable",
        "yes: queued notifications survive a restart" if box.durable else "no: a restart loses queued notifications",
    )
    if box.last_error is not None and box.last_error != state.last_error:
        yield fact("last failure", box.last_error, "wait" if box.attempt else "dim")
    if box.last_error is None and box.last_error_age is not None:
        yield fact("last failure", f"{seconds(box.last_error_age)} ago", "dim")
