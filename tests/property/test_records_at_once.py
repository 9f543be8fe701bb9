"""Records that the console takes together give the same rows, hits and counts as one after the other."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from evtui.core.ports import JournalUse
from evtui.core.records import Record, Refused, Subscribed
from evtui.core.values import Params
from evtui.ui.state.delivery_counts import DeliveryCounts
from evtui.ui.stream.stream_filter import StreamFilter
from evtui.ui.stream.stream_view import StreamView
from tests.unit.ui.records import SOCKETS, TCP, queued, raised, retrying, settled, subscription
from tests.unit.ui.stream.filters.stream_filters import only

PLAIN: Sequence[Record] = (
    raised("E_A", {"n": 1}), raised("E_A", {"n": 2, "ip": "192.0.2.1"}), raised("E_B", ["n"]),
    raised("E_B", {"n": "1"}, subscribers=3), raised("E_A", {"n": 1}, subscribers=0),
)  # fmt: skip
OTHERS: Sequence[Record] = (
    raised("E_A", {"n": 1}, subscribers=3, failed=(1,)), queued(1), queued(2, *TCP), settled(1), settled(2),
    retrying(1, 2, attempt=2), Refused(0.0, "E_A", Params(), "no"), Subscribed(0.0, subscription("E_A")),
)  # fmt: skip
FILTERS = ("n=1", "not n=1", "event=E_A", "n=1 or failed", f"to={SOCKETS[1]}", "192.0.2.1", "latency>1ms", "outcome=ok")

takes = st.lists(
    st.one_of(
        st.lists(st.sampled_from(PLAIN), max_size=8),
        st.lists(st.sampled_from((*PLAIN, *OTHERS)), max_size=8),
        st.tuples(st.sampled_from(PLAIN), st.integers(2, 20)).map(lambda run: [run[0]] * run[1]),
    ),
    max_size=6,
)
filters = st.lists(st.tuples(st.sampled_from(FILTERS), st.booleans()), max_size=3, unique_by=lambda each: each[0])


def chosen(wanted: Sequence[tuple[str, bool]]) -> StreamFilter:
    found = only(*(text for text, _ in wanted))
    for place, (_, leaves_out) in enumerate(wanted):
        found = found.with_mode(place, "out" if leaves_out else "in")
    return found


def told(view: StreamView, wanted: Sequence[object]) -> object:
    hits = [view.hits(place) for place in range(len(wanted))]
    counts = view.received, view.numbered, view.new, view.evicted, view.names.widest
    return list(view.view), len(view.view), list(view.rows), hits, counts


@settings(deadline=None)
@given(takes, filters, st.integers(1, 12), st.booleans())
def test_rows_and_hits_are_the_same(
    rounds: list[list[Record]], wanted: list[tuple[str, bool]], kept: int, is_frozen: bool
) -> None:
    together, each = StreamView(), StreamView()
    for view in (together, each):
        view.show_only(chosen(wanted))
    taken = 0
    for number, records in enumerate(rounds):
        if number == 2 and is_frozen:
            together.freeze("paused")
            each.freeze("paused")
        taken += len(records)
        use = JournalUse(min(kept, taken), max(0, taken - kept))
        together.take(records, use)
        for record in records:
            each.take([record])
        each.take([], use)
        assert told(together, wanted) == told(each, wanted)


@given(st.lists(st.sampled_from((*PLAIN, *OTHERS))))
def test_counts_are_the_same(records: list[Record]) -> None:
    together, each = DeliveryCounts(), DeliveryCounts()
    together.take_all(records)
    for record in records:
        each.take(record)
    names = DeliveryCounts.__slots__
    assert [getattr(together, name) for name in names] == [getattr(each, name) for name in names]
