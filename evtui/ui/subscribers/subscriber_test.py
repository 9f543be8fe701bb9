"""Send a test notification to a subscriber, and say how it went."""

from evtui.codecs.display_text import display_safe
from evtui.core.errors import EvtuiError
from evtui.core.ports import Backend
from evtui.core.records import TEST_PARAMS, SubscriberTest
from evtui.core.values import Subscription
from evtui.ui.fleet.requests_to import requests_to
from evtui.ui.messages import Notice
from evtui.ui.text.figures import latency


async def tell_test(backend: Backend, subscription: Subscription) -> Notice:
    """Send one notification to the socket of a subscription alone, and tell what became of it."""
    try:
        asked = requests_to(backend, subscription.server)
        test = await asked.test_subscriber(subscription.event, str(subscription.socket), TEST_PARAMS)
    except EvtuiError as error:
        return Notice(display_safe(str(error), 300), bad=True)
    return Notice(outcome_text(test), bad=test.outcome in {"failed", "dropped"})


def outcome_text(test: SubscriberTest) -> str:
    """Say what became of a test notification."""
    what = f"Test of {display_safe(str(test.socket), 80)} with {display_safe(test.event, 64)}"
    why = "" if test.reason is None else f": {display_safe(test.reason, 200)}"
    if test.outcome == "queued":
        return f"{what}: it still waits in the queue{why}"
    took = "" if test.latency is None else f" after {latency(test.latency).strip()}"
    return f"{what}: {test.outcome}{took}{why}"
