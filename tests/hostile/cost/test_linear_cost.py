"""Every parser takes time in proportion to its input: eight times the size is no more than 20 times the time.

A new function that reads a text is found and tried by itself, or fails here until it is in a table of parser_inputs.py.
"""

from collections.abc import Callable
from typing import Final

import pytest

from tests.hostile.cost.growth import grows_linearly, processor_time
from tests.hostile.cost.parser_inputs import NO_PARSERS, TriedParser, tried_parsers

PARSERS: Final = tried_parsers()
FIRST: Final = 1_000
"""Characters of the texts among which the slowest are found."""
SIZE: Final = 4_000
"""Characters from which the growth of their time is measured."""
SLOWEST: Final = 3
"""How many they are."""
SLOW: Final = 0.002
"""Seconds above which a text grows from FIRST characters, so that the test does not take long."""
FAST: Final = 0.0001
"""Seconds below which a text is not measured further."""


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_a_parser_takes_time_in_proportion_to_its_input(parser: TriedParser) -> None:
    timed = sorted(
        (
            (processor_time(parser.work(seed + unit * (FIRST // len(unit)) + tail), 1), seed, unit, tail)
            for seed, unit, tail in parser.texts()
        ),
        reverse=True,
    )
    for took, seed, unit, tail in timed[:SLOWEST]:
        if took < FAST:
            break

        def work(size: int, seed: str = seed, unit: str = unit, tail: str = tail) -> Callable[[], object]:
            return parser.work(seed + unit * (size // len(unit)) + tail)

        assert grows_linearly(work, SIZE if took < SLOW else FIRST), f"{seed!r} and {unit!r} again and again"


def test_every_parser_is_tried_and_every_exception_exists() -> None:
    names = {parser.name for parser in PARSERS}
    assert len(names) > 50
    assert not names & set(NO_PARSERS)
