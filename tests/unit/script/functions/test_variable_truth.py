"""Variables and functions give what the reference server, 3.6.8, gave: recorded cases, run in-process."""

from typing import Final

import pytest

from tests.script_truth import differs, load_cases, unequal

_NAMES: Final = ("variables", "variables_more", "functions", "functions_more")
DELIBERATE: Final[dict[str, str]] = {
    "c06448": "$pp is 0 in these tests",
    "c06769": "the sockets of these tests are not checked",
}
"""Cases that differ on purpose, and why."""


@pytest.mark.parametrize("name", _NAMES)
def test_the_server_gave_the_same(name: str) -> None:
    assert unequal(name, DELIBERATE) == {}


def test_every_difference_on_purpose_is_one() -> None:
    cases = {case.key: case for name in _NAMES for case in load_cases(name)}
    assert [key for key in DELIBERATE if not differs(cases[key])] == []
