"""The filter language in a few lines, for the help."""

from collections.abc import Iterator
from typing import Final

from evtui.filters.comparisons import NAMES, OUTCOMES, PARAMETER
from evtui.filters.record_facts import KIND_WORDS


def _lines() -> Iterator[tuple[str, str]]:
    yield "words", "Lines with all of these words; in quotes one text, * and ? are wildcards"
    yield "a and b", "Both; also without `and`. a or b: one of them. not a: the opposite. ( ) group"
    yield "= !=", "The value is this one, or is not; * and ? are wildcards: ip=203.0.113.*"
    yield "~ !~", "The value has this text in it, or has not, upper and lower case alike: event~pike"
    yield "< <= > >=", "Numbers, durations and times: count>=3 latency>5ms age<10m time>14:05"
    for name, sentence in NAMES.items():
        yield name, f"{sentence[0].upper()}{sentence[1:]}"
    yield f"{PARAMETER}NAME", f"A parameter; {PARAMETER} may be left out where NAME is not one of the names above"
    yield "outcome", ", ".join(OUTCOMES)
    yield "kind", ", ".join(KIND_WORDS)


FILTER_LINES: Final = tuple(_lines())
"""What may be written, and what it means."""
