"""Which lines of exports and recordings are raises of their own."""

import pytest

from evtui.codecs.jsonvalue import Json, Members
from evtui.raising import folded_lines
from evtui.raising.folded_lines import FoldedLines


def delivery(serial: int, **more: Json) -> dict[str, Json]:
    """A line of an export."""
    return {"time": "2026-11-30T00:00:00", "event": "E_A", "params": Members(), "serial": serial, **more}


def test_deliveries_of_one_raise_are_one_raise() -> None:
    folded = FoldedLines()
    told = [folded.why_skipped(delivery(serial, subscriber=f"udp:{n}")) for serial in (1, 2) for n in range(3)]
    assert [why is None for why in told] == [True, False, False] * 2
    assert told[1] == "the same raise as a line before"


def test_raises_of_two_runs_with_one_serial_are_two() -> None:
    folded = FoldedLines()
    assert folded.why_skipped(delivery(1)) is None
    assert folded.why_skipped({**delivery(1), "time": "2026-11-30T00:00:09"}) is None


@pytest.mark.parametrize(
    "members",
    [
        {"time": "2026-11-30T00:00:00", "event": "E_A", "subscriber": "udp:1", "news": "expired"},
        {"time": "2026-11-30T00:00:00", "event": "E_A", "subscriber": "udp:1", "serial": 7, "outcome": "failed"},
        {"time": 1.0, "type": "subscribed", "event": "E_A", "socket": "udp:1"},
        {"time": 1.0, "type": "refused", "event": "E_A", "params": [], "reason": "x", "cause": "nested"},
        {"time": 1.0, "type": "state", "records": 1},
    ],
)
def test_changes_are_no_raises(members: dict[str, Json]) -> None:
    assert FoldedLines().why_skipped(members) == "not a raise"


@pytest.mark.parametrize("more", [{"news": "test notification", "outcome": "sent"}, {"type": "raised", "test": True}])
def test_a_test_notification_is_no_raise(more: dict[str, Json]) -> None:
    assert FoldedLines().why_skipped(delivery(1, **more)) == "a test notification"


@pytest.mark.parametrize(
    "members",
    [
        {"event": "E_A"},
        {"event": "E_A", "params": [], "serial": 1},
        {"event": "E_A", "type": "state"},
        {"time": "2026-11-30T00:00:00", "event": "E_A", "params": [], "news": "no subscribers"},
        {"time": 1.0, "event": "E_A", "params": [], "source": "udp:1", "bytes": 7},
        {"time": 1.0, "type": "raised", "event": "E_A", "params": [], "serial": 1},
    ],
)
def test_lines_of_a_user_of_tail_and_raises_are_raised(members: dict[str, Json]) -> None:
    assert FoldedLines().why_skipped(members) is None


def test_a_bounded_number_of_raises_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folded_lines, "MAX_SERIALS", 10)
    folded = FoldedLines()
    for serial in range(100):
        assert folded.why_skipped(delivery(serial)) is None
    assert len(folded._seen) == 10  # pyright: ignore[reportPrivateUsage]
