"""What the keys of the console do about subscriptions: subscribe, change the expiry, renew, end, and undo that."""

from collections.abc import Awaitable, Callable
from functools import partial

from evtui.core.ports import Clock
from evtui.core.values import Subscription
from evtui.ui.detail.subject import Subject
from evtui.ui.messages import Notice
from evtui.ui.panes import Pane
from evtui.ui.screens.pane_screen import PaneScreen
from evtui.ui.subscribers.remembering_backend import RememberingBackend
from evtui.ui.subscribers.subscriber_test import tell_test
from evtui.ui.subscribers.subscribers_view import Subscriber
from evtui.ui.subscribers.subscription_changes import SubscriptionChanges, expiry_text, subscribed_text


class SubscriberActions:
    """Changes the subscriptions of a backend, for a screen."""

    def __init__(
        self, screen: PaneScreen[Pane], backend: RememberingBackend, clock: Clock, *,
        subject: Callable[[], Subject | None], event: Callable[[], str | None], look: Callable[[], None],
    ) -> None:  # fmt: skip
        """`subject` and `event` return what is selected; `look` shows at once what changed. `clock` is monotonic."""
        self._screen = screen
        self._backend = backend
        self._clock = clock
        self._subject = subject
        self._event = event
        self._look = look
        self.changes = SubscriptionChanges(backend, clock, screen.first_key("undo"))

    @property
    def calls(self) -> dict[str, Callable[[], object]]:
        """What each action of the table does."""
        return {
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "undo": lambda: self._change(self.changes.undo),
            "subscribe_again": lambda: self._change(self.changes.subscribe_again),
            "renew": self._renew,
            "renew_socket": self._renew_socket,
            "change_expiry": self._change_expiry,
            "test_subscriber": self._test,
        }

    def _subscribe(self) -> None:
        from evtui.ui.forms.subscribing.subscribe_dialog import SubscribeDialog  # on first use

        dialog = SubscribeDialog(self._backend, self._event())
        self._screen.console_app.push_screen(dialog, self._tell_subscribed)

    def _tell_subscribed(self, made: tuple[Subscription, ...] | None) -> None:
        if made:
            self._screen.post_message(Notice(subscribed_text(made)))
        self._look()

    def _unsubscribe(self) -> None:
        if (subscriber := self._active()) is not None:
            left = subscriber.left(self._clock())
            self._change(partial(self.changes.unsubscribe, subscriber.state.subscription, left))

    def _renew(self) -> None:
        if (subscriber := self._selected()) is not None:
            self._change(partial(self.changes.renew, subscriber.state.subscription))

    def _renew_socket(self) -> None:
        if (subscriber := self._selected()) is not None:
            self._change(partial(self.changes.renew_socket, str(subscriber.state.subscription.socket)))

    def _change_expiry(self) -> None:
        if (subscriber := self._active()) is not None:
            from evtui.ui.forms.subscribing.expiry_dialog import ExpiryDialog  # on first use

            dialog = ExpiryDialog(self._backend, subscriber.state.subscription, subscriber.left(self._clock()))
            self._screen.console_app.push_screen(dialog, self._tell_changed)

    def _test(self) -> None:
        if (subscriber := self._active()) is not None:
            work = partial(tell_test, self._backend, subscriber.state.subscription)
            self._screen.run_and_post(work, "test")

    def _tell_changed(self, changed: Subscription | None) -> None:
        if changed is not None:
            self._screen.post_message(Notice(expiry_text(changed)))
        self._look()

    def _active(self) -> Subscriber | None:
        """Return the selected subscriber unless it has expired, which is told."""
        subscriber = self._selected()
        if subscriber is None or subscriber.expired_at is None:
            return subscriber
        self._screen.post_message(Notice(f"It has expired; {self._screen.first_key('renew')} subscribes it again."))
        return None

    def _selected(self) -> Subscriber | None:
        subject = self._subject()
        return subject if isinstance(subject, Subscriber) else None

    def _change(self, change: Callable[[], Awaitable[Notice]]) -> None:
        self._screen.run_and_post(change, "change")
