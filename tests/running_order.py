"""The order in which several processes run the tests: the slow ones first, and those of the broker in one process.

pytest-xdist gives each process one run of neighbours, and a process that has ended takes half of what another has left,
from the end. So what stands first in such a run is begun at once, and nothing slow is left for the end.
"""

from collections.abc import Sequence
from typing import Final

import pytest

_SLOW: Final = (
    "tests/hostile/test_storm.py",
    "tests/functional/actions/test_every_action.py",
    "tests/functional/mi/test_clients_cli.py",
    "tests/architecture/test_sdist.py",
    "tests/architecture/test_wheel.py",
    "tests/functional/service/test_state_killed.py",
    "tests/functional/service/test_killed.py",
    "tests/functional/monitoring/test_real_systemd.py",
    "tests/functional/watch/test_flooded_console.py",
    "tests/functional/service/test_packages.py",
    "tests/functional/small_screens/test_walk.py",
    "tests/functional/console/test_console_process.py",
    "tests/hostile/mi/test_http_clients.py",
    "tests/hostile/test_keys.py",
    "tests/hostile/test_hostile_peers.py",
    "tests/functional/console/test_console_trouble.py",
    "tests/functional/console/test_tmux_console.py",
    "tests/functional/doors/test_remote_console.py",
    "tests/functional/doors/web/test_browser.py",
    "tests/hostile/cost/test_linear_patterns.py",
    "tests/hostile/doors/test_feed_connections.py",
    "tests/hostile/cost/test_nothing_kept.py",
    "tests/unit/core/test_short_collections.py",
    "tests/unit/script/transformations/test_transform_truth.py",
)
"""Files of tests that take ten seconds or more, the slowest first; those that collect garbage while there is little."""


def running_order(items: Sequence[pytest.Item], processes: int) -> list[pytest.Item]:
    """Return the same tests in the order in which so many processes run them soonest.

    A broker takes seconds to start, and each process that needs one starts its own. So all tests that need it stand in
    the first run. The slow tests stand at the beginning of the other runs.
    """
    broker = [item for item in items if _needs_broker(item)]
    slow = sorted((item for item in items if not _needs_broker(item) and _place(item) < len(_SLOW)), key=_place)
    others = [item for item in items if not _needs_broker(item) and _place(item) == len(_SLOW)]
    ordered, left = list[pytest.Item](), len(items)
    for process in range(processes):
        begin = broker if process == 0 else []
        if processes == 1:
            begin = [*broker, *slow]
        elif process > 0:
            begin = [item for item in slow if _place(item) % (processes - 1) == process - 1]
        share = left // (processes - process)
        rest = max(0, share - len(begin))
        ordered += begin
        ordered += others[:rest]
        del others[:rest]
        left -= share
    return ordered + others


def _needs_broker(item: pytest.Item) -> bool:
    fixtures: Sequence[str] = getattr(item, "fixturenames", ())
    return "rabbit" in fixtures or "[rabbitmq" in item.name


def _place(item: pytest.Item) -> int:
    """Return the place of a test's file among the slow ones; their number for another."""
    name = item.nodeid.partition("::")[0]
    return _SLOW.index(name) if name in _SLOW else len(_SLOW)
