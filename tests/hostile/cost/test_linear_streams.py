"""Every reader of a stream takes time in proportion to it, whether it comes in one piece or in many."""

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Final

import pytest

from tests.hostile.cost.growth import FLOOR, SIZES, grows_linearly, processor_time
from tests.hostile.cost.stream_inputs import READERS, TriedReader

SUSPECT: Final = 16.0
"""Times the time of the smallest input that eight times the input takes, from which on it is measured again."""


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_takes_time_in_proportion_to_its_stream(reader: TriedReader) -> None:
    for head, unit, piece in product(reader.heads, reader.units, reader.pieces):
        work: Callable[[int], Callable[[], object]] = partial(reader.work, head, unit, piece)
        largest = reader.size * SIZES[-1]
        # Most are linear: two measurements are enough for them.
        if processor_time(work(largest), 1) > SUSPECT * max(FLOOR, processor_time(work(reader.size), 1)):
            assert grows_linearly(work, reader.size), f"{unit!r} again and again behind {head!r}, in pieces of {piece}"
