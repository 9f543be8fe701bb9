"""A parser keeps nothing of what it read or refused: else a stranger fills the memory, however fast the parser is."""

import gc
import sys
from collections.abc import Callable, Sequence
from typing import Final

import pytest

from tests.hostile.cost.parser_inputs import SEEDS, SIGNS, TriedParser, tried_parsers

pytestmark = pytest.mark.usefixtures("old_objects_exempt")

ROUNDS: Final = 4
LENGTH: Final = 20
"""Characters of the repeated part of each text."""
MOST_LOOKS: Final = 5
SPARE: Final = 0.1
"""Blocks of memory that may stay a reading: tables that grow once. An object that is kept needs at least one."""


@pytest.mark.parametrize("parser", tried_parsers(), ids=lambda parser: parser.name)
def test_a_parser_keeps_nothing_of_what_it_read(parser: TriedParser) -> None:
    texts = [seed + unit * LENGTH + tail for seed, unit, tail in parser.texts() if unit in SIGNS]
    works = [parser.work(text) for text in texts]
    _read(works)  # what is made once, and what bounded caches hold
    bound = SPARE * ROUNDS * len(works)
    kept: list[int] = []
    while (not kept or kept[-1] >= bound) and len(kept) < MOST_LOOKS:  # each look keeps less, unless each text is kept
        kept.append(_kept_by(works))
    assert kept[-1] < bound, f"{kept} blocks of memory for {ROUNDS * len(works):,} texts"


def test_the_texts_make_the_sip_library_refuse_headers() -> None:
    # It raises one error object again and again, which kept the frames of every message that was refused.
    assert any(seed.endswith("Via: ") for seed in SEEDS["evtui.sip"])
    assert any(seed.endswith("CSeq: ") for seed in SEEDS["evtui.sip"])


def _read(works: Sequence[Callable[[], object]]) -> None:
    for work in works:
        work()


def _kept_by(works: Sequence[Callable[[], object]]) -> int:
    """Return the blocks of memory that are held more after some rounds than before."""
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(ROUNDS):
        _read(works)
    gc.collect()
    return sys.getallocatedblocks() - before
