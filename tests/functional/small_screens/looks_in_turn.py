"""Which cases are tried at which look: each case once, each look as often as the others, unless all are asked for."""

import os
from collections.abc import Iterable, Sequence
from typing import TypeVar

Case = TypeVar("Case")
Look = TypeVar("Look")


def in_turn(cases: Iterable[Case], looks: Sequence[Look]) -> list[tuple[Case, Look]]:
    """Give each case one look in turn; all looks with EVTUI_TEST_LOOKS=all, which takes minutes.

    It is for cases of which each proves the same at every look: sizes, themes.
    """
    if os.environ.get("EVTUI_TEST_LOOKS") == "all":
        return [(case, look) for case in cases for look in looks]
    return [(case, looks[number % len(looks)]) for number, case in enumerate(cases)]
