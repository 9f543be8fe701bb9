"""Lines of a detail that several subjects have: a label and a text, an expiry, what was lost."""

from collections.abc import Iterator

from evtui.codecs.display_text import display_safe
from evtui.core.values import Subscription
from evtui.ui.text.cells import Cells, Role
from evtui.ui.text.figures import count

_LABEL = 12


def fact(label: str, text: str, role: Role = "text") -> Cells:
    """Write a label and a text as one line."""
    return [("dim", label.ljust(_LABEL)), (role, display_safe(text))]


def expiry_lines(subscription: Subscription) -> Iterator[Cells]:
    """Write the expiry that was asked for, and the wildcard that made the subscription."""
    yield fact("asked for", "permanent" if subscription.expire is None else f"{count(subscription.expire)} s")
    if subscription.pattern is not None:
        yield fact("wildcard", subscription.pattern)


def losses(failed: int | None, dropped: int | None) -> Cells:
    """Write how many notifications failed and how many were dropped, for behind those that were sent."""
    return [
        ("bad" if failed else "dim", f", {count(failed)} failed"),
        ("bad" if dropped else "dim", f", {count(dropped)} dropped"),
    ]
