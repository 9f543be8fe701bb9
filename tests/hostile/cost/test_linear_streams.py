"""Every reader of a stream takes time in proportion to it, whether it comes in one piece or in many."""

from collections.abc import Callable
from functools import partial
from itertools import product

import pytest

from tests.hostile.cost.growth import grows_linearly
from tests.hostile.cost.stream_inputs import READERS, TriedReader


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_takes_time_in_proportion_to_its_stream(reader: TriedReader) -> None:
    for head, unit, piece in product(reader.heads, reader.units, reader.pieces):
        work: Callable[[int], Callable[[], object]] = partial(reader.work, head, unit, piece)
        assert grows_linearly(work, reader.size), f"{unit!r} again and again behind {head!r}, in pieces of {piece}"
