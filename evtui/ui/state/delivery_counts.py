"""What became of all raises that were read, as numbers for the status line."""

from collections.abc import Sequence

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

    def take_all(self, records: Sequence[Record]) -> None:
        """Count what records tell: the same as `take` for each, with less work for plain raises."""
        raised = no_subscribers = delivered = 0
        for record in records:
            if type(record) is not Raised or record.failures or record.is_test:
                self.take(record)
                continue
            plan = record.plan
            raised += 1
            delivered += plan.size - plan.queued
            if not plan.size:
                no_subscribers += 1
        self.raised += raised
        self.no_subscribers += no_subscribers
        self.delivered += delivered

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
