"""The order of tests in several processes leaves none out, and names files that there are."""

from pathlib import Path

import pytest

from tests import running_order
from tests.paths import ROOT


class Named(pytest.Item):
    """A test that is never run."""

    def runtest(self) -> None:
        """Do nothing."""


def made(parent: pytest.Session, count: int) -> list[pytest.Item]:
    """Make tests: some of the broker, some slow, most neither."""
    slow = running_order._SLOW  # pyright: ignore[reportPrivateUsage]
    quick = [f"tests/unit/test_{number}.py" for number in range(50)]
    files = ["tests/contract/test_queued_transport.py", *slow, *quick]
    places = [files[number % len(files)] for number in range(count)]
    return [
        Named.from_parent(  # pyright: ignore[reportUnknownMemberType]
            parent, name=f"t[{'rabbitmq' if place == files[0] else 'x'}-{number}]", nodeid=f"{place}::{number}"
        )
        for number, place in enumerate(places)
    ]


@pytest.mark.parametrize("processes", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("count", [0, 1, 2, 30, 1000])
def test_each_test_is_run_once(request: pytest.FixtureRequest, processes: int, count: int) -> None:
    items = made(request.session, count)
    ordered = running_order.running_order(items, processes)
    assert sorted(item.nodeid for item in ordered) == sorted(item.nodeid for item in items)


def test_the_broker_is_needed_by_one_process_and_the_slowest_begins_another(request: pytest.FixtureRequest) -> None:
    ordered = running_order.running_order(made(request.session, 1000), 2)
    broker = [number for number, item in enumerate(ordered) if "rabbitmq" in item.name]
    assert broker == list(range(len(broker)))
    assert len(broker) > 10
    assert "test_storm" in ordered[500].nodeid


def test_the_slow_files_are_there() -> None:
    assert [file for file in running_order._SLOW if not Path(ROOT, file).is_file()] == []  # pyright: ignore[reportPrivateUsage]
