"""Statements and expressions of scripts compute what the server, 3.6.8, computed: recorded cases, run in-process."""

from typing import Final

import pytest

from tests.script_truth import differs, load_cases, unequal

SUBJECTS: Final = (
    "arith", "compare", "compound", "logic", "control", "avp", "mixed", "params", "raise", "routes", "interpolation",
    "json", "language_more", "fuzzed", "values_more",
)  # fmt: skip
_VALUES: Final = "raise_event with one AVP: the server sends nothing of it, ours the values, as the tutorial has it"

DELIBERATE: Final = {
    "m200056": _VALUES,
    "m200057": _VALUES,
    "m300034": _VALUES,
    "m500010": "json-c writes 5. as it was read; ours writes 5.0, which is JSON",
}
"""Cases that differ on purpose, and why."""


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_server_computed_the_same(name: str) -> None:
    assert unequal(name, DELIBERATE) == {}


def test_a_difference_on_purpose_is_one() -> None:
    cases = [case for name in SUBJECTS for case in load_cases(name) if case.key in DELIBERATE]
    assert {case.key for case in cases} == set(DELIBERATE)
    assert all(differs(case) for case in cases)
