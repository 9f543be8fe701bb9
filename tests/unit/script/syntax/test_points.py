"""The language point by point, as OpenSIPS runs it: tests/data/language_points.txt."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.paths import TEST_DATA
from tests.unit.script.world import World, run

POINTS = TEST_DATA / "language_points.txt"


class Point(NamedTuple):
    """The statements of a route, other routes, and the expected log."""

    name: str
    body: str
    more: str
    logged: list[str]


def _points() -> Iterator[Point]:
    for block in POINTS.read_text().split("\n= ")[1:]:
        name, *lines = block.rstrip().split("\n")
        yield Point(
            name,
            "\n".join(line for line in lines if line[:2] not in {"+ ", "> "}),
            "\n".join(line[2:] for line in lines if line.startswith("+ ")),
            [line[2:] for line in lines if line.startswith("> ")],
        )


def test_there_are_points_of_every_section() -> None:
    assert {point.name.split(" ")[0] for point in _points()} == {"5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7"}


@pytest.mark.parametrize("point", list(_points()), ids=lambda point: point.name)
def test_a_point_of_the_language_is_as_in_opensips(point: Point) -> None:
    world = World()
    run(point.body, world, None, point.more)
    assert world.said == point.logged
