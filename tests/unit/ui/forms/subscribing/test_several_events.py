"""A socket is subscribed to several events in one go; each has its result."""

from collections.abc import Mapping

from textual.widgets import Static

from evtui.core.errors import EvtuiError, UnknownEventError
from evtui.core.values import Subscription
from evtui.ui.widgets.event_field import EventField
from tests.unit.ui.form_fakes import FakeBackend
from tests.unit.ui.form_host import painted
from tests.unit.ui.forms.subscribing.test_subscribe_dialog import opened_dialog


class Choosy(FakeBackend):
    """Refuses some events."""

    def __init__(self, refusals: Mapping[str, EvtuiError]) -> None:
        super().__init__()
        self.refusals = dict(refusals)

    async def subscribe(self, event: str, socket: str, expire: int | None = None) -> tuple[Subscription, ...]:
        if event in self.refusals:
            raise self.refusals[event]
        return await super().subscribe(event, socket, expire)


async def test_names_and_wildcards_are_typed_with_blanks_between_and_completed_one_by_one() -> None:
    async with opened_dialog(None, "udp:h:1") as one:
        await one.type("pik")
        await one.press("enter")
        await one.type(" usa")
        await one.press("enter")
        assert one.dialog.query_one(EventField).value == "E_PIKE_BLOCKED E_USAGE"
        assert one.note("event").startswith("2 events or wildcards")
        await one.press("enter")
        assert one.backend.orders == [("E_PIKE_BLOCKED", "udp:h:1", 3600), ("E_USAGE", "udp:h:1", 3600)]
        (made,) = one.answers
        assert made is not None
        assert [each.event for each in made] == ["E_PIKE_BLOCKED", "E_USAGE"]


async def test_each_event_has_its_result_and_those_refused_stay_for_another_try() -> None:
    gone = {"E_USAGE": UnknownEventError("E_USAGE"), "E_MINE": UnknownEventError("E_MINE")}
    backend = Choosy(gone)
    async with opened_dialog("E_PIKE_BLOCKED", "udp:h:1", backend) as one:
        one.dialog.query_one(EventField).value = "E_PIKE_BLOCKED E_USAGE E_MINE"
        await one.press("f5")
        results = str(one.dialog.query_one("#results", Static).content)
        assert [line.partition(": ")[0] for line in results.splitlines()] == [
            "✗ E_USAGE",
            "✗ E_MINE",
            "✓ E_PIKE_BLOCKED",
        ]
        assert "✗ E_MINE: no such event" in results
        assert "✓ E_PIKE_BLOCKED" in painted(one.host)
        assert one.note("whole") == "these were refused; enter tries them again"
        assert one.dialog.query_one(EventField).value == "E_USAGE E_MINE"
        backend.refusals.clear()
        await one.press("f5")
        (made,) = one.answers
        assert made is not None
        assert [each.event for each in made] == ["E_PIKE_BLOCKED", "E_USAGE", "E_MINE"]


async def test_what_was_subscribed_before_a_refusal_is_told_when_the_dialog_is_closed() -> None:
    async with opened_dialog("E_MINE", "udp:h:1", Choosy({"E_USAGE": UnknownEventError("E_USAGE")})) as one:
        one.dialog.query_one(EventField).value = "E_MINE E_USAGE"
        await one.press("f5")
        assert one.note("event").startswith("E_USAGE: unknown event 'E_USAGE'")
        await one.press("escape")
        (made,) = one.answers
        assert made is not None
        assert [each.event for each in made] == ["E_MINE"]
