"""Empty panes and the hint name only keys that do something, for each backend."""

import pytest

from evtui.core.ports import Status
from evtui.ui.state.next_steps import NextSteps, next_steps

STATUSES = {
    "own engine": Status("embedded"),
    "read-only engine": Status("embedded", read_only=True, can_raise=False),
    "OpenSIPS 3": Status("udp:h:1", raises_as="opensips", raised=None),
    "OpenSIPS 2": Status("udp:h:1", can_raise=False, why_no_raise="No raise here"),
    "RabbitMQ": Status("amqp", read_only=True, can_raise=False),
}


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("name", STATUSES)
def test_no_text_names_a_key_of_what_is_not_possible(name: str, *, read_only: bool) -> None:
    status = STATUSES[name]
    steps = next_steps(status, {"raise": "x", "subscribe": "y", "help": "z"}, read_only=read_only)
    texts = [*steps.stream(), *steps.subscribers(), *steps.events()]
    texts += [steps.hint("E_X", has_subscribers=has, why_no_raise=status.why_no_raise) for has in (False, True)]
    said = " ".join(texts)
    assert ("x raises" in said) == (status.can_raise and not read_only)
    assert ("y subscribes" in said) == (not status.read_only and not read_only)
    assert ("evtui --event" in said) == (status.source == "embedded")


def test_an_attached_console_does_not_say_that_no_event_was_raised() -> None:
    assert next_steps(STATUSES["OpenSIPS 3"], {}, read_only=False).stream() == (
        "Nothing received yet.", "r raises the selected event, s subscribes a socket."
    )  # fmt: skip
    assert next_steps(STATUSES["own engine"], {}, read_only=False).stream()[0] == "No event has been raised yet."


def test_nothing_is_offered_before_the_backend_is_known_or_where_an_action_has_no_key() -> None:
    unknown = next_steps(None, {}, read_only=False)
    assert unknown == NextSteps()
    assert unknown.events() == unknown.subscribers() == ("Not known: there was no answer yet.",)
    without = next_steps(STATUSES["own engine"], {"raise": "", "subscribe": ""}, read_only=False)
    assert without.stream()[1] == "Events that are raised appear here."
    assert without.subscribers() == ("No subscribers.",)


def test_a_filter_without_rows_names_the_keys_as_they_are_bound() -> None:
    steps = next_steps(STATUSES["own engine"], {"leave": "x", "filter": "y"}, read_only=False)
    assert steps.filtered() == ("No row matches the filter.", "x removes the filter, y changes it.")
    assert NextSteps().filtered() == ("No row matches the filter.",)
