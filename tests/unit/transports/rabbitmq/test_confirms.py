"""Which notifications a broker's confirms are about."""

from hypothesis import given
from hypothesis import strategies as st

from evtui.transports.rabbitmq.confirms import BatchInFlight, Confirms
from tests.functional.processes.waiting import Pad, notifications


class Sent:
    """A batch in flight and how it ended."""

    def __init__(self, confirms: Confirms, numbers: range, route: tuple[str, str] = ("", "q")) -> None:
        self.pad = Pad()
        self.ended = 0
        self.batch = BatchInFlight(notifications(numbers), self.pad, route, self._end)
        confirms.publish(self.batch, len(numbers))

    def _end(self) -> None:
        self.ended += 1


def test_each_confirm_settles_its_notification_and_the_last_ends_the_batch() -> None:
    confirms = Confirms()
    sent = Sent(confirms, range(3))
    confirms.answer(2, multiple=False, taken=True)
    confirms.answer(1, multiple=False, taken=True)
    assert (sent.pad.delivered, sent.ended) == ([1, 0], 0)
    confirms.answer(3, multiple=False, taken=True)
    assert (sent.pad.delivered, sent.ended) == ([1, 0, 2], 1)


def test_a_confirm_of_many_settles_all_before_it_in_order_in_every_batch() -> None:
    confirms = Confirms()
    first, second = Sent(confirms, range(2)), Sent(confirms, range(10, 13))
    confirms.answer(4, multiple=True, taken=True)
    assert (first.pad.delivered, second.pad.delivered) == ([0, 1], [0, 1])
    assert (first.ended, second.ended) == (1, 0)
    confirms.answer(0, multiple=True, taken=True)
    assert second.pad.delivered == [0, 1, 2]


def test_a_returned_notification_has_failed_and_its_confirm_changes_nothing() -> None:
    confirms = Confirms()
    sent = Sent(confirms, range(2))
    confirms.give_back("run-1", ("", "q"), "312 NO_ROUTE")
    confirms.answer(2, multiple=True, taken=True)
    assert sent.pad.told == [(1, "312 NO_ROUTE"), (0, None)]
    assert sent.ended == 1


def test_the_same_event_in_flight_to_two_queues_is_returned_for_the_right_one() -> None:
    confirms = Confirms()
    first, second = Sent(confirms, range(2), ("", "a")), Sent(confirms, range(2), ("", "b"))
    confirms.give_back("run-0", ("", "b"), "312 NO_ROUTE")
    confirms.answer(4, multiple=True, taken=True)
    assert (first.pad.refused, second.pad.refused) == ({}, {0: "312 NO_ROUTE"})


def test_two_sockets_of_one_route_each_get_their_own_return() -> None:
    confirms = Confirms()
    first, second = Sent(confirms, range(1)), Sent(confirms, range(1))
    confirms.give_back("run-0", ("", "q"), "312 NO_ROUTE")
    confirms.give_back("run-0", ("", "q"), "312 NO_ROUTE")
    assert (first.pad.refused, second.pad.refused) == ({0: "312 NO_ROUTE"}, {0: "312 NO_ROUTE"})


def test_a_nack_does_not_settle_and_is_counted() -> None:
    confirms = Confirms()
    sent = Sent(confirms, range(3))
    confirms.answer(1, multiple=False, taken=True)
    confirms.answer(3, multiple=True, taken=False)
    assert (sent.pad.told, sent.batch.nacked, sent.ended) == ([(0, None)], 2, 1)


def test_confirms_of_a_batch_that_was_forgotten_settle_nothing() -> None:
    confirms = Confirms()
    gone, stays = Sent(confirms, range(2)), Sent(confirms, range(2))
    confirms.forget(gone.batch)
    confirms.answer(1, multiple=False, taken=True)
    confirms.answer(3, multiple=True, taken=True)
    assert (gone.pad.told, stays.pad.told) == ([], [(0, None)])


def test_a_batch_that_is_published_in_pieces_is_answered_as_far_as_it_went() -> None:
    confirms = Confirms()
    pad = Pad()
    batch = BatchInFlight(notifications(range(4)), pad, ("", "q"), lambda: None)
    confirms.publish(batch, 2)
    confirms.answer(0, multiple=True, taken=True)
    assert pad.delivered == [0, 1]
    confirms.publish(batch, 2)
    confirms.answer(4, multiple=False, taken=True)
    confirms.answer(3, multiple=False, taken=True)
    assert pad.delivered == [0, 1, 3, 2]


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=40), st.lists(st.integers(1, 8), min_size=1))
def test_any_sequence_of_confirms_settles_each_confirmed_notification_exactly_once(
    answers: list[tuple[int, bool]], sizes: list[int]
) -> None:
    confirms = Confirms()
    batches = [Sent(confirms, range(size)) for size in sizes]
    confirmed: set[int] = set()
    for tag, multiple in answers:
        confirms.answer(tag, multiple=multiple, taken=True)
        confirmed |= set(range(1, tag + 1)) if multiple else {tag}
    first = 1
    for sent, size in zip(batches, sizes, strict=True):
        expected = {tag - first for tag in confirmed if first <= tag < first + size}
        assert sorted(sent.pad.delivered) == sorted(expected)
        assert sent.ended == (len(expected) == size)
        first += size
