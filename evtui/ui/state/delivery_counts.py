"""What became of all raises that were read, as numbers for the status line."""

from evtui.core.records import Raised, Record, Refused, Settled


class DeliveryCounts:
    """Counts of raises and of their deliveries."""

    __slots__ = ("delivered", "failed", "no_subscribers", "raised", "refused")

    def __init__(self) -> None:
        self.raised = 0
        self.no_subscribers = 0
        """Those of `raised` that had no subscribers."""
        self.refused = 0
        """Raises that were refused; they are not in `raised`."""
        self.delivered = 0
        """Notifications that were sent or acknowledged."""
        self.failed = 0
        """Notifications that their subscriber will never get."""

    def take(self, record: Record) -> None:
        """Count what a record tells of raises and deliveries. Test notifications count in nothing."""
        match record:
            case Raised() | Settled() if record.is_test:
                pass
            case Raised():
                plan, failed = record.plan, len(record.failures)
                self.raised += 1
                self.no_subscribers += not plan.size
                self.delivered += plan.size - plan.queued - failed
                self.failed += failed
            case Settled():
                self.delivered += record.outcome in {"sent", "acknowledged"}
                self.failed += record.outcome == "failed"
            case Refused():
                self.refused += 1
            case _:
                pass
