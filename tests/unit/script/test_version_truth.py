"""By the rules of 2.4 and 4.0, scripts compute what 2.4.11 and 4.0.1 computed: recorded cases, run in-process."""

from typing import Final

import pytest

from tests.script_truth import differs, load_cases, unequal

SUBJECTS: Final = ("statements_2_4", "transform_2_4", "functions_2_4")
_JSON: Final = "2.4 has no .keys, empties an array when its first element is deleted, and deletes no other element"
_LEVEL: Final = "2.4 prints the level of the line as a word"
_DESTINATION: Final = "2.4 writes a colon for an empty port, and knows other ports of unknown transports"
_INDEX: Final = "an index that is no number is empty in a text of 2.4, not <null>"

DELIBERATE: Final = {
    **dict.fromkeys(("c06144", "q100085"), _LEVEL),
    **dict.fromkeys(("c06855", "c06885", "m400018", "m400022", "q100120", "q100121", "q500000", "q500009"), _JSON),
    **dict.fromkeys(("f00100", "f00648", "f00649"), _DESTINATION),
    "f00625": "pv_printf into $log_level is -1, as in 3.6",
    "f00638": _INDEX,
    "f01100": "a wrong time is -2, as in 3.6",
    "q100116": "negative integers stay negative",
    "q200076": "the server breaks a Request-URI with headers",
    "t00573": "a blank behind the flags of {re.subst} is wrong, as in 3.6",
    "t01256": "a comma in a name without quotes ends the address, as in 3.6",
}
"""Cases that differ from 2.4, and why."""


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_server_computed_the_same(name: str) -> None:
    assert unequal(name, DELIBERATE, "2.4") == {}


def test_4_0_computed_the_same() -> None:
    assert unequal("language_4_0", {}, "4.0") == {}


def test_a_difference_is_one() -> None:
    cases = [case for name in SUBJECTS for case in load_cases(name) if case.key in DELIBERATE]
    assert {case.key for case in cases} == set(DELIBERATE)
    assert all(differs(case, "2.4") for case in cases)
